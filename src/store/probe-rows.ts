import type { Database } from 'better-sqlite3';
import { DAY, type Instant } from '../lib/time.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { RouteKind } from '../probe/probe.ts';
import { fromMicros, toMicros } from './micros.ts';
import { createNames } from './names.ts';
import { createProbeTable } from './probes.ts';
import { toMillis } from './run-rows.ts';

/** Probes as people look at them: the last ones, how long mail took, and all that was kept of one. Reads only. */
export interface ProbeRows {
  /** Of a system, the newest first. */
  latest(system: string, limit: number): readonly ProbeState[];
  /** Accepted in [from, to), route by route; what is void tells nothing. `outAt` null: it has not come out. */
  delays(system: string, from: Instant, to: Instant): readonly RouteDelays[];
  /** Null: there is none of that id. */
  evidence(id: string): ProbeEvidence | null;
}

export interface RouteDelays {
  readonly route: string;
  readonly kind: RouteKind;
  /** accepted_at, when it came out, and whether it was lost or bounced. In whole ms, as evidence and report have them. */
  readonly rows: Iterable<readonly [Instant, Instant | null, boolean]>;
}

export interface ProbeEvidence {
  readonly probe: ProbeState;
  /** All but the first of its kind, which the probe itself tells; in the order of time. */
  readonly sightings: readonly ProbeSighting[];
  /** What was said and the headers that arrived, in the order of time, as they were kept. */
  readonly dialogues: readonly {
    readonly part: 'transcript' | 'headers';
    readonly at: Instant;
    readonly text: string;
  }[];
}

export interface ProbeSighting {
  readonly at: Instant;
  readonly kind: 'contact' | 'copy' | 'visible' | 'bounce';
  readonly meaning: string;
  readonly place: string | null;
  readonly folder: string | null;
  readonly words: string | null;
}

export function createProbeRows(db: Database): ProbeRows {
  const table = createProbeTable(db, createNames(db));
  const latest = db
    .prepare<[number, number], readonly [number, string]>(
      'SELECT n, id FROM probes WHERE route = ? ORDER BY n DESC LIMIT ?',
    )
    .raw();
  const routes = db.prepare<[string], { n: number; route: string; kind: RouteKind }>(
    'SELECT n, route, kind FROM routes WHERE system = ? ORDER BY kind, route, n',
  );
  // As one text, which takes a third of the time that its rows would: see message-briefs.ts. An acceptance, how long it took
  // from there, and where it has not come out whether it was given up.
  const delays = db
    .prepare<{ route: number; from: number; to: number }, string | null>(
      `SELECT group_concat(accepted_at || CASE
           WHEN ifnull(relayed_at, visible_at) IS NOT NULL THEN '+' || (ifnull(relayed_at, visible_at) - accepted_at)
           WHEN outcome IN ('lost', 'bounced') THEN '+gone' ELSE '+' END, ';')
       FROM probes WHERE route = :route AND accepted_at >= :from AND accepted_at < :to AND outcome <> 'void'`,
    )
    .pluck();
  const numberOf = db.prepare<[string], number>('SELECT n FROM probes WHERE id = ?').pluck();
  const sightings = db.prepare<[number], ProbeSighting>(
    'SELECT at, kind, meaning, place, folder, words FROM sightings WHERE probe = ? ORDER BY at, n LIMIT 100',
  );
  const dialogues = db.prepare<[number], ProbeEvidence['dialogues'][number]>(
    'SELECT part, at, text FROM dialogues WHERE probe = ? ORDER BY at, n LIMIT 100',
  );

  function* delaysOf(
    rows: readonly number[],
    from: Instant,
    to: Instant,
  ): Generator<readonly [Instant, Instant | null, boolean]> {
    for (const route of rows) {
      for (let day = from; day < to; day += DAY) {
        const text = delays.get({ route, from: toMicros(day), to: toMicros(Math.min(day + DAY, to)) }) ?? null;
        if (text !== null) for (const row of text.split(';')) yield delayOf(row);
      }
    }
  }

  return {
    latest: (system, limit) =>
      routes
        .all(system)
        .flatMap((route) => latest.all(route.n, limit))
        .sort(([one], [other]) => other - one)
        .slice(0, limit)
        .flatMap(([, id]) => {
          const probe = table.find(id);
          return probe === null ? [] : [probe];
        }),
    delays(system, from, to) {
      const named = new Map<string, { route: string; kind: RouteKind; rows: number[] }>();
      for (const { n, route, kind } of routes.all(system)) {
        const known = named.get(`${kind}/${route}`);
        if (known === undefined) named.set(`${kind}/${route}`, { route, kind, rows: [n] });
        else known.rows.push(n);
      }
      return [...named.values()].map(({ route, kind, rows }) => ({ route, kind, rows: delaysOf(rows, from, to) }));
    },
    evidence(id) {
      const probe = table.find(id);
      const n = numberOf.get(id);
      if (probe === null || n === undefined) return null;
      const onScale = <Row extends { readonly at: number }>(row: Row): Row => ({ ...row, at: fromMicros(row.at) });
      return { probe, sightings: sightings.all(n).map(onScale), dialogues: dialogues.all(n).map(onScale) };
    },
  };
}

function delayOf(row: string): readonly [Instant, Instant | null, boolean] {
  const mark = row.indexOf('+');
  const accepted = Number(row.slice(0, mark));
  const took = row.slice(mark + 1);
  const isOut = took !== '' && took !== 'gone';
  return [toMillis(accepted), isOut ? toMillis(accepted + Number(took)) : null, took === 'gone'];
}
