import type { Database } from 'better-sqlite3';
import type { MessageFact, Millis } from '../facts/facts.ts';
import type { RouteName } from '../lib/check-names.ts';
import { DAY } from '../lib/time.ts';
import type { Outcome } from '../probe/probe.ts';
import { briefOf, readBriefs } from './message-briefs.ts';
import { inPages, merged } from './outwards.ts';
import { toMillis, type RunRows } from './run-rows.ts';

/** A route by its name; it has several rows where its mailbox was changed. */
export interface RouteRow {
  readonly check: RouteName;
  readonly target: string;
  readonly rows: readonly number[];
}

/**
 * The messages of a store as facts, by their acceptance; instants in whole ms, floored. A launch whose answer never came
 * is a message once it came out, since it was accepted then; before that nobody knows, and it is left out.
 */
export interface MessageRows {
  routes(system: string): readonly RouteRow[];
  any(route: RouteRow, from: Millis, to: Millis): boolean;
  /** Accepted in [from, to), in any order. A day's at a time is in memory. */
  within(route: RouteRow, from: Millis, to: Millis): Iterable<MessageFact>;
  /** Accepted before `at`, the last one first. */
  before(route: RouteRow, at: Millis): Iterable<MessageFact>;
  /** Accepted at `at` or later, the first one first. */
  after(route: RouteRow, at: Millis): Iterable<MessageFact>;
}

