import { existsSync } from 'node:fs';
import type { CheckName, RouteName } from '../../src/lib/check-names.ts';
import { DAY, HOUR, SECOND, type Instant, type Ms } from '../../src/lib/time.ts';
import { openForEntry, type Db } from '../../src/store/file.ts';
import { openLedger } from '../../src/store/ledger.ts';
import { recordPaces } from '../../src/store/paces.ts';

/** How a made-up agent measured a system that is mostly well. */
export interface YearOptions {
  readonly file: string;
  readonly system: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly seed: number;
  readonly checkEvery: Ms;
  readonly routeEvery: Ms;
  /** Times in all at which a check or a route is broken. */
  readonly outages: number;
}

const CHECKS: readonly CheckName[] = ['submission', 'mx', 'imap', 'pop3', 'webmail'];
const ROUTES: readonly RouteName[] = ['outbound', 'inbound', 'internal'];

/**
 * Writes what an agent would have left in a store after so long: runs closed once a day and at each outage, a message of
 * each route at each interval, refusals as runs, late and lost messages, restarts as gaps. The same seed is the same store.
 */
export function writeYear(options: YearOptions): { readonly messages: number; readonly runs: number } {
  const { file, system, from, to } = options;
  if (!existsSync(file)) openLedger({ path: file, vantage: 'home', now: from }).close(from);
  const db = openForEntry(file);
  try {
    db.pragma('synchronous = OFF');
    const counted = db.transaction(() => write(db, options)).immediate();
    const paces = [
      ...CHECKS.map((check) => ({ system, check, every: options.checkEvery })),
      ...ROUTES.map((check) => ({ system, check, every: options.routeEvery })),
    ].map(({ every, ...rest }) => ({ ...rest, intervalMs: every, holdMs: 3 * every }));
    recordPaces(db, paces, { now: from, aliveAt: null });
    db.prepare('UPDATE meta SET last_alive_at = max(ifnull(last_alive_at, 0), ?)').run(to * 1_000);
    return counted;
  } finally {
    db.close();
  }
}

interface Outage {
  readonly check: CheckName;
  readonly from: Instant;
  readonly to: Instant;
}

