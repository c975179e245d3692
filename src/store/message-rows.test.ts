import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MessageFact } from '../facts/facts.ts';
import { DAY, HOUR, MINUTE } from '../lib/time.ts';
import { launchedState } from '../probe/correlate.ts';
import type { AgentEvent, SightingMeaning } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { Gap } from '../probe/sample.ts';
import type { Sighting } from '../probe/sighting.ts';
import { openCurrentReadOnly, type Db } from './file.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { createMessageRows, type MessageRows, type RouteRow } from './message-rows.ts';
import { createRunRows } from './run-rows.ts';

const T = Date.UTC(2026, 9, 1);
const ID = 'abcdefghijklmnopqrst';

let dir: string;
let ledger: Ledger;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-messages-'));
  const file = path.join(dir, 'store.db');
  ledger = openLedger({ path: file, vantage: 'home', now: T });
  db = openCurrentReadOnly(file);
});

afterEach(() => {
  db.close();
  ledger.close(null);
  rmSync(dir, { recursive: true });
});

type Seen = Sighting & { readonly meaning: SightingMeaning };

function write(change: Partial<ProbeState>, seen: readonly Seen[] = []): void {
  const kind = change.kind ?? 'inbound';
  const mailbox = kind === 'outbound' ? null : 'hq';
  const probe = { id: ID, system: 'corp', route: 'r', kind, mailbox, launchedAt: T - 10 };
  const state: ProbeState = { ...launchedState(probe), ...change };
  const events: AgentEvent[] = [{ kind: 'settled', at: T, probe: state }];
  for (const { meaning, ...sighting } of seen)
    events.push({ kind: 'sighted', at: sighting.at, probe: state, sighting: sighting as Sighting, meaning });
  expect(ledger.commit(events.map((event) => ({ kind: 'event', event })))).toEqual([]);
}

function rows(): MessageRows {
  return createMessageRows(db, 'home', createRunRows(db, 'home'));
}

function onlyRoute(messages: MessageRows): RouteRow {
  const [route] = messages.routes('corp');
  if (route === undefined) throw new Error('the store has a route');
  return route;
}

/** The message by every way in which it can be read, which all say the same. */
function read(): Partial<MessageFact> | undefined {
  const messages = rows();
  const route = onlyRoute(messages);
  const [within] = messages.within(route, T - DAY, T + DAY);
  const [before] = messages.before(route, T + DAY);
  const [after] = messages.after(route, T - DAY);
  expect(before).toEqual(within);
  expect(after).toEqual(within);
  if (within === undefined) return undefined;
  const { type, vantage, id, route: kind, target, ...rest } = within;
  expect({ type, vantage, id, target }).toEqual({ type: 'message', vantage: 'home', id: ID, target: 'r' });
  return { route: kind, ...rest };
}

const visible = (at: number, more: Partial<Seen> = {}): Seen =>
  ({
    kind: 'visible',
    probeId: ID,
    at,
    mailbox: 'hq',
    folder: 'INBOX',
    junk: false,
    unseenUntil: null,
    copyId: `c${at}`,
    headers: '',
    meaning: 'duplicate',
    ...more,
  }) as Seen;
const contact = (at: number, meaning: SightingMeaning): Seen => ({
  kind: 'contact',
  probeId: ID,
  at,
  peer: 'x',
  meaning,
});
const copy = (at: number, meaning: SightingMeaning): Seen => ({
  kind: 'copy',
  probeId: ID,
  at,
  bytes: 1,
  altered: false,
  headers: '',
  meaning,
});

const IN = { acceptedAt: T, copies: 1, contacts: 0 } as const;
const SETTLED = { settledAt: T + HOUR } as const;
const DELIVERED = { ...IN, ...SETTLED, outcome: 'delivered', visibleAt: T + 900, folder: 'INBOX' } as const;
const OUT = { ...IN, kind: 'outbound', contacts: 1 } as const;
const LOST = { ...IN, copies: 0, outcome: 'lost', settledAt: T + DAY } as const;
const accepted = { route: 'inbound', accepted_at: T } as const;
const sent = { route: 'outbound', accepted_at: T } as const;