export function createMessageRows(db: Database, vantage: string, runs: Pick<RunRows, 'firstStepAfter'>): MessageRows {
  const routes = db.prepare<[string], { n: number; route: string; kind: RouteName }>(
    'SELECT n, route, kind FROM routes WHERE system = ? ORDER BY kind, route, n',
  );
  const columns = `n, id, accepted_at, ifnull(relayed_at, visible_at), unseen_until_at, outcome, uncertain, copies, settled_at,
    iif(lower(folder) = 'inbox', NULL, folder)`;
  const one = db
    .prepare<[number, number, number, number], Row>(
      `SELECT ${columns} FROM probes WHERE n = ? AND route = ? AND accepted_at >= ? AND accepted_at < ?`,
    )
    .raw();
  const briefs = (check: RouteName) =>
    db
      .prepare<[number, number, number], readonly [string | null, number, number]>(
        `SELECT ${briefOf(check)}, min(n), max(n) FROM probes WHERE route = ? AND accepted_at >= ? AND accepted_at < ?`,
      )
      .raw();
  const within = { outbound: briefs('outbound'), inbound: briefs('inbound'), internal: briefs('internal') };
  const before = db
    .prepare<[number, number, number, number], Row>(
      `SELECT ${columns} FROM probes WHERE route = ? AND accepted_at < ? ORDER BY accepted_at DESC LIMIT ? OFFSET ?`,
    )
    .raw();
  const after = db
    .prepare<[number, number, number, number], Row>(
      `SELECT ${columns} FROM probes WHERE route = ? AND accepted_at >= ? ORDER BY accepted_at LIMIT ? OFFSET ?`,
    )
    .raw();
  const any = db
    .prepare<[number, number, number], number>(
      'SELECT 1 FROM probes WHERE route = ? AND accepted_at >= ? AND accepted_at < ? LIMIT 1',
    )
    .pluck();
  const next = db
    .prepare<[number, number, number], number | null>(
      'SELECT min(accepted_at) FROM probes WHERE route = ? AND accepted_at >= ? AND accepted_at < ?',
    )
    .pluck();
  const laterSightings = db.prepare<[number, number], SightingRow>(
    `SELECT probe, at, kind, meaning, folder, unseen_until_at FROM sightings
     WHERE meaning IN ('late', 'duplicate') AND probe BETWEEN ? AND ? ORDER BY probe, n`,
  );

  const lookFor = db
    .prepare<[number], number>(
      `SELECT until_at FROM probes p JOIN routes r ON r.n = p.route
       JOIN looks l ON l.system = r.system AND l.place = ifnull(r.mailbox, '') WHERE p.n = ?`,
    )
    .pluck();

  function laterOf(least: number, most: number): ReadonlyMap<number, Later> {
    const found = new Map<number, Later>();
    for (const row of laterSightings.all(least, most)) found.set(row.probe, withSighting(found.get(row.probe), row));
    return found;
  }

  function* facts(route: RouteRow, rows: readonly Row[], later = laterOfRows(rows)): Generator<MessageFact> {
    for (const row of rows) {
      const fact = factOf(row, later.get(row[0]), route);
      if (fact !== null) yield fact;
    }
  }

  function laterOfRows(rows: readonly Row[]): ReadonlyMap<number, Later> {
    const numbers = rows.map(([n]) => n);
    return laterOf(Math.min(...numbers), Math.max(...numbers));
  }

  /** What was accepted in [start, end), in µs, by one row of a route. */
  function briefly(route: RouteRow, row: number, start: number, end: number): readonly MessageFact[] {
    const [text, least, most] = within[route.check].get(row, start, end) ?? [null, 0, 0];
    if (text === null) return [];
    const rowOf = (n: number): readonly Row[] => {
      const found = one.get(n, row, start, end);
      return found === undefined ? [] : [found];
    };
    // Of those that were seen again more is to be told than their row does.
    const later = laterOf(least, most);
    const seenAgain = [...later.keys()].flatMap(rowOf);
    const known = new Set(seenAgain.map(([n]) => n));
    const brief: MessageFact[] = [];
    const skip = new Set(seenAgain.map(([, id]) => id));
    const others = readBriefs(text, { vantage, check: route.check, target: route.target, skip }, brief);
    const rows = [...seenAgain, ...others.filter((n) => !known.has(n)).flatMap(rowOf)];
    for (const fact of facts(route, rows, later)) brief.push(fact);
    return brief;
  }

  function factOf(row: Row, later: Later | undefined, { check, target }: RouteRow): MessageFact | null {
    const [n, id, accepted, out, unseen, told, uncertain, copies, settled, folder] = row;
    const isOut = check === 'outbound';
    const acceptedAt = toMillis(accepted);
    const came = out ?? (isOut ? later?.contactAt : later?.visibleAt) ?? null;
    if (uncertain === 1 && came === null && told !== 'bounced') return null;
    const outcome = outcomeOf(told, isOut, came !== null);
    // Looked for until it was given up on, and not there.
    const until = out === null ? (later?.unseenUntil ?? settled) : (unseen ?? accepted);
    // Of an outbound one a bound is known only where our sink was away while it waited.
    const known = isOut ? (out === null ? null : unseen) : (until ?? 0);
    const bound =
      outcome === 'pending'
        ? unseenOfWaiting(n, accepted, unseen, isOut)
        : came === null || known === null
          ? null
          : toMillis(known);
    const clipped = bound === null ? null : Math.max(bound, acceptedAt);
    const exact = clipped === null || (came !== null && clipped >= toMillis(came));
    const duplicates = Math.max(Math.max(copies, later?.late ?? 0) - 1, later?.duplicates ?? 0);
    const place = folder ?? later?.folder ?? null;
    return {
      type: 'message',
      vantage,
      id,
      route: check,
      target,
      accepted_at: acceptedAt,
      ...(came !== null && (isOut ? { relayed_at: toMillis(came) } : { visible_at: toMillis(came) })),
      ...(!exact && clipped !== null && { unseen_until: clipped }),
      outcome,
      ...(place !== null && { folder: place }),
      ...(duplicates > 0 && { duplicates }),
    };
  }

  // Of one that is waited for it is known until when its place was looked through without it, by this run or an earlier
  // one, or how long it had waited when our sink went away. Where the wall was set meanwhile, that is told on another scale than its acceptance.
  function unseenOfWaiting(n: number, accepted: number, unseen: number | null, isOut: boolean): Millis {
    const looked = lookFor.get(n) ?? accepted;
    const known = toMillis(isOut ? (unseen ?? looked) : Math.max(unseen ?? accepted, looked));
    return Math.min(known, runs.firstStepAfter(toMillis(accepted)) ?? Infinity);
  }

  function ordered(
    route: RouteRow,
    page: (row: number, limit: number, offset: number) => readonly Row[],
    direction: 1 | -1,
  ): Iterable<MessageFact> {
    function* inOrder(row: number): Generator<MessageFact> {
      for (const rows of inPages((limit, offset) => page(row, limit, offset))) yield* facts(route, rows);
    }
    const accepted = (fact: MessageFact): Millis => fact.accepted_at ?? 0;
    return merged(route.rows.map(inOrder), (one, other) => direction * (accepted(one) - accepted(other)));
  }

  return {
    routes(system) {
      const named = new Map<string, { check: RouteName; target: string; rows: number[] }>();
      for (const { n, route, kind } of routes.all(system)) {
        const key = `${kind}/${route}`;
        const known = named.get(key);
        if (known === undefined) named.set(key, { check: kind, target: route, rows: [n] });
        else known.rows.push(n);
      }
      return [...named.values()];
    },
    any: (route, from, to) => route.rows.some((row) => any.get(row, from * 1_000, to * 1_000) !== undefined),
    *within(route, from, to) {
      for (const row of route.rows) {
        const end = to * 1_000;
        // From the first one on, so that a far begin costs nothing.
        let start = next.get(row, from * 1_000, end) ?? null;
        while (start !== null) {
          const stop: number = Math.min(start + DAY * 1_000, end);
          yield* briefly(route, row, start, stop);
          start = next.get(row, stop, end) ?? null;
        }
      }
    },
    before: (route, at) => ordered(route, (row, limit, offset) => before.all(row, at * 1_000, limit, offset), -1),
    after: (route, at) => ordered(route, (row, limit, offset) => after.all(row, at * 1_000, limit, offset), 1),
  };
}