function write(db: Db, { system, from, to, seed, checkEvery, routeEvery, outages }: YearOptions) {
  const random = createRandom(seed);
  const target = db.prepare('INSERT INTO targets (system, check_name, target) VALUES (?, ?, ?)');
  const route = db.prepare('INSERT INTO routes (system, route, kind, mailbox) VALUES (?, ?, ?, ?)');
  const addRun = db.prepare(
    `INSERT INTO runs (target, ok, from_at, to_at, samples, transients, hold_us, cause, detail, closed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
  );
  const addGap = db.prepare("INSERT INTO gaps (from_at, to_at, why) VALUES (?, ?, 'stopped')");
  const addProbe = db.prepare(
    `INSERT INTO probes (id, route, launched_at, outcome, accepted_at, uncertain, relayed_at, visible_at, unseen_until_at,
       folder, copy_id, misfiled, contacts, copies, failure, deferral_attempts, deferral_us, settled_at)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, NULL, 0, 1, 1, NULL, NULL, NULL, ?)`,
  );
  // A restart once a fortnight, for half a minute; the agent's, so of all systems.
  const stops: { from: Instant; to: Instant }[] = [];
  for (let at = from + 3.3 * DAY; at < to; at += 14 * DAY) stops.push({ from: at, to: at + 30 * SECOND });
  const isTold = db.prepare('SELECT 1 FROM gaps WHERE from_at = ?').pluck();
  for (const stop of stops) {
    if (isTold.get(micros(stop.from)) === undefined) addGap.run(micros(stop.from), micros(stop.to));
  }
  const broken: Outage[] = Array.from({ length: outages }, () => {
    const at = from + random() * (to - from);
    const names = [...CHECKS, ...ROUTES];
    const check = names[Math.floor(random() * names.length)] ?? 'imap';
    return { check, from: at, to: at + checkEvery * (2 + 60 * random() ** 6) };
  })
    .filter((one) => !stops.some((stop) => one.from - checkEvery < stop.to && one.to + checkEvery > stop.from))
    .sort((a, b) => a.from - b.from);

  let runs = 0;
  for (const check of CHECKS) {
    const n = target.run(system, check, `${check}.example`).lastInsertRowid;
    const hold = 3 * checkEvery * 1_000;
    const put = (ok: boolean, start: Instant, end: Instant): void => {
      if (end < start) return;
      runs += 1;
      const samples = 1 + Math.floor((end - start) / checkEvery);
      addRun.run(
        n,
        Number(ok),
        micros(start),
        micros(end),
        samples,
        0,
        hold,
        ok ? null : 'connect',
        ok ? null : 'refused',
      );
    };
    const edges = [
      ...broken.filter((one) => one.check === check),
      ...stops.map((stop) => ({ ...stop, check: null })),
    ].sort((a, b) => a.from - b.from);
    let at = from + random() * checkEvery;
    for (const edge of [...edges, { from: to, to, check: null }]) {
      if (edge.from < at) continue;
      for (; edge.from - at > DAY; at += DAY + checkEvery) put(true, at, at + DAY);
      put(true, at, Math.max(at, edge.from - 1));
      if (edge.check !== null) put(false, edge.from + checkEvery / 2, edge.to);
      at = edge.to + checkEvery / 2 + 1;
    }
  }

  let messages = 0;
  const due = ROUTES.map((kind) => {
    const name = `${kind}-1`;
    target.run(system, kind, name);
    const row = route.run(system, name, kind, kind === 'outbound' ? null : 'hq').lastInsertRowid;
    const isBroken = asked(broken.filter((one) => one.check === kind));
    return { at: from + random() * routeEvery, kind, route: row, isBroken, isStopped: asked(stops) };
  });
  // In the order of time, as an agent writes them.
  for (let start = from; start < to; start += routeEvery) {
    for (const each of due) {
      const accepted = start + (each.at - from) + random() * 20;
      if (accepted >= to || each.isStopped(accepted)) continue;
      const isBroken = each.isBroken(accepted);
      const delay = isBroken ? 2 * HOUR : random() < 1e-4 ? random() * 5_000_000 : 200 + random() ** 8 * 30_000;
      const out = accepted + delay;
      const lost = isBroken && random() < 0.05;
      const isOut = each.kind === 'outbound';
      const id = randomId(random);
      messages += 1;
      addProbe.run(
        id,
        each.route,
        micros(accepted - 80),
        lost ? 'lost' : isOut ? 'relayed' : 'delivered',
        micros(accepted),
        !lost && isOut ? micros(out) : null,
        !lost && !isOut ? micros(out) : null,
        !lost && !isOut ? micros(Math.max(accepted, out - 5 - delay * 0.02)) : null,
        isOut || lost ? null : 'INBOX',
        micros(lost ? accepted + DAY : out + 500),
      );
    }
  }
  return { messages, runs };
}

/** Whether one of the intervals, which are in order, holds an instant; to be asked in order of time. */
function asked(intervals: readonly { readonly from: Instant; readonly to: Instant }[]): (at: Instant) => boolean {
  let next = 0;
  return (at) => {
    while ((intervals[next]?.to ?? Infinity) <= at) next += 1;
    return at >= (intervals[next]?.from ?? Infinity);
  };
}

function micros(ms: number): number {
  return Math.round(ms * 1_000);
}

function randomId(random: () => number): string {
  let id = '';
  for (let count = 0; count < 20; count++) id += 'abcdefghijklmnopqrstuvwxyz234567'[Math.floor(random() * 32)] ?? '';
  return id;
}

/** mulberry32: the same numbers for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
