import type { CheckName, RouteName } from '../../src/lib/check-names.ts';
import { DAY, HOUR, MINUTE, SECOND, type Instant } from '../../src/lib/time.ts';
import { afterSend, launchedState, settle, sight, voided } from '../../src/probe/correlate.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import type { GapWhy, Sample } from '../../src/probe/sample.ts';
import type { SendResult } from '../../src/probe/send-result.ts';
import type { Sighting } from '../../src/probe/sighting.ts';
import { openForEntry } from '../../src/store/file.ts';
import { addExclusion, approveExclusion, withdrawExclusion } from '../../src/store/exclusions.ts';
import { openLedger, type Entry } from '../../src/store/ledger.ts';
import { recordPaces } from '../../src/store/paces.ts';
import { addRecords, withdrawRecord } from '../../src/store/records.ts';
import { createRandom } from './year-store.ts';

/** Everything happens this often, so that a month is a hundred samples and not a hundred thousand. */
export const EVERY = 6 * HOUR;
const LOST_AFTER = DAY;
const failure = { cause: 'connect', phase: 'connect', detail: 'it refused the connection' } as const;

export interface RandomStore {
  readonly file: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly seed: number;
}

interface Said {
  readonly at: Instant;
  readonly event: AgentEvent;
}

/**
 * Writes what an agent would have said from one instant to another, in the order in which it would have said it, through
 * the ledger: outages, transients, gaps, messages of every end, windows and records. `between` is called now and then,
 * after some of it was written. The same seed is the same store.
 */
export function writeRandomStore(store: RandomStore, between: (known: Instant, random: () => number) => void): void {
  const { file, from, to, seed } = store;
  const random = createRandom(seed);
  // Of its own, so that the store is the same whatever is done in between.
  const another = createRandom(seed + 1);
  const look = createRandom(seed + 2);
  const ledger = openLedger({ path: file, vantage: 'home', now: from });
  const db = openForEntry(file);
  try {
    const checks: readonly CheckName[] = ['imap', 'mx', 'outbound', 'inbound'];
    const paces = checks.map((check) => ({ system: 'corp', check, intervalMs: EVERY, holdMs: 3 * EVERY }));
    recordPaces(db, paces, { now: from, aliveAt: null });
    const said = [
      ...samplesOf('imap', 'a', store, random),
      ...samplesOf('imap', 'b', store, random),
      ...samplesOf('mx', 'mx1', store, random),
      ...gapsOf(store, random),
      ...messagesOf('outbound', store, random),
      ...messagesOf('inbound', store, random),
    ]
      .filter(({ at }) => at < to)
      .sort((one, other) => one.at - other.at);
    for (let index = 0; index < said.length;) {
      const some = said.slice(index, (index += 1 + Math.floor(random() * 60)));
      const events: Entry[] = some.map(({ event }) => ({ kind: 'event', event }));
      ledger.commit([...events, looking(some.at(-1)?.at ?? from, look)]);
      between(some.at(-1)?.at ?? from, another);
    }
    ledger.commit([{ ...looking(to, look), at: to }]);
    enter(db, store, random);
  } finally {
    db.close();
    ledger.close(null);
  }
}

/** A checkpoint at which some places were looked through until a little before. */
function looking(at: Instant, random: () => number): Extract<Entry, { kind: 'checkpoint' }> {
  const places = ['', 'hq', 'branch'].filter(() => random() < 0.8);
  const looks = places.map((place) => ({ system: 'corp', place, until: at - random() ** 3 * DAY }));
  return { kind: 'checkpoint', at, looks };
}

/** Good and bad in spells. */
function spells(random: () => number): () => boolean {
  let ok = true;
  return () => (ok = random() < 0.15 ? !ok : ok || random() < 0.3);
}

function samplesOf(check: CheckName, target: string, { from, to }: RandomStore, random: () => number): Said[] {
  const said: Said[] = [];
  const isOk = spells(random);
  for (let at = from + random() * EVERY; at < to; at += EVERY * (random() < 0.03 ? 1 + random() * 20 : 1)) {
    const ok = isOk();
    const end = at + (random() < 0.2 ? 0 : random() * 90 * SECOND);
    const transient = ok && random() < 0.1;
    const sample = {
      system: 'corp',
      check,
      target,
      from: at,
      to: end,
      ok,
      holdMs: 3 * EVERY,
      phases: [],
      ...(!ok && { failure }),
      ...(transient && { transient: failure }),
    } as Sample;
    said.push({ at: end, event: { kind: 'sampled', at: end, sample, visits: [] } });
  }
  return said;
}