function outcomeOf(told: Outcome | null, isOut: boolean, came: boolean): MessageFact['outcome'] {
  switch (told) {
    case 'bounced':
    case 'void':
      return told;
    case 'lost':
    case 'uncertain':
    case 'pending':
    case 'relayed':
    case 'delivered':
    case null:
      // Given up on and found all the same: it came, and its delay says how late.
      if (came) return isOut ? 'relayed' : 'delivered';
      return told === 'lost' ? 'lost' : 'pending';
    case 'refused':
    case 'unreachable':
      throw new Error(`a message that was ${told} has no acceptance`);
  }
}

/** What was seen of a probe after its row was settled. */
interface Later {
  readonly contactAt?: number;
  readonly visibleAt?: number;
  readonly unseenUntil?: number | null;
  readonly folder?: string | null;
  /** Whole copies that came too late to settle it. */
  readonly late: number;
  /** Whole copies beyond the first, told before or after. */
  readonly duplicates: number;
}

function withSighting(known: Later = { late: 0, duplicates: 0 }, row: SightingRow): Later {
  const isCopy = row.kind === 'copy' || row.kind === 'visible';
  if (row.meaning === 'duplicate') return isCopy ? { ...known, duplicates: known.duplicates + 1 } : known;
  const counted = isCopy ? { ...known, late: known.late + 1 } : known;
  if (row.kind === 'contact') return { ...counted, contactAt: Math.min(known.contactAt ?? Infinity, row.at) };
  if (row.kind !== 'visible' || (known.visibleAt ?? Infinity) <= row.at) return counted;
  const folder = row.folder === null || row.folder.toLowerCase() === 'inbox' ? null : row.folder;
  return { ...counted, visibleAt: row.at, unseenUntil: row.unseen_until_at, folder };
}

/** n, id, accepted_at, when it came out, unseen_until_at, outcome, uncertain, copies, settled_at, folder. */
type Row = readonly [
  number,
  string,
  number,
  number | null,
  number | null,
  Outcome | null,
  number,
  number,
  number | null,
  string | null,
];

interface SightingRow {
  readonly probe: number;
  readonly at: number;
  readonly kind: string;
  readonly meaning: 'late' | 'duplicate';
  readonly folder: string | null;
  readonly unseen_until_at: number | null;
}
