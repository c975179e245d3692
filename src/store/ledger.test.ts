import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { array, assert, boolean, constantFrom, double, integer, property, record, tuple } from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../lib/time.ts';
import { launchedState } from '../probe/correlate.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { Gap, Sample } from '../probe/sample.ts';
import type { SendResult } from '../probe/send-result.ts';
import type { Sighting } from '../probe/sighting.ts';
import { KEPT } from './dialogues.ts';
import { openLedger, type Ledger } from './ledger.ts';

const T = 1_790_000_000_000;
const failure = { cause: 'connect', phase: 'connect', detail: 'mx.corp.example:25 refused the connection' } as const;

let dir: string;
let file: string;
let ledger: Ledger;
let reader: Database.Database;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-ledger-'));
  file = path.join(dir, 'store.db');
  ledger = openLedger({ path: file, vantage: 'home', now: T });
  reader = new Database(file);
  reader.pragma('recursive_triggers = ON');
});

afterEach(() => {
  reader.close();
  ledger.close(null);
  rmSync(dir, { recursive: true });
});

function write(...events: readonly AgentEvent[]): void {
  expect(ledger.commit(events.map((event) => ({ kind: 'event', event })))).toEqual([]);
}

function reopen(): void {
  ledger.close(null);
  ledger = openLedger({ path: file, vantage: 'home', now: T });
}

/** An empty store of another name. */
function afresh(): void {
  ledger.close(null);
  reader.close();
  file = path.join(mkdtempSync(path.join(dir, 'anew-')), 'store.db');
  ledger = openLedger({ path: file, vantage: 'home', now: T });
  reader = new Database(file);
  reader.pragma('recursive_triggers = ON');
}

function all(sql: string): unknown[] {
  return reader.prepare(sql).all();
}

function launched(id: string, change: Partial<ProbeState> = {}): ProbeState {
  const probe = { id, system: 'corp', route: 'in', kind: 'inbound', mailbox: 'hq', launchedAt: T } as const;
  return { ...launchedState(probe), ...change };
}

const settledState = launched('a', {
  outcome: 'delivered',
  acceptedAt: T + 1,
  visibleAt: T + 9,
  copies: 1,
  settledAt: T + 9,
});

function sent(probe: ProbeState, change: Partial<SendResult> = {}): AgentEvent {
  const facts = { startedAt: T, endedAt: T + 5, peer: '127.0.0.1:25', phases: [], transcript: [] };
  const result = { kind: 'accepted', acceptedAt: T + 5, line: '250 ok', ...facts, ...change } as SendResult;
  return { kind: 'sent', at: T + 5, probe, result, final: true };
}

function visible(copyId: string, headers = ''): Extract<Sighting, { kind: 'visible' }> {
  const place = { mailbox: 'hq', folder: 'INBOX', junk: false, unseenUntil: T + 8 };
  return { probeId: 'a', at: T + 9, kind: 'visible', copyId, headers, ...place };
}

function sampled(from: number, to: number, change: Partial<Sample> = {}): AgentEvent {
  const ok = change.ok ?? true;
  const base = { system: 'corp', check: 'imap', target: 'hq', from, to, ok, holdMs: 45 * SECOND, phases: [] } as const;
  return { kind: 'sampled', at: to, sample: { ...base, ...(ok ? {} : { failure }), ...change }, visits: [] };
}

function gap(from: number, to: number, why: Gap['why'] = 'own-line'): AgentEvent {
  return { kind: 'gap', at: to, gap: { from, to, why } };
}

interface RunRow {
  readonly check_name: string;
  readonly ok: number;
  readonly from_at: number;
  readonly to_at: number;
  readonly samples: number;
  readonly closed: number;
}

/** `imap good 0-15005 x2 open`, in ms from T. */
function runs(): string[] {
  const rows = all(
    'SELECT t.check_name, r.* FROM runs r JOIN targets t ON t.n = r.target ORDER BY r.from_at, r.n',
  ) as RunRow[];
  return rows.map((row) => {
    const [from, to] = [row.from_at / 1_000 - T, row.to_at / 1_000 - T];
    return `${row.check_name} ${row.ok === 1 ? 'good' : 'bad'} ${from}-${to} x${row.samples}${row.closed === 1 ? '' : ' open'}`;
  });
}