function gapsOf({ from, to }: RandomStore, random: () => number): Said[] {
  const said: Said[] = [];
  const whys: readonly GapWhy[] = ['stopped', 'own-line', 'suspend', 'sink', 'overload', 'clock'];
  for (let at = from; at < to; at += random() * 12 * DAY) {
    const start = at + random() * DAY;
    const end = start + random() ** 3 * 2 * DAY;
    const why = whys[Math.floor(random() * whys.length)] ?? 'stopped';
    said.push({ at: end, event: { kind: 'gap', at: end, gap: { from: start, to: end, why } } });
  }
  return said;
}

function messagesOf(
  kind: RouteName & ('outbound' | 'inbound'),
  { from, to }: RandomStore,
  random: () => number,
): Said[] {
  const said: Said[] = [];
  const isOk = spells(random);
  for (let at = from + random() * EVERY; at < to; at += EVERY * (random() < 0.02 ? 1 + random() * 16 : 1)) {
    said.push(...lifeOf(kind, at, isOk(), random));
  }
  return said;
}

/** All that is said of one probe. */
function lifeOf(kind: 'outbound' | 'inbound', launchedAt: Instant, ok: boolean, random: () => number): Said[] {
  const said: Said[] = [];
  const mailbox = kind === 'outbound' ? null : random() < 0.5 ? 'hq' : 'branch';
  let state: ProbeState = launchedState({
    id: idOf(random),
    system: 'corp',
    route: kind[0] ?? '',
    kind,
    mailbox,
    launchedAt,
  });
  const say = (at: Instant, event: AgentEvent): void => void said.push({ at, event });
  const end = (at: Instant, ended: ProbeState): void => {
    state = ended;
    say(at, { kind: 'settled', at, probe: state });
  };
  say(launchedAt, { kind: 'launched', at: launchedAt, probe: state });

  const endedAt = launchedAt + 100 + random() * 3 * SECOND;
  const times = { startedAt: launchedAt, phases: [], transcript: [], local: null, remote: null };
  const draw = random();
  if (!ok && draw < 0.3) {
    const result = { kind: 'unreachable', failure, endedAt, ...times } as unknown as SendResult;
    state = afterSend(state, result, null);
    say(endedAt, { kind: 'sent', at: endedAt, probe: state, result, final: true });
    const span = { system: 'corp', check: kind, target: state.route, from: launchedAt, to: endedAt };
    const sample = { ...span, ok: false, holdMs: 3 * EVERY, phases: [], failure } as Sample;
    say(endedAt, { kind: 'sampled', at: endedAt, sample, visits: [] });
    return said;
  }
  const isUncertain = draw > 0.9;
  const result = (isUncertain
    ? { kind: 'uncertain', failure, endedAt, dotAt: endedAt, ...times }
    : { kind: 'accepted', acceptedAt: endedAt, endedAt, ...times }) as unknown as SendResult;
  state = afterSend(state, result, null);
  say(endedAt, { kind: 'sent', at: endedAt, probe: state, result, final: true });
  if (random() < 0.03) {
    end(endedAt + HOUR, voided(state, endedAt + HOUR));
    return said;
  }
  if (!ok && random() < 0.1) {
    const at = endedAt + MINUTE;
    const bounce = { kind: 'bounce', probeId: state.id, at, mailbox: 'hq', permanent: true, words: 'no' } as Sighting;
    state = sight(state, bounce).state;
    say(at, { kind: 'sighted', at, probe: state, sighting: bounce, meaning: 'bounce' });
    end(at, state);
    return said;
  }
  // In time; later than a route may be; never, or when it was given up on.
  const delay = ok ? (random() < 0.9 ? random() * 20 * SECOND : random() * HOUR) : HOUR + random() * 20 * HOUR;
  const lost = !ok && random() < 0.4;
  const cameAt = endedAt + (lost ? LOST_AFTER + HOUR + random() * 30 * HOUR : delay);
  const settledAt = endedAt + LOST_AFTER;
  if (lost) end(settledAt, settle(state, settledAt, LOST_AFTER) ?? state);
  if (lost && random() < 0.5) return said;
  const copies = random() < 0.1 ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    const at = cameAt + copy * (random() < 0.5 ? 10 : HOUR);
    if (!lost && copy > 0 && at > cameAt + MINUTE && state.settledAt === null) endNow(cameAt + MINUTE);
    for (const sighting of sightingsOf(state, at, copy, random)) {
      const { state: next, meaning } = sight(state, sighting);
      state = next;
      say(at, { kind: 'sighted', at, probe: state, sighting, meaning });
    }
  }
  if (state.settledAt === null) endNow(cameAt + 2 * HOUR);
  return said;

  function endNow(at: Instant): void {
    const ended = settle(state, at, LOST_AFTER);
    if (ended !== null) end(at, ended);
  }
}

