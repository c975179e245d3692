import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createAgent, type Agent } from '../../src/agent.ts';
import type { RouteWork } from '../../src/handover.ts';
import { createHandClock } from '../../src/lib/hand-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { HOUR, MINUTE, SECOND, type Ms } from '../../src/lib/time.ts';
import { createAuthPacing } from '../../src/probe/auth-pacing.ts';
import { openStore, type OpenStore } from '../../src/store/store.ts';
import { gapsIn, probesIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';

const AWAY_MS = 10 * MINUTE;

interface Row {
  /** When the agent is restarted: before it was told that its sink was away, or after that and before anybody came to it. */
  readonly restart?: 'unknowing' | 'knowing';
  /** The mail system gives up on all that it has: at our return, or after its back-off, without coming again. */
  readonly sendsBack?: 'at once' | 'later';
  /** Postfix comes again after its back-off, and not the moment that we are there. */
  readonly backOffMs?: Ms;
  readonly reachWithinMs?: Ms;
  readonly lostAfterMs?: Ms;
}

/** Of what the mail system takes after our return, the first is given up before it comes again. */
const IMPATIENT = { lostAfterMs: 15 * MINUTE, backOffMs: 20 * MINUTE } as const;

const rows: [also: string, row: Row][] = [
  ['', {}],
  [', and the agent restarts before it knows', { restart: 'unknowing' }],
  // What waits half a minute is late: no wait since our return may count as the system's own.
  [', and the agent restarts before anybody comes to it again', { restart: 'knowing', reachWithinMs: 30 * SECOND }],
  [
    ', which sends all back, and the agent restarts before it comes again',
    { restart: 'knowing', sendsBack: 'at once' },
  ],
  [', which sends all back that it has, of after our return too, before it comes again', { sendsBack: 'later' }],
  [', which sends all back before it comes again after a restart', { restart: 'unknowing', sendsBack: 'later' }],
  [', and comes again later than a letter counts as lost', IMPATIENT],
  [', and comes again later than that after a restart', { restart: 'unknowing', ...IMPATIENT }],
];

const lines: OwnFaultLine[] = [];
afterAll(() => writeFaults('Own faults: the sink for ten minutes (a simulated mail system)', lines));

test.each(rows)(
  'a sink that is away for ten minutes while the mail system queues%s: no delay is booked',
  async (also, row) => {
    const { restart, sendsBack, backOffMs = 2 * MINUTE, reachWithinMs = HOUR, lostAfterMs = 24 * HOUR } = row;
    const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-away-'));
    const file = path.join(dir, 'store.db');
    const clock = createHandClock(1_800_000_000_000);
    /** What lies in the mail system. */
    const queue: string[] = [];
    const all: string[] = [];
    let store: OpenStore = await openStore({ path: file, vantage: 'test', now: clock.now() });
    let agent = agentOn(store);

    function agentOn(on: OpenStore): Agent {
      return createAgent({
        clock,
        store: on,
        doubts: { witness: { ask: async () => 'answered' }, lagMs: () => 0, signal: new AbortController().signal },
        logins: createAuthPacing(),
        log: silentLog,
        patienceOf: () => ({ lostAfterMs, watchMs: 72 * HOUR, reachWithinMs }),
        longestWatchMs: 72 * HOUR,
        listeners: [],
      });
    }
    /** The mail system takes each letter at once, and queues it. */
    const route: RouteWork = {
      ...{ system: 'lab', name: 'out', kind: 'outbound', mailbox: null, intervalMs: 10 * SECOND, timeoutMs: MINUTE },
      ...{ retryAfterMs: 0, reachWithinMs, mostOwnMail: 500 },
      sender: {
        send: async () => {
          const at = clock.now();
          const facts = { startedAt: at, endedAt: at, peer: 'mx:25', phases: [], transcript: [] };
          return { ...facts, kind: 'accepted', acceptedAt: at, line: '250 queued' };
        },
        close: async () => {},
      },
      compose: async ({ id }) => {
        queue.push(id);
        all.push(id);
        return { from: 'a@b.example', to: 'c@d.example', messageId: `<${id}@b.example>`, raw: Buffer.alloc(100) };
      },
    };
    async function launchFor(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 10 * SECOND) {
        await agent.launch(route);
        await clock.advance(10 * SECOND);
        agent.settle();
      }
      await agent.flush();
      await store.checkpoint(clock.now());
    }
    const bringAll = (): void => {
      for (const probeId of queue.splice(0))
        agent.observerOf('sink').sighted({ kind: 'contact', probeId, at: clock.now(), peer: '192.0.2.1:4000' });
    };
    const sendAllBack = (): void => {
      for (const probeId of queue.splice(0))
        agent.observerOf('lab').sighted({
          ...{ kind: 'bounce', probeId, at: clock.now(), mailbox: 'alice', permanent: true, words: '5.4.7 expired' },
        });
    };

    const since = clock.now();
    await launchFor(AWAY_MS);
    if (restart !== 'unknowing') {
      agent.sinkAway(since, 'all');
      if (sendsBack === 'at once') sendAllBack();
      else await launchFor(backOffMs);
    }
    if (restart !== undefined) {
      await agent.flush();
      await store.close(clock.now());
      store = await openStore({ path: file, vantage: 'test', now: clock.now() });
      agent = agentOn(store);
      await agent.resume([route]);
      await launchFor(backOffMs);
    }
    if (sendsBack === 'later') sendAllBack();
    // The first contact may be for one of these, or for one that is new.
    if (queue.length === 0) await agent.launch(route);
    bringAll();
    const before = [...all];
    await agent.launch(route);
    await clock.advance(500);
    bringAll();
    await clock.advance(MINUTE);
    agent.settle();
    await agent.flush();
    await store.close(clock.now());

    const outcomes = new Map(probesIn(file).map(({ id, outcome }) => [id, outcome]));
    expect(before.length).toBeGreaterThan(60);
    expect(before.filter((id) => outcomes.get(id) !== 'void' && !isAfterContact(id))).toEqual([]);
    const judged = probesIn(file).filter(({ outcome }) => outcome !== 'void');
    expect(judged.map(({ id, outcome, relayed, accepted }) => [id, outcome, (relayed ?? 0) - (accepted ?? 0)])).toEqual(
      [...(isAfterContact(before.at(-1) ?? '') ? [[before.at(-1), 'relayed', 0]] : []), [all.at(-1), 'relayed', 500]],
    );
    const gaps = gapsIn(file).filter(({ why }) => why === 'sink');
    // An agent that starts knows of its own absence; what was void before has no sample, and that time no judgement.
    const gapMs = restart === undefined ? AWAY_MS + backOffMs : backOffMs;
    expect(gaps.map(({ from, to }) => to - from)).toEqual([gapMs]);
    lines.push(
      nothingBooked(file, {
        fault: `own sink away for ten minutes while the mail system queues${also}`,
        injected: 'a letter each 10 s; the mail system and the clock are simulated',
        recorded: `${probesIn(file).length - judged.length} void; the first after the contact relayed after 0.5 s`,
        trueS: [AWAY_MS / SECOND, AWAY_MS / SECOND],
      }),
    );
    rmSync(dir, { recursive: true });

    /** Accepted at the very instant of the contact: the contact trusts it already. */
    function isAfterContact(id: string): boolean {
      return sendsBack === 'later' && id === before.at(-1);
    }
  },
);