interface Case {
  readonly name: string;
  readonly state: Partial<ProbeState>;
  readonly seen?: readonly Seen[];
  readonly fact: Partial<MessageFact> | undefined;
}

test.each<Case>([
  {
    name: 'it came, and was not there a little before',
    state: { ...DELIVERED, unseenUntil: T + 800 },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'delivered' },
  },
  {
    name: 'instants are floored to the millisecond, also before they are compared',
    state: { ...DELIVERED, acceptedAt: T + 0.999, visibleAt: T + 900.999, unseenUntil: T + 900.001 },
    fact: { ...accepted, visible_at: T + 900, outcome: 'delivered' },
  },
  {
    name: 'it was looked for before it was accepted: the bound begins with its acceptance',
    state: { ...DELIVERED, unseenUntil: T - 5 },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T, outcome: 'delivered' },
  },
  {
    name: 'it was there before its 250, which is no delay',
    state: { ...DELIVERED, visibleAt: T - 3, unseenUntil: T - 5 },
    fact: { ...accepted, visible_at: T - 3, outcome: 'delivered' },
  },
  {
    name: 'nobody looked before it was seen: it may have been there from the start',
    state: { ...DELIVERED, settledAt: null, outcome: 'pending', unseenUntil: null },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T, outcome: 'delivered' },
  },
  {
    name: 'it was found in Junk',
    state: { ...DELIVERED, unseenUntil: T + 800, folder: 'Junk', misfiled: true },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'delivered', folder: 'Junk' },
  },
  {
    name: 'the inbox has its name in other letters',
    state: { ...DELIVERED, unseenUntil: T + 800, folder: 'Inbox' },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'delivered' },
  },
  {
    name: 'a second copy came while it was open',
    state: { ...DELIVERED, unseenUntil: T + 800, copies: 2 },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'delivered', duplicates: 1 },
  },
  {
    name: 'a second copy came after it was settled',
    state: { ...DELIVERED, unseenUntil: T + 800 },
    seen: [visible(T + 2 * HOUR)],
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'delivered', duplicates: 1 },
  },
  {
    name: 'one copy more while it was open and one after it: both are told once',
    state: { ...DELIVERED, unseenUntil: T + 800, copies: 2 },
    seen: [visible(T + 10), visible(T + 2 * HOUR)],
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'delivered', duplicates: 2 },
  },
  {
    name: 'the sink was contacted, which is exact',
    state: { ...OUT, ...SETTLED, outcome: 'relayed', relayedAt: T + 70.6 },
    fact: { ...sent, relayed_at: T + 70, outcome: 'relayed' },
  },
  {
    name: 'the sink was contacted again by a queue, which is neither late nor a copy',
    state: { ...OUT, ...SETTLED, outcome: 'relayed', relayedAt: T + 70 },
    seen: [contact(T + HOUR, 'again'), copy(T + HOUR, 'again')],
    fact: { ...sent, relayed_at: T + 70, outcome: 'relayed' },
  },
  {
    name: 'the sink was contacted after it had been away: what it had surely waited before is its bound',
    state: { ...OUT, ...SETTLED, outcome: 'relayed', relayedAt: T + 2 * HOUR, unseenUntil: T + HOUR },
    fact: { ...sent, relayed_at: T + 2 * HOUR, unseen_until: T + HOUR, outcome: 'relayed' },
  },
  {
    name: 'it waits for a sink that was away',
    state: { ...OUT, copies: 0, contacts: 0, unseenUntil: T + HOUR },
    fact: { ...sent, unseen_until: T + HOUR, outcome: 'pending' },
  },
  {
    name: 'transmission has begun and no copy is there yet',
    state: { ...OUT, copies: 0, relayedAt: T + 70 },
    fact: { ...sent, relayed_at: T + 70, outcome: 'relayed' },
  },
  { name: 'it waits', state: { ...IN, copies: 0 }, fact: { ...accepted, unseen_until: T, outcome: 'pending' } },
  { name: 'it is lost', state: LOST, fact: { ...accepted, outcome: 'lost' } },
  {
    name: 'it was given up on and came all the same',
    state: LOST,
    seen: [visible(T + 30 * HOUR, { meaning: 'late', unseenUntil: T + 29 * HOUR, folder: 'Junk' })],
    fact: {
      ...accepted,
      visible_at: T + 30 * HOUR,
      unseen_until: T + 29 * HOUR,
      outcome: 'delivered',
      folder: 'Junk',
    },
  },
  {
    name: 'it came late to a mailbox that was not watched: until it was given up on it was not there',
    state: LOST,
    seen: [visible(T + 30 * HOUR, { meaning: 'late' }), visible(T + 31 * HOUR, { meaning: 'late' })],
    fact: { ...accepted, visible_at: T + 30 * HOUR, unseen_until: T + DAY, outcome: 'delivered', duplicates: 1 },
  },
  {
    name: 'it was given up on and was relayed all the same',
    state: { ...LOST, kind: 'outbound' },
    seen: [contact(T + 30 * HOUR, 'late'), copy(T + 30 * HOUR + 5, 'late'), contact(T + 40 * HOUR, 'late')],
    fact: { ...sent, relayed_at: T + 30 * HOUR, outcome: 'relayed' },
  },
  {
    name: 'it was bounced',
    state: { ...IN, ...SETTLED, copies: 0, outcome: 'bounced' },
    fact: { ...accepted, outcome: 'bounced' },
  },
  {
    name: 'our own fault spoiled it',
    state: { ...IN, ...SETTLED, copies: 0, outcome: 'void' },
    fact: { ...accepted, outcome: 'void' },
  },
  {
    name: 'our own fault spoiled it, though it came',
    state: { ...DELIVERED, outcome: 'void', unseenUntil: T + 800 },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'void' },
  },
  { name: 'nobody knows whether it was accepted', state: { ...IN, copies: 0, uncertain: true }, fact: undefined },
  {
    name: 'nobody ever knew whether it was accepted',
    state: { ...LOST, uncertain: true, outcome: 'uncertain' },
    fact: undefined,
  },
  {
    name: 'that it was accepted was known when it came',
    state: { ...DELIVERED, uncertain: true, unseenUntil: T + 800 },
    fact: { ...accepted, visible_at: T + 900, unseen_until: T + 800, outcome: 'delivered' },
  },
  {
    name: 'that it was accepted was known when it came late',
    state: { ...LOST, uncertain: true, outcome: 'uncertain' },
    seen: [visible(T + 30 * HOUR, { meaning: 'late' })],
    fact: { ...accepted, visible_at: T + 30 * HOUR, unseen_until: T + DAY, outcome: 'delivered' },
  },
  {
    name: 'that it was accepted was known when it was bounced',
    state: { ...IN, ...SETTLED, copies: 0, uncertain: true, outcome: 'bounced' },
    fact: { ...accepted, outcome: 'bounced' },
  },
])('a message of which $name', ({ state, seen, fact }) => {
  write(state, seen);
  expect(read()).toEqual(fact);
});

