import { describe, expect, test } from 'vitest';
import { exampleSettings, goodSample, liveState, START, timedOut } from '../../test/support/feed.ts';
import { MINUTE, SECOND } from '../lib/time.ts';
import type { LiveState } from '../probe/live-state.ts';
import { livenessOf, readinessOf } from './health.ts';

const NOW = START + 60 * MINUTE;
const settings = exampleSettings();

// A check of hq may take 15 s + two attempts of 10 s + two times 3 s for the witness, but its samples are held for 45 s:
// with 30 s of slack hq must work every 75 s.
const ALLOWED = 75 * SECOND;

const liveness: readonly (readonly [string, LiveState, readonly RegExp[]])[] = [
  ['all goes on', liveState(NOW), []],
  ['not started', liveState(NOW, { startedAt: null }), [/has not started/]],
  ['the schedule stands still', liveState(NOW, { lastTickAt: NOW - 11 * SECOND }), [/schedule has not turned for 11/]],
  ['the schedule never turned', liveState(NOW, { lastTickAt: null }), [/schedule has not turned/]],
  ['the last work is just young enough', liveState(NOW, { hq: { lastWorkAt: NOW - ALLOWED } }), []],
  [
    'one system stands still, the other goes on',
    liveState(NOW, { hq: { lastWorkAt: NOW - ALLOWED - 1 } }),
    [/"hq".*no visit/],
  ],
  ['a system has never done anything', liveState(NOW, { hq: { lastWorkAt: null } }), [/"hq"/]],
  [
    'just started, nothing could be done yet',
    liveState(NOW, { startedAt: NOW - SECOND, hq: { lastWorkAt: null } }),
    [],
  ],
  ['a system is missing', { ...liveState(NOW), systems: [] }, [/"hq"/, /"web"/]],
];

describe('alive', () => {
  test.each(liveness)('%s', (_, live, reasons) => {
    const health = livenessOf(live, settings, NOW);
    expect(health.ok).toBe(reasons.length === 0);
    expect(health.reasons).toEqual(reasons.map((reason) => expect.stringMatching(reason) as string));
  });

  test('a system whose only check slowed down after refused logins is given its time', () => {
    const [hq, ...rest] = settings.systems;
    const only =
      hq === undefined ? [] : [{ ...hq, routes: [], checks: hq.checks.filter(({ kind }) => kind === 'imap') }, ...rest];
    const lastSample = goodSample({ ok: false, holdMs: 20 * MINUTE });
    const checks = [{ check: 'imap' as const, target: 'alice', state: 'bad' as const, since: START, lastSample }];
    const live = liveState(NOW, { hq: { checks, lastWorkAt: NOW - 10 * MINUTE } });
    expect(livenessOf(live, { ...settings, systems: only }, NOW).ok).toBe(true);
    expect(livenessOf(live, settings, NOW).ok).toBe(false);
  });

  test('a system whose every login is refused is given its time: to start the agent again would get it banned', () => {
    const [hq, ...rest] = settings.systems;
    const both = hq === undefined ? [] : [{ ...hq, checks: hq.checks.filter(({ kind }) => kind === 'imap') }, ...rest];
    const lastSample = goodSample({ ok: false, holdMs: 20 * MINUTE });
    const checks = [{ check: 'imap' as const, target: 'alice', state: 'bad' as const, since: START, lastSample }];
    const routesOf = (holdMs: number | null) =>
      liveState(NOW).systems[0]?.routes.map((route) => ({ ...route, holdMs })) ?? [];
    const okWith = (holdMs: number | null) =>
      livenessOf(
        liveState(NOW, { hq: { checks, routes: routesOf(holdMs), lastWorkAt: NOW - 10 * MINUTE } }),
        { ...settings, systems: both },
        NOW,
      ).ok;
    expect(okWith(45 * MINUTE)).toBe(true);
    expect(okWith(3 * MINUTE)).toBe(false);
  });
});

const down = { name: 'alice', watching: 'down', since: START } as const;

const readiness: readonly (readonly [string, LiveState, readonly RegExp[], (readonly RegExp[])?])[] = [
  ['all is there', liveState(NOW), []],
  ['not started', liveState(NOW, { startedAt: null }), [/has not started/]],
  ['the store is not open', liveState(NOW, { store: { ...liveState(NOW).store, open: false } }), [/store/]],
  [
    'the sink does not listen',
    liveState(NOW, { sink: { listening: false, problem: 'port 25 is taken' } }),
    [/sink.*port 25 is taken/],
  ],
  [
    'a mailbox was not looked into yet',
    liveState(NOW, { hq: { mailboxes: [{ name: 'alice', watching: 'starting', since: null }] } }),
    [/"alice"/],
  ],
  [
    'a mailbox is down, and why is not known',
    liveState(NOW, { hq: { mailboxes: [down] } }),
    [/"hq": mailbox "alice" is not watched/],
  ],
  [
    'a mailbox is down, and why is known: a note',
    liveState(NOW, { hq: { mailboxes: [{ ...down, failure: timedOut }] } }),
    [],
    [/"hq": mailbox "alice" is not watched: .*said nothing for 10 s/],
  ],
];

describe('ready', () => {
  test.each(readiness.map(([name, live, reasons, notes = []]) => [name, live, reasons, notes] as const))(
    '%s',
    (_, live, reasons, notes) => {
      const health = readinessOf(live);
      expect(health.notes).toEqual(notes.map((note) => expect.stringMatching(note) as string));
      expect(health.ok).toBe(reasons.length === 0);
      expect(health.reasons).toEqual(reasons.map((reason) => expect.stringMatching(reason) as string));
    },
  );
});
