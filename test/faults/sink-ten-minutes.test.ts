import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAgent, type Agent } from '../../src/agent.ts';
import type { RouteWork } from '../../src/handover.ts';
import { createHandClock } from '../../src/lib/hand-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { HOUR, MINUTE, SECOND } from '../../src/lib/time.ts';
import { createAuthPacing } from '../../src/probe/auth-pacing.ts';
import { openStore, type OpenStore } from '../../src/store/store.ts';
import { gapsIn, probesIn } from './evidence-of.ts';

const AWAY_MS = 10 * MINUTE;
/** Postfix comes again after its back-off, and not the moment that we are there. */
const BACK_OFF_MS = 2 * MINUTE;

test.each([
  ['', false],
  [', and the agent restarted before anybody comes to it again', true],
] as const)(
  'a sink that is away for ten minutes while the mail system queues%s: no delay is booked',
  async (_also, restarted) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-away-'));
    const file = path.join(dir, 'store.db');
    const clock = createHandClock(1_800_000_000_000);
    const queue: string[] = [];
    let store: OpenStore = await openStore({ path: file, vantage: 'test', now: clock.now() });
    let agent = agentOn(store);

    function agentOn(on: OpenStore): Agent {
      return createAgent({
        clock,
        store: on,
        doubts: { witness: { ask: async () => 'answered' }, lagMs: () => 0, signal: new AbortController().signal },
        logins: createAuthPacing(),
        log: silentLog,
        patienceOf: () => ({ lostAfterMs: 24 * HOUR, watchMs: 72 * HOUR, reachWithinMs: HOUR }),
        longestWatchMs: 72 * HOUR,
        listeners: [],
      });
    }
    /** The mail system takes each letter at once, and queues it. */
    const route: RouteWork = {
      ...{ system: 'lab', name: 'out', kind: 'outbound', mailbox: null, intervalMs: 10 * SECOND, timeoutMs: MINUTE },
      ...{ retryAfterMs: 0, reachWithinMs: HOUR, mostOwnMail: 500 },
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
    const comes = (id: string): void =>
      agent.observerOf('sink').sighted({ kind: 'contact', probeId: id, at: clock.now(), peer: '192.0.2.1:4000' });

    const since = clock.now();
    await launchFor(AWAY_MS);
    if (!restarted) agent.sinkAway(since, 'all');
    else {
      await store.close(clock.now());
      store = await openStore({ path: file, vantage: 'test', now: clock.now() });
      agent = agentOn(store);
      await agent.resume([route]);
    }
    await launchFor(BACK_OFF_MS);
    const [waited, between] = [queue.slice(0, AWAY_MS / (10 * SECOND)), queue.slice(AWAY_MS / (10 * SECOND))];
    for (const id of queue) comes(id);
    const after = queue.length;
    await agent.launch(route);
    await clock.advance(500);
    comes(queue[after] ?? '');
    await clock.advance(MINUTE);
    agent.settle();
    await agent.flush();
    await store.close(clock.now());

    const outcomes = new Map(probesIn(file).map(({ id, outcome }) => [id, outcome]));
    expect(waited.length).toBe(60);
    for (const id of [...waited, ...between]) expect([id, outcomes.get(id)]).toEqual([id, 'void']);
    const judged = probesIn(file).filter(({ outcome }) => outcome !== 'void');
    expect(judged.map(({ outcome, relayed, accepted }) => [outcome, (relayed ?? 0) - (accepted ?? 0)])).toEqual([
      ['relayed', 500],
    ]);
    const gaps = gapsIn(file).filter(({ why }) => why === 'sink');
    // An agent that starts knows of its own absence; what was void before has no sample, and that time no judgement.
    const gapMs = restarted ? BACK_OFF_MS : AWAY_MS + BACK_OFF_MS;
    expect(gaps.map(({ from, to }) => to - from)).toEqual([gapMs]);
    rmSync(dir, { recursive: true });
  },
);