describe('a message that waits', () => {
  const gap = (from: number, why: Gap['why']): void => {
    const event: AgentEvent = { kind: 'gap', at: T, gap: { from, to: from + MINUTE, why } };
    expect(ledger.commit([{ kind: 'event', event }])).toEqual([]);
  };
  const looked = (until: number, place = 'hq', at = T + 9 * HOUR): void => {
    const looks = [{ system: 'corp', place, until }];
    expect(ledger.commit([{ kind: 'checkpoint', at, looks }])).toEqual([]);
  };

  test.each<[string, Partial<ProbeState>, () => void, number]>([
    ['nobody looked', {}, () => undefined, T],
    ['its mailbox was looked through', {}, () => looked(T + HOUR), T + HOUR],
    ['its mailbox was looked through to the millisecond', {}, () => looked(T + HOUR + 0.9), T + HOUR],
    ['another mailbox was looked through', {}, () => looked(T + HOUR, 'branch'), T],
    ['its mailbox was looked through before it was accepted', {}, () => looked(T - HOUR), T],
    ['the last look counts', {}, () => (looked(T + HOUR), looked(T + 2 * HOUR)), T + 2 * HOUR],
    [
      'it was looked for again after the agent was away',
      {},
      () => (gap(T + HOUR, 'stopped'), looked(T + 2 * HOUR)),
      T + 2 * HOUR,
    ],
    ['the wall was set meanwhile', {}, () => (gap(T + HOUR, 'clock'), looked(T + 2 * HOUR)), T + HOUR],
    ['the wall was set before', {}, () => (gap(T - HOUR, 'clock'), looked(T + 2 * HOUR)), T + 2 * HOUR],
    ['the wall was set back since the look', {}, () => (looked(T + 2 * HOUR), looked(T, 'branch', T + 1)), T + 1],
    ['an earlier run had looked for it', { unseenUntil: T + HOUR }, () => undefined, T + HOUR],
    ['this run looked for it, too', { unseenUntil: T + HOUR }, () => looked(T + 2 * HOUR), T + 2 * HOUR],
    ['this run has not got so far', { unseenUntil: T + HOUR }, () => looked(T + MINUTE), T + HOUR],
    ['it is on its way to our sink', { kind: 'outbound' }, () => looked(T + HOUR, ''), T + HOUR],
    [
      'our sink was away while it waited',
      { kind: 'outbound', unseenUntil: T + MINUTE },
      () => looked(T + HOUR, ''),
      T + MINUTE,
    ],
  ])('was surely not there until then: %s', (_name, change, happened, unseen) => {
    write({ ...IN, copies: 0, ...change });
    happened();
    expect(read()).toMatchObject({ outcome: 'pending', unseen_until: unseen });
    // So the next run takes it up, of a mailbox with what was looked through.
    const bound = change.kind === 'outbound' ? (change.unseenUntil ?? T) : unseen;
    expect(Math.floor(ledger.openProbes(null)[0]?.unseenUntil ?? T)).toBe(bound);
  });
});

