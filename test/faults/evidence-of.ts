import { openCurrentReadOnly } from '../../src/store/file.ts';
import { createMessageRows } from '../../src/store/message-rows.ts';
import { createRunRows } from '../../src/store/run-rows.ts';
import { rowsOf } from './agent-process.ts';

/** A run of the store, instants in ms. */
export interface RunRow {
  readonly check: string;
  readonly target: string;
  readonly ok: number;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  readonly cause: string | null;
}

export interface GapRow {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

export interface ProbeRow {
  readonly id: string;
  readonly kind: 'outbound' | 'inbound' | 'internal';
  readonly outcome: string;
  readonly uncertain: number;
  readonly launched: number;
  readonly accepted: number | null;
  readonly relayed: number | null;
  readonly visible: number | null;
  readonly unseen: number | null;
  readonly copies: number;
}

export function runsIn(store: string): RunRow[] {
  return rowsOf(
    store,
    `SELECT t.check_name AS "check", t.target, r.ok, r.from_at / 1000.0 AS "from", r.to_at / 1000.0 AS "to", r.samples, r.cause
     FROM runs r JOIN targets t ON t.n = r.target ORDER BY r.from_at`,
  );
}

export function gapsIn(store: string): GapRow[] {
  return rowsOf(store, 'SELECT from_at / 1000.0 AS "from", to_at / 1000.0 AS "to", why FROM gaps ORDER BY from_at');
}

export function probesIn(store: string): ProbeRow[] {
  return rowsOf(
    store,
    `SELECT p.id, r.kind, p.outcome, p.uncertain, p.launched_at / 1000.0 AS launched, p.accepted_at / 1000.0 AS accepted,
       p.relayed_at / 1000.0 AS relayed, p.visible_at / 1000.0 AS visible, p.unseen_until_at / 1000.0 AS unseen, p.copies
     FROM probes p JOIN routes r ON r.n = p.route ORDER BY p.launched_at`,
  );
}

/** Bad time in words; a witness that only had its own troubles has booked none. */
export function badTime(store: string): string[] {
  return runsIn(store)
    .filter(({ ok }) => ok === 0)
    .map(({ check, target, from, to, cause }) => `${check} ${target} bad for ${(to - from).toFixed(0)} ms: ${cause}`);
}

/** What would make the evidence invalid: runs of one target that overlap, runs that overlap a gap. */
export function overlapsIn(store: string): string[] {
  const [runs, gaps] = [runsIn(store), gapsIn(store)];
  const words = ({ check, target, from, to }: RunRow): string => `${check} ${target} ${from}-${to}`;
  return runs.flatMap((run, index) => [
    ...runs
      .slice(index + 1)
      .filter((it) => it.check === run.check && it.target === run.target && it.from < run.to && run.from < it.to)
      .map((it) => `${words(run)} and ${words(it)}`),
    ...gaps
      .filter(({ why, from, to }) => (why !== 'sink' || run.check === 'outbound') && from < run.to && run.from < to)
      .map(({ why, from, to }) => `${words(run)} and gap ${why} ${from}-${to}`),
  ]);
}

/** How long a gap lasts in all, of one reason, in ms. */
export function gapMs(store: string, why: string): number {
  return gapsIn(store)
    .filter((gap) => gap.why === why)
    .reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The id of one of our probes, out of its Message-ID. */
export function probeIdOf(messageId: string): string | null {
  return /^<mailwitness\.([a-z2-7]{20})@/u.exec(messageId)?.[1] ?? null;
}

/** Messages of which evidence tells duplicates: what a report counts as `duplicates`. */
export function duplicatesIn(store: string, system = 'lab'): string[] {
  const db = openCurrentReadOnly(store);
  try {
    const messages = createMessageRows(db, 'main', createRunRows(db, 'main'));
    return messages
      .routes(system)
      .flatMap((route) => [...messages.after(route, 0)])
      .flatMap(({ id, duplicates = 0 }) => (duplicates > 0 ? [`${id}: ${duplicates}`] : []));
  } finally {
    db.close();
  }
}