function sightingsOf(state: ProbeState, at: Instant, copy: number, random: () => number): Sighting[] {
  const common = { probeId: state.id, at };
  if (state.kind === 'outbound') {
    const contact: Sighting = { ...common, kind: 'contact', peer: '192.0.2.1' };
    const whole: Sighting = { ...common, kind: 'copy', bytes: 900, altered: false, headers: '' };
    return copy === 0 || random() < 0.5 ? [contact, whole] : [whole];
  }
  const junk = random() < 0.1;
  return [
    {
      ...common,
      kind: 'visible',
      mailbox: 'hq',
      folder: junk ? 'Junk' : 'INBOX',
      junk,
      unseenUntil: random() < 0.1 ? null : at - random() * 10 * MINUTE,
      copyId: `1/${copy}`,
      headers: '',
    },
  ];
}

function idOf(random: () => number): string {
  return Array.from({ length: 20 }, () => 'abcdefghijklmnopqrstuvwxyz234567'[Math.floor(random() * 32)] ?? 'a').join(
    '',
  );
}

function enter(db: ReturnType<typeof openForEntry>, { from, to }: RandomStore, random: () => number): void {
  const grounds = ['a', 'b', 'c', 'd', 'e', 'f'];
  const ids: string[] = [];
  for (let count = 0; count < 12; count++) {
    const start = Math.floor(from + random() * (to - from));
    const now = random() < 0.5 ? start - HOUR : start + DAY;
    const replaces = random() < 0.2 ? ids.pop() : undefined;
    const id = addExclusion(
      db,
      {
        system: 'corp',
        from: start,
        to: start + Math.floor(1 + random() ** 2 * 3 * DAY),
        ground: grounds[Math.floor(random() ** 2 * 6)] ?? 'a',
        entered_by: 'Li Wei',
        announced_at: random() < 0.5 ? now - HOUR : undefined,
        replaces,
        note: 'note',
      },
      { now, grounds },
    );
    const act = { id, system: 'corp', by: 'Wang Fang', now: now + HOUR };
    if (random() < 0.5) approveExclusion(db, act);
    if (random() < 0.15) withdrawExclusion(db, act);
    else ids.push(id);
  }
  const bodies = [
    [
      'backup',
      (at: number) => ({ level: random() < 0.5 ? 'full' : 'incremental', finished_at: at, ok: random() < 0.8 }),
    ],
    ['definitions', (at: number) => ({ updated_at: at })],
    ['page-load', () => ({ profile: random() < 0.5 ? 'broadband' : 'narrowband', seconds: Math.ceil(random() * 9) })],
    ['account-lock', (at: number) => ({ locked_at: at - 50 * DAY, deleted_at: at + Math.floor(random() * 60 * DAY) })],
    ['billing', () => ({ customers: 1_000, wrong: Math.floor(random() * 2) })],
    ['complaint', (at: number) => ({ started_at: at - DAY, what: 'spam', ...(random() < 0.7 && { done_at: at }) })],
  ] as const;
  const entered: { id: string; kind: string }[] = [];
  for (let count = 0; count < 80; count++) {
    const [kind, bodyOf] = bodies[Math.floor(random() * bodies.length)] ?? bodies[0];
    const happened = Math.floor(from + random() * (to - from));
    const at = happened + (random() < 0.2 ? 20 * DAY : 0);
    const last = entered.at(-1);
    const replaces = last !== undefined && last.kind === kind && random() < 0.5 ? entered.pop()?.id : undefined;
    const body = bodyOf(happened) as Record<string, number | string | boolean>;
    const [id] = addRecords(db, [{ id: `r${count}`, kind, at, replaces, body }], {
      system: 'corp',
      by: 'Li Wei',
      now: to,
    });
    if (random() < 0.15) withdrawRecord(db, { id: id ?? '', system: 'corp', by: 'Li Wei', now: to });
    else entered.push({ id: id ?? '', kind });
  }
}