test('a route whose mailbox was changed is one, in order of time, however far apart its messages lie', () => {
  const at = (id: string, mailbox: string, acceptedAt: number): void =>
    write({ ...DELIVERED, id, mailbox, acceptedAt, visibleAt: acceptedAt + 1, unseenUntil: acceptedAt });
  const ids = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(20));
  [0, 400 * DAY, 3 * DAY, 3 * DAY + 1, 900 * DAY].forEach((offset, index) =>
    at(ids[index] ?? '', index % 2 === 0 ? 'hq' : 'branch', T + offset),
  );
  const messages = rows();
  const route = onlyRoute(messages);
  expect(messages.routes('corp')).toHaveLength(1);
  const idsOf = (facts: Iterable<MessageFact>) => [...facts].map(({ id }) => id[0]).join('');
  expect(idsOf(messages.after(route, T))).toBe('acdbe');
  expect(idsOf(messages.before(route, T + 901 * DAY))).toBe('ebdca');
  expect(
    [...messages.within(route, T, T + 401 * DAY)].map(({ id }) => id[0]).toSorted((a = '', b = '') => (a < b ? -1 : 1)),
  ).toEqual(['a', 'b', 'c', 'd']);
  expect(idsOf(messages.within(route, T + 3 * DAY, T + 3 * DAY + 1))).toBe('c');
  expect([messages.any(route, T + DAY, T + 2 * DAY), messages.any(route, T, T + 1)]).toEqual([false, true]);
});
