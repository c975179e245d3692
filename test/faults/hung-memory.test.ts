import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import type { CheckWork } from '../../src/visiting.ts';
import { entriesOf } from '../../src/entries.ts';
import type { RouteWork } from '../../src/handover.ts';
import { createHandClock } from '../../src/lib/hand-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createAuthPacing } from '../../src/probe/auth-pacing.ts';
import { HOUR, MINUTE, SECOND } from '../../src/lib/time.ts';
import type { Failure } from '../../src/probe/visit.ts';
import { createTimetable } from '../../src/schedule/timetable.ts';
import { openStore } from '../../src/store/store.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';

const lines: OwnFaultLine[] = [];
afterAll(() => writeFaults('Own faults: memory (a simulated hour)', lines));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapMib(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test(
  'an hour of a mail system that takes every connection and answers nothing leaves memory flat',
  { timeout: 120_000 },
  async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-hung-'));
    const clock = createHandClock(1_800_000_000_000);
    const stop = new AbortController();
    const store = await openStore({ path: path.join(dir, 'store.db'), vantage: 'test', now: clock.now() });
    const agent = createAgent({
      clock,
      store,
      doubts: { witness: { ask: async () => 'answered' }, lagMs: () => 0, signal: stop.signal },
      logins: createAuthPacing(),
      log: silentLog,
      patienceOf: () => ({ reachWithinMs: 3_600_000, lostAfterMs: 10 * MINUTE, watchMs: 20 * MINUTE }),
      longestWatchMs: 20 * MINUTE,
      listeners: [],
    });
    const failure: Failure = { cause: 'timeout', phase: 'greeting', detail: 'no answer' };

    /** As long as the time limit, and then nothing. */
    async function hang(ms: number): Promise<{ startedAt: number; endedAt: number }> {
      const startedAt = clock.now();
      await new Promise<void>((resolve) => void clock.after(ms, resolve));
      return { startedAt, endedAt: clock.now() };
    }

    const routes = Array.from({ length: 10 }, (_, n): RouteWork => ({
      ...{ system: 'hung', name: `r${n}`, kind: 'outbound', mailbox: null, intervalMs: 10 * SECOND, timeoutMs: MINUTE },
      ...{ retryAfterMs: 0, reachWithinMs: HOUR, mostOwnMail: 500 },
      sender: {
        // Every other one hangs after its last dot: such a probe stays open, since it may still come.
        send: async () => {
          const times = await hang(MINUTE);
          const facts = { ...times, peer: 'hung:25', phases: [], transcript: [], failure };
          return clock.now() % 2 < 1
            ? { ...facts, kind: 'unreachable' }
            : { ...facts, kind: 'uncertain', dotAt: times.startedAt };
        },
        close: async () => {},
      },
      compose: async () => ({
        from: 'a@b.example',
        to: 'c@d.example',
        messageId: '<1@b.example>',
        raw: Buffer.alloc(1_000),
      }),
    }));
    const checks = Array.from({ length: 10 }, (_, n): CheckWork => ({
      ...{ system: 'hung', intervalMs: 15 * SECOND, timeoutMs: 30 * SECOND },
      port: {
        check: 'imap',
        target: `m${n}`,
        visit: async () => ({ ...(await hang(30 * SECOND)), phases: [], transcript: [], failure }),
      },
    }));
    const timetable = createTimetable({
      clock,
      entries: entriesOf({ routes, checks }, agent, stop.signal, () => {}),
      failed: (name, error) => expect.fail(`${name}: ${String(error)}`),
    });
    timetable.start();

    const heaps: number[] = [];
    for (let minute = 0; minute < 60; minute++) {
      for (let beat = 0; beat < 12; beat++) {
        await clock.advance(5 * SECOND);
        agent.settle();
      }
      await agent.flush();
      if (minute % 5 === 4) heaps.push(heapMib());
    }
    const open = [...agent.openProbes()].length;
    stop.abort();
    const stopped = timetable.stop();
    await clock.advance(5 * MINUTE);
    await stopped;
    await agent.flush();
    await store.close(clock.now());
    rmSync(dir, { recursive: true });

    // Launches are at most a hundred at once, open probes at most those of ten minutes, whatever the hour.
    expect(open).toBeLessThan(10 * (10 * 6 + 100));
    // From the half hour on, when all that is kept for a while is kept: no growth but a heap's own breath.
    const [half, last] = [Math.max(...heaps.slice(5, 7)), Math.min(...heaps.slice(-2))];
    expect(last).toBeLessThan(half + 5);
    lines.push({
      fault: 'a mail system that takes every connection and answers nothing, for an hour',
      injected: 'ten routes each 10 s and ten checks each 15 s by a hand-moved clock, each to its time limit',
      recorded: `heap ${half.toFixed(1)} MiB at the half hour, ${last.toFixed(1)} MiB at its end; ${open} probes open`,
      unmeasuredS: undefined,
    });
  },
);
