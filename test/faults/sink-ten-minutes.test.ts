import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAgent, type Agent } from '../../src/agent.ts';
import type { RouteWork } from '../../src/handover.ts';
import { createHandClock } from '../../src/lib/hand-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { HOUR, MINUTE, SECOND, type Ms } from '../../src/lib/time.ts';
import { createAuthPacing } from '../../src/probe/auth-pacing.ts';
import { openStore, type OpenStore } from '../../src/store/store.ts';
import { gapsIn, probesIn } from './evidence-of.ts';

const AWAY_MS = 10 * MINUTE;
/** Postfix comes again after its back-off, and not the moment that we are there. */
const BACK_OFF_MS = 2 * MINUTE;

/** What the agent had been told, and what the mail system had done, when it restarted. */
const rows: [also: string, restart: null | { knew: boolean; bounced?: true }, reachWithinMs: Ms][] = [
  ['', null, HOUR],
  [', and the agent restarted before it knew', { knew: false }, HOUR],
  // What waits half a minute is late: no wait since our return may count as the system's own.
  [', and the agent restarted before anybody came to it again', { knew: true }, 30 * SECOND],
  [', which sends all back, and the agent restarted before it came again', { knew: true, bounced: true }, HOUR],
];

test.each(rows)(
  'a sink that is away for ten minutes while the mail system queues%s: no delay is booked',
  async (_also, restart, reachWithinMs) => {
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
        patienceOf: () => ({ lostAfterMs: 24 * HOUR, watchMs: 72 * HOUR, reachWithinMs }),
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

    const isBack = (probeId: string): void => {
      const words = '5.4.7 expired';
      agent.observerOf('lab').sighted({
        ...{ kind: 'bounce', probeId, at: clock.now(), mailbox: 'alice', permanent: true, words },
      });
    };

    const since = clock.now();
    await launchFor(AWAY_MS);
    const waited = [...queue];
    if (restart?.knew !== false) {
      agent.sinkAway(since, 'all');
      if (restart?.bounced === true) for (const id of queue.splice(0)) isBack(id);
      else await launchFor(BACK_OFF_MS);
    }
    if (restart !== null) {
      await agent.flush();
      await store.close(clock.now());
      store = await openStore({ path: file, vantage: 'test', now: clock.now() });
      agent = agentOn(store);
      await agent.resume([route]);
      await launchFor(BACK_OFF_MS);
    }
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
    expect(new Set([...waited, ...queue.slice(0, -1)].map((id) => outcomes.get(id)))).toEqual(new Set(['void']));
    const judged = probesIn(file).filter(({ outcome }) => outcome !== 'void');
    expect(judged.map(({ outcome, relayed, accepted }) => [outcome, (relayed ?? 0) - (accepted ?? 0)])).toEqual([
      ['relayed', 500],
    ]);
    const gaps = gapsIn(file).filter(({ why }) => why === 'sink');
    // An agent that starts knows of its own absence; what was void before has no sample, and that time no judgement.
    const gapMs = restart === null ? AWAY_MS + BACK_OFF_MS : BACK_OFF_MS;
    expect(gaps.map(({ from, to }) => to - from)).toEqual([gapMs]);
    rmSync(dir, { recursive: true });
  },
);