test('a probe that was postponed comes back as it was, and one that was taken up again without its failure', () => {
  const postponed = launched('a', { failure, deferral: { attempts: 3, refusedForMs: 7 * MINUTE } });
  write({ kind: 'launched', at: T, probe: launched('a') }, { kind: 'noted', at: T + 1, probe: postponed });
  reopen();
  expect(ledger.openProbes(null)).toEqual([postponed]);
  write({ kind: 'noted', at: T + 2, probe: { ...postponed, failure: null } });
  expect(ledger.openProbes(null)[0]?.failure).toBeNull();
});

describe('a probe', () => {
  test('comes back as it was written, to the microsecond', () => {
    const state: ProbeState = {
      ...launched('a', {
        launchedAt: T + 0.125,
        outcome: 'bounced',
        acceptedAt: T + 1.001,
        uncertain: true,
        relayedAt: T + 2.5,
      }),
      visibleAt: T + 3.75,
      unseenUntil: T + 3.5,
      folder: 'Junk',
      copyId: 'hq/INBOX/1/7',
      misfiled: true,
      contacts: 2,
      copies: 3,
      failure: { ...failure, words: '550 5.1.1 no such user', code: 550, enhanced: '5.1.1' },
      deferral: { attempts: 4, refusedForMs: 3 * HOUR + 0.5 },
      settledAt: T + 4,
    };
    write({ kind: 'launched', at: T, probe: state });
    expect(ledger.probe('a')).toEqual(state);
    expect(ledger.probe('b')).toBeNull();
  });

  test('is named by its id among those launched last, whatever the wall said then', () => {
    for (const [n, id] of ['a', 'b', 'c'].entries()) {
      write({ kind: 'launched', at: T, probe: launched(id, { launchedAt: T - n * HOUR }) });
    }
    expect(ledger.newestIds(2)).toEqual(['c', 'b']);
  });

  test('is open until it settles, and for a while longer when it was given up on', () => {
    write(
      { kind: 'launched', at: T, probe: launched('open') },
      { kind: 'settled', at: T, probe: { ...settledState, id: 'good' } },
      { kind: 'settled', at: T, probe: launched('old', { outcome: 'lost', settledAt: T - DAY }) },
      { kind: 'settled', at: T, probe: launched('lost', { outcome: 'lost', settledAt: T }) },
    );
    expect(ledger.openProbes(null).map(({ id }) => id)).toEqual(['open']);
    expect(ledger.openProbes(T - HOUR).map(({ id }) => id)).toEqual(['open', 'lost']);
  });

  test('accepted while our sink was away is told of its system until something comes to the sink', () => {
    const marked = (id: string, change: Partial<ProbeState> = {}): ProbeState => ({
      ...launched(id, { acceptedAt: T + 5, unseenUntil: T + 50, ...change }),
      ...{ route: 'out', kind: 'outbound', mailbox: null },
    });
    write(
      { kind: 'launched', at: T, probe: marked('waits') },
      { kind: 'launched', at: T, probe: { ...marked('came back'), system: 'back' } },
      {
        kind: 'settled',
        at: T,
        probe: { ...marked('came back', { outcome: 'void', settledAt: T + 60 }), system: 'back' },
      },
      { kind: 'launched', at: T, probe: { ...marked('no mark', { unseenUntil: null }), system: 'unmarked' } },
      { kind: 'launched', at: T, probe: { ...marked('inbound'), system: 'inbound', kind: 'inbound', mailbox: 'hq' } },
    );
    expect([...ledger.shunning(T)].sort()).toEqual(['back', 'corp']);
    expect(ledger.shunning(T + 6)).toEqual([]);
    write({ kind: 'launched', at: T, probe: marked('came', { unseenUntil: null, relayedAt: T + 51 }) });
    expect(ledger.shunning(T)).toEqual(['back']);
  });

  test('changes while it is open and never once it has settled', () => {
    write({ kind: 'launched', at: T, probe: launched('a') }, sent(launched('a', { acceptedAt: T + 5 })));
    expect(ledger.probe('a')?.acceptedAt).toBe(T + 5);
    write({ kind: 'settled', at: T + 9, probe: settledState });
    write({ kind: 'settled', at: T + 10, probe: launched('a', { outcome: 'lost', settledAt: T + 10 }) });
    expect(ledger.probe('a')).toEqual(settledState);
  });

  test('ends as it was last told within one transaction, and as it first ended', () => {
    write(
      { kind: 'launched', at: T, probe: launched('a') },
      sent(launched('a', { acceptedAt: T + 5 })),
      {
        kind: 'sighted',
        at: T + 9,
        probe: { ...settledState, settledAt: null },
        sighting: visible('one'),
        meaning: 'first',
      },
      { kind: 'settled', at: T + 9, probe: settledState },
      { kind: 'settled', at: T + 10, probe: launched('a', { outcome: 'lost', settledAt: T + 10 }) },
      { kind: 'sighted', at: T + 11, probe: launched('b'), sighting: visible('one'), meaning: 'known' },
    );
    expect(ledger.probe('a')).toEqual(settledState);
    expect(ledger.probe('b')).toBeNull();
  });

  test('is the same however what is told of it is cut into transactions', () => {
    const told = tuple(
      constantFrom('launched', 'noted', 'sent', 'settled', 'first', 'duplicate', 'known'),
      constantFrom('a', 'b', 'c'),
      boolean(),
    );
    const rows = (): unknown => ({
      probes: all('SELECT * FROM probes ORDER BY id').map((row) => ({ ...(row as object), n: 0 })),
      sightings: all(
        'SELECT p.id, s.kind, s.meaning, s.at, s.copy FROM sightings s JOIN probes p ON p.n = s.probe ORDER BY s.n',
      ),
      dialogues: all(
        'SELECT p.id, d.shelf, d.part, d.text FROM dialogues d JOIN probes p ON p.n = d.probe ORDER BY d.n',
      ),
    });
    assert(
      property(array(tuple(told, boolean()), { maxLength: 25 }), (steps) => {
        const events = steps.map(([[kind, id, ends]], index): AgentEvent => {
          const probe = launched(id, { copies: index, acceptedAt: T + index, settledAt: ends ? T + index : null });
          const at = T + index;
          if (kind === 'sent') return sent(probe, { transcript: [{ at, who: 'client', text: `QUIT ${index}` }] });
          if (kind === 'launched' || kind === 'noted') return { kind, at, probe };
          if (kind === 'settled') return { kind, at, probe: { ...probe, settledAt: at } };
          return {
            kind: 'sighted',
            at,
            probe,
            sighting: { ...visible(`${index}`, 'X: y'), probeId: id },
            meaning: kind,
          };
        });
        const found = [() => false, () => true, (index: number) => steps[index]?.[1] === true].map((cutsAfter) => {
          afresh();
          let batch: AgentEvent[] = [];
          for (const [index, event] of events.entries()) {
            batch.push(event);
            if (!cutsAfter(index) && index < events.length - 1) continue;
            write(...batch);
            batch = [];
          }
          return rows();
        });
        expect(found[0]).toEqual(found[1]);
        expect(found[2]).toEqual(found[1]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('sightings', () => {
  test('beyond the first of their kind are rows, one a copy', () => {
    const state = launched('a', { copyId: 'one', visibleAt: T + 9, copies: 1 });
    const tell = (sighting: Sighting, meaning: 'first' | 'duplicate' | 'again' | 'known' | 'bounce'): void =>
      write({ kind: 'sighted', at: T + 9, probe: state, sighting, meaning });
    tell(visible('one'), 'first');
    tell(visible('two'), 'duplicate');
    tell(visible('two'), 'duplicate');
    tell(visible('one'), 'duplicate');
    tell(visible('two'), 'known');
    tell({ probeId: 'a', at: T + 1, kind: 'contact', peer: '[::1]:9' }, 'again');
    tell({ probeId: 'a', at: T + 2, kind: 'contact', peer: '[::1]:9' }, 'again');
    const bounce = {
      probeId: 'a',
      kind: 'bounce',
      mailbox: 'hq',
      permanent: true,
      words: '550 no',
      enhanced: '5.1.1',
    } as const;
    tell({ ...bounce, at: T + 3 }, 'bounce');
    tell({ ...bounce, at: T + 4 }, 'bounce');
    expect(all('SELECT kind, meaning, place, enhanced FROM sightings ORDER BY n')).toEqual([
      { kind: 'visible', meaning: 'duplicate', place: 'hq', enhanced: null },
      { kind: 'contact', meaning: 'again', place: '[::1]:9', enhanced: null },
      { kind: 'contact', meaning: 'again', place: '[::1]:9', enhanced: null },
      { kind: 'bounce', meaning: 'bounce', place: 'hq', enhanced: '5.1.1' },
    ]);
    expect(
      all("SELECT copy_id FROM probes WHERE id = 'a' UNION SELECT copy FROM sightings WHERE kind = 'visible'"),
    ).toEqual([{ copy_id: 'one' }, { copy_id: 'two' }]);
  });

  test('of a lost probe are recorded, and the probe stays lost', () => {
    const lost = launched('a', { outcome: 'lost', settledAt: T + DAY });
    write({ kind: 'settled', at: T, probe: lost });
    write({ kind: 'sighted', at: T, probe: lost, sighting: visible('one', 'Received: by x'), meaning: 'late' });
    expect(ledger.probe('a')).toEqual(lost);
    expect(all('SELECT meaning, at, unseen_until_at, folder, junk FROM sightings')).toEqual([
      { meaning: 'late', at: (T + 9) * 1_000, unseen_until_at: (T + 8) * 1_000, folder: 'INBOX', junk: 0 },
    ]);
    expect(all('SELECT shelf, part, text FROM dialogues')).toEqual([
      { shelf: 'trouble', part: 'headers', text: 'Received: by x' },
    ]);
  });
});

describe('dialogues', () => {
  const transcript = [
    { at: T, who: 'client', text: 'MAIL FROM:<a@b>' },
    { at: T + 1, who: 'server', text: '250 ok' },
    { at: T + 2, who: 'note', text: 'TLSv1.3' },
  ] as const;

  test('are kept of a probe until it settles, and then by how it went', () => {
    write(sent(launched('a'), { transcript }));
    expect(all('SELECT shelf FROM dialogues')).toEqual([{ shelf: 'open' }]);
    write({ kind: 'settled', at: T, probe: launched('a', { outcome: 'lost', settledAt: T }) });
    const [row] = all('SELECT shelf, text FROM dialogues') as { shelf: string; text: string }[];
    expect(row?.shelf).toBe('trouble');
    expect(row?.text.replaceAll(/^\S+ /gm, '')).toBe('C: MAIL FROM:<a@b>\nS: 250 ok\n* TLSv1.3');
  });

  test('of good probes do not pile up', () => {
    for (let i = 0; i < KEPT.plain + 30; i++) write(sent({ ...settledState, id: `p${i}` }, { transcript }));
    expect(all('SELECT count(*) AS n, min(n) AS first FROM dialogues')).toEqual([{ n: KEPT.plain, first: 31 }]);
  });

  test('of one probe that is deferred for hours do not pile up', () => {
    for (let i = 0; i < 30; i++) write(sent(launched('a'), { transcript }));
    expect(all('SELECT count(*) AS n FROM dialogues')).toEqual([{ n: KEPT.probe }]);
  });

  test('of a check are kept where an outage begins and for transients', () => {
    const visit = { startedAt: T, endedAt: T, phases: [], failure, transcript };
    const bad = (at: number): AgentEvent =>
      ({ ...sampled(T + at, T + at + 5, { ok: false }), visits: [visit, visit] }) as AgentEvent;
    write(bad(0), bad(15_000), bad(30_000));
    expect(all('SELECT count(*) AS n FROM dialogues')).toEqual([{ n: 2 }]);
    const { failure: _none, ...good } = visit;
    const shaky = sampled(T + 45_000, T + 45_005, { transient: failure });
    write({ ...shaky, visits: [visit, good] } as AgentEvent);
    expect(all('SELECT count(*) AS n FROM dialogues')).toEqual([{ n: 3 }]);
    expect(all("SELECT at, json_extract(failure, '$.cause') AS cause FROM transients")).toEqual([
      { at: (T + 45_000) * 1_000, cause: 'connect' },
    ]);
  });
});

describe('runs', () => {
  const route = { check: 'inbound', target: 'in' } as const;
  const bad = (from: number, to: number, change: Partial<Sample> = {}): AgentEvent =>
    sampled(T + from, T + to, { ok: false, ...change });
  const good = (from: number, to: number, change: Partial<Sample> = {}): AgentEvent =>
    sampled(T + from, T + to, change);

  const rows: [string, readonly AgentEvent[], readonly string[]][] = [
    ['equal samples are one open run', [good(0, 5), good(15_000, 15_005)], ['imap good 0-15005 x2 open']],
    [
      'another result closes the run',
      [good(0, 5), bad(15_000, 15_005)],
      ['imap good 0-5 x1', 'imap bad 15000-15005 x1 open'],
    ],
    [
      'each target has its own',
      [good(0, 5), bad(0, 6, { target: 'sales' })],
      ['imap good 0-5 x1 open', 'imap bad 0-6 x1 open'],
    ],
    ['a gap ends runs where it begins', [good(0, 5), gap(T + 10, T + 20)], ['imap good 0-5 x1']],
    [
      'a gap told late cuts the run',
      [good(0, 5), good(15_000, 15_005), gap(T + 10, T + 20)],
      ['imap good 0-10 x1', 'imap good 20-15005 x1 open'],
    ],
    ['a run inside a gap told late goes', [good(12, 15), gap(T + 10, T + 20)], []],
    [
      'a run that began after the gap goes on',
      [good(25, 30), gap(T + 10, T + 20), good(40, 45)],
      ['imap good 25-45 x2 open'],
    ],
    [
      'samples on both sides of a gap are two runs',
      [good(0, 5), gap(T + 10, T + 20), good(30, 35)],
      ['imap good 0-5 x1', 'imap good 30-35 x1 open'],
    ],
    [
      'a visit that began inside the gap counts from its end',
      [gap(T + 10, T + 20), bad(15, 35)],
      ['imap bad 20-35 x1 open'],
    ],
    ['a visit inside the gap counts nowhere', [gap(T + 10, T + 20), bad(12, 18)], []],
    [
      'a gap of the sink leaves checks alone',
      [good(0, 5), gap(T + 10, T + 20, 'sink'), good(30, 35)],
      ['imap good 0-35 x2 open'],
    ],
    [
      'a gap of the sink ends outbound',
      [bad(0, 5, { check: 'outbound', target: 'out' }), gap(T + 10, T + 20, 'sink')],
      ['outbound bad 0-5 x1'],
    ],
    [
      'the clock set back over told time adds nothing',
      [good(0, 60_000), bad(30_000, 30_005), good(60_010, 60_015)],
      ['imap good 0-60015 x2 open'],
    ],
    [
      'a gap that ends before it begins is taken as the time between',
      [good(0, 5), gap(T + 20, T + 10), bad(12, 18)],
      ['imap good 0-5 x1'],
    ],
    [
      'refused launches are bad runs of their route',
      [bad(0, 5, route), bad(15_000, 15_005, route)],
      ['inbound bad 0-15005 x2 open'],
    ],
    [
      'an accepted message ends a run of refusals',
      [bad(0, 5, route), sent(launched('a', { acceptedAt: T + 5 })), bad(15_000, 15_005, route)],
      ['inbound bad 0-5 x1', 'inbound bad 15000-15005 x1 open'],
    ],
    [
      'an uncertain one does not',
      [bad(0, 5, route), sent(launched('a'), { kind: 'uncertain', failure }), bad(15_000, 15_005, route)],
      ['inbound bad 0-15005 x2 open'],
    ],
    ['a good launch is never a run', [bad(0, 5, route), good(15_000, 15_005, route)], ['inbound bad 0-5 x1']],
  ];
  test.each(rows)('%s', (_name, events, expected) => {
    write(...events);
    expect(runs()).toEqual(expected);
  });

  test('are cut in any grouping of the samples in the same way', () => {
    const event = record({
      wait: integer({ min: 0, max: 60_000 }),
      took: double({ min: 0, max: 9_000, noNaN: true }),
      ok: boolean(),
      gap: boolean(),
    });
    const history = array(tuple(event, boolean()), { minLength: 1, maxLength: 40 });
    assert(
      property(history, (parts) => {
        let at = T + 0.1;
        const events = parts.map(([{ wait, took, ok, gap: isGap }]) => {
          const from = at + wait;
          at = from + took;
          return isGap ? gap(from, at) : sampled(from, at, { ok });
        });
        const results = [false, true].map((split) => {
          const path_ = path.join(dir, `property-${split}.db`);
          const one = openLedger({ path: path_, vantage: 'home', now: T });
          let batch: AgentEvent[] = [];
          for (const [index, each] of events.entries()) {
            batch.push(each);
            if (!split || parts[index]?.[1] === true) {
              one.commit(batch.map((event) => ({ kind: 'event', event })));
              batch = [];
            }
          }
          one.commit(batch.map((event) => ({ kind: 'event', event })));
          one.close(at);
          const db = new Database(path_);
          const found = db.prepare('SELECT ok, from_at, to_at, samples FROM runs ORDER BY from_at, n').all() as {
            from_at: number;
            to_at: number;
          }[];
          const gaps = db.prepare('SELECT from_at, to_at FROM gaps').all() as { from_at: number; to_at: number }[];
          db.close();
          for (const suffix of ['', '.lock']) rmSync(path_ + suffix, { force: true });
          return { found, gaps };
        });
        expect(results[1]).toEqual(results[0]);
        const { found = [], gaps = [] } = results[0] ?? {};
        for (const [index, run] of found.entries()) {
          expect(run.from_at).toBeGreaterThanOrEqual(found[index - 1]?.to_at ?? 0);
          for (const each of gaps)
            expect(Math.min(run.to_at, each.to_at) - Math.max(run.from_at, each.from_at)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('are checkpointed as they grow, and ended at the checkpoint after a kill', () => {
    write(good(0, 5), good(15_000, 15_005));
    reopen();
    write(good(30_000, 30_005));
    expect(runs()).toEqual(['imap good 0-15005 x2', 'imap good 30000-30005 x1 open']);
    expect(ledger.lastAliveAt()).toBe(T + 30_005);
  });

  test('end at a checkpoint when their hold is over', () => {
    write(good(0, 5), good(40_000, 40_005, { target: 'sales' }));
    ledger.commit([{ kind: 'checkpoint', at: T + MINUTE }]);
    expect(runs()).toEqual(['imap good 0-5 x1', 'imap good 40000-40005 x1 open']);
    expect(ledger.lastAliveAt()).toBe(T + MINUTE);
  });
});

test('a digest holds an hour of a phase', () => {
  const at = Math.ceil(T / HOUR) * HOUR;
  const took = (ms: number): Partial<Sample> => ({ phases: [{ phase: 'auth', ms }] });
  write(
    sampled(at, at + 1, took(1)),
    sampled(at + 9, at + 10, took(1.001)),
    sampled(at + 19, at + 20, took(HOUR)),
    sampled(at + HOUR, at + HOUR, took(3)),
  );
  expect(all('SELECT hour, phase, count, sum_us, max_us, b0, b1, b2, b15 FROM digests ORDER BY hour')).toEqual([
    {
      hour: at / HOUR,
      phase: 'auth',
      count: 3,
      sum_us: 3_600_002_001,
      max_us: 3_600_000_000,
      b0: 1,
      b1: 1,
      b2: 0,
      b15: 1,
    },
    { hour: at / HOUR + 1, phase: 'auth', count: 1, sum_us: 3_000, max_us: 3_000, b0: 0, b1: 0, b2: 1, b15: 0 },
  ]);
});

test('a watermark is replaced by the next', () => {
  const set = (uidNext: number): void => {
    ledger.commit([
      { kind: 'watermark', system: 'corp', mailbox: 'hq', folder: 'INBOX', mark: { uidValidity: '1', uidNext } },
    ]);
  };
  expect(ledger.watermark('corp', 'hq', 'INBOX')).toBeNull();
  set(7);
  set(4_294_967_295);
  expect(ledger.watermark('corp', 'hq', 'INBOX')).toEqual({ uidValidity: '1', uidNext: 4_294_967_295 });
});

describe('what was measured never changes', () => {
  const rows: [string, string][] = [
    ['a settled probe by UPDATE', "UPDATE probes SET outcome = 'lost'"],
    ['a settled probe by DELETE', 'DELETE FROM probes'],
    [
      'a settled probe by REPLACE',
      "INSERT OR REPLACE INTO probes SELECT n, id, route, launched_at, 'lost', accepted_at, uncertain, relayed_at, visible_at, unseen_until_at, folder, copy_id, misfiled, contacts, copies, failure, deferral_attempts, deferral_us, settled_at FROM probes",
    ],
    ['a closed run by UPDATE', 'UPDATE runs SET ok = 1 - ok'],
    ['a closed run by reopening it', 'UPDATE runs SET closed = 0'],
    ['a closed run by DELETE', 'DELETE FROM runs'],
    [
      'a closed run by REPLACE',
      'INSERT OR REPLACE INTO runs SELECT n, target, 1, from_at, to_at, samples, transients, hold_us, NULL, NULL, 1 FROM runs',
    ],
    ['a gap by UPDATE', 'UPDATE gaps SET from_at = 0'],
    ['a gap by DELETE', 'DELETE FROM gaps'],
    ['a gap by REPLACE', 'INSERT OR REPLACE INTO gaps SELECT n, 0, to_at, why FROM gaps'],
    ['a sighting by UPDATE', 'UPDATE sightings SET at = 0'],
    ['a sighting by DELETE', 'DELETE FROM sightings'],
    ['a sighting by REPLACE', 'INSERT OR REPLACE INTO sightings SELECT * FROM sightings'],
    ['a transient by UPDATE', 'UPDATE transients SET at = 0'],
    ['a transient by REPLACE', 'INSERT OR REPLACE INTO transients SELECT * FROM transients'],
    ['a digest by UPDATE', 'UPDATE digests SET sum_us = 0'],
    ['a digest by REPLACE', 'INSERT OR REPLACE INTO digests SELECT * FROM digests'],
    ['the identity by UPDATE', "UPDATE meta SET key = x'00'"],
    [
      'the identity by REPLACE',
      "INSERT OR REPLACE INTO meta SELECT one, instance, x'00', vantage, created_at, last_alive_at FROM meta",
    ],
  ];
  test.each(rows)('%s', (_name, sql) => {
    const state = { ...settledState, copyId: 'one' };
    write(
      { kind: 'settled', at: T, probe: state },
      { kind: 'sighted', at: T, probe: state, sighting: visible('two'), meaning: 'duplicate' },
      sampled(T, T + 5, { ok: false, phases: [{ phase: 'auth', ms: 4 }], transient: failure }),
      gap(T + 10, T + 20),
    );
    expect(() => reader.exec(sql)).toThrow(/never changes|only grows/);
  });

  test('what is open does', () => {
    write({ kind: 'launched', at: T, probe: launched('a') }, sampled(T, T + 5));
    expect(() =>
      reader.exec("UPDATE probes SET folder = 'x'; UPDATE runs SET samples = 2; DELETE FROM runs"),
    ).not.toThrow();
  });
});

test('an entry that can never be written takes no other with it', () => {
  const broken = {
    ...sampled(T, T + 5),
    sample: { ...(sampled(T, T + 5) as { sample: Sample }).sample, system: null },
  } as unknown as AgentEvent;
  const entries = [launched('a'), null, launched('b')].map((probe) => ({
    kind: 'event' as const,
    event: probe === null ? broken : ({ kind: 'launched', at: T, probe } as const),
  }));
  expect(ledger.commit(entries)).toEqual([{ index: 1, message: 'NOT NULL constraint failed: targets.system' }]);
  expect(ledger.openProbes(null).map(({ id }) => id)).toEqual(['a', 'b']);
});
