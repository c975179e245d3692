import { statSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/time.ts';
import { monthSpan } from '../../src/sla/month.ts';
import { runProgram } from '../e2e/program.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { FAKETIME, whyNoFaketime } from '../support/faketime.ts';
import { describeUnless } from '../support/needs.ts';
import { writeYear } from '../support/year-store.ts';
import { killAll, rowsOf, startAgent, type AgentProcess, type LogLine } from './agent-process.ts';
import { probesIn, runsIn } from './evidence-of.ts';
import { holds } from './mail-system-truth.ts';

/**
 * The agent keeps its store's appointment at 03:17 by the wall, so long after its start at first, and twice as long where a
 * busy machine was not ready by then: its calendar is set at the start, so a clock that is moved later comes too late for it.
 */
const UPKEEP_IN: number = 25 * SECOND;
const WAL_MEGABYTES = 48;
const ROUTES = ['outbound', 'inbound', 'internal'] as const;
const CHECKS = ['submission', 'mx', 'imap'] as const;
const INTERVAL = SECOND;
/** Longer than a visit takes on a busy machine, so that none is left out because the last one is still under way. */
const CHECK_INTERVAL: number = 2 * SECOND;
/** Of each route, at least so many are judged. */
const LAUNCHES = 16;

/** Judged, or not for a stall of the agent's own, which its figures tell as well. */
const isVisit = (check: string) => (line: LogLine) =>
  line['check'] === check &&
  (/^good(?: at the second attempt)?$/u.test(String(line['msg'])) || line['why'] === 'overload');
const ended = (route: string) => (line: LogLine) => line['msg'] === 'probe ended' && line['route'] === route;

/** Environment of a process whose wall says 03:17 in so many ms; its monotonic clock is the machine's. */
function upkeepIn(ms: number): Record<string, string> {
  const at = new Date(Date.now() + ms);
  const due = new Date(at);
  due.setHours(3, 17, 0, 0);
  const ahead = (due.getTime() - at.getTime() + DAY) % DAY;
  return { LD_PRELOAD: FAKETIME ?? '', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME: `+${(ahead / 1_000).toFixed(3)}` };
}

function walLength(store: string): number {
  return statSync(`${store}-wal`).size;
}

/** The month before the last, whole: it is over, whatever day it is. */
function monthOf(now: number): string {
  const date = new Date(now);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 2, 15)).toISOString().slice(0, 7);
}

/** Launches are due once an interval: how far apart the latest and the most punctual one came. One left out is a whole interval. */
function unevenness(launches: readonly number[]): number {
  const offsets = launches.map((at, n) => at - n * INTERVAL);
  return Math.max(...offsets) - Math.min(...offsets);
}

describeLab('upkeep of the store beside the measurement', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(killAll);
  afterAll(async () => lab?.stop());

  async function said(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await runProgram([...args, '--config', path.join(lab.dir, 'upkeep.yaml')]);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    return out;
  }

  async function figure(agent: AgentProcess, name: RegExp): Promise<number> {
    const text = await (await fetch(`${agent.page}metrics`)).text();
    return text
      .split('\n')
      .filter((line) => name.test(line))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** An agent at work, with a long write-ahead log, some time before its upkeep. */
  async function startBeforeUpkeep(store: string): Promise<{
    readonly agent: AgentProcess;
    /** Probes of before. */
    readonly before: ReadonlySet<string>;
    /** Number of the first line of its log that counts. */
    readonly from: number;
  }> {
    for (let ms = UPKEEP_IN; ; ms *= 2) {
      const dueAt = performance.now() + ms;
      const checks = CHECKS.map((kind) => ({ kind, interval: `${CHECK_INTERVAL}ms`, timeout: '2s' }));
      const agent = await startAgent(lab, {
        name: 'upkeep',
        store,
        agent: { vantage: 'home' },
        system: { checks },
        env: upkeepIn(ms),
      });
      for (const route of ROUTES) await agent.saidTimes(2, ended(route));
      const before = new Set(probesIn(store).map(({ id }) => id));
      const from = agent.lines.length;
      const wal = new Worker(new URL('big-wal.mjs', import.meta.url), {
        workerData: { store, megabytes: WAL_MEGABYTES },
      });
      await once(wal, 'message');
      const length = walLength(store);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
      wal.postMessage('done');
      if (performance.now() + SECOND < dueAt) {
        holds(length > WAL_MEGABYTES * 1_000_000, `a log of ${length} bytes`);
        return { agent, before, from };
      }
      expect(await agent.stop()).toBe(0);
    }
  }

  describeUnless(whyNoFaketime, 'all of it', () => {
    test(
      'a long write-ahead log, a backup, a month closed and purged, and the nightly upkeep: no launch or visit is left out or late',
      { timeout: 400_000 },
      async () => {
        const store = path.join(lab.dir, 'upkeep.db');
        const month = monthOf(Date.now());
        const span = monthSpan(month, 'Asia/Shanghai');
        const pace = { checkEvery: 5 * MINUTE, routeEvery: 2 * MINUTE, outages: 60, seed: 1 };
        writeYear({ file: store, system: 'lab', from: span.from - DAY, to: Date.now() - HOUR, ...pace });
        const { agent, before, from } = await startBeforeUpkeep(store);
        await said('backup', path.join(lab.dir, 'upkeep-backup.db'));
        await said('close', '--month', month);
        await said('export', '--month', month, '--out', path.join(lab.dir, 'upkeep.ndjson'));
        expect(await said('purge', '--month', month, '--yes')).toMatch(/^\d{4,} messages of .* deleted$/mu);
        // Nothing else makes it shorter than that.
        await expect
          .poll(() => walLength(store), { timeout: 150_000, interval: 200 })
          .toBeLessThan((WAL_MEGABYTES * 1_000_000) / 2);
        const sinceUpkeep = agent.lines.length;
        for (const route of ROUTES) {
          await agent.saidTimes(LAUNCHES, ended(route), from);
          await agent.saidTimes(2, ended(route), sinceUpkeep);
        }
        // Since its start. What else the machine does holds the agent up as well, and it knows by how much.
        const lagMs = 1_000 * (await figure(agent, /^mailwitness_event_loop_lag_seconds\{statistic="max"\}/u));
        expect(lagMs).toBeGreaterThan(0);

        expect(await figure(agent, /^mailwitness_launches_skipped_total\{/u)).toBe(0);
        const lines = agent.lines.slice(from);
        const launches = probesIn(store).filter(({ id }) => !before.has(id));
        for (const kind of ROUTES) {
          const instants = launches.filter((probe) => probe.kind === kind).map(({ launched }) => launched);
          expect(instants.length).toBeGreaterThanOrEqual(LAUNCHES);
          const uneven = unevenness(instants);
          holds(uneven < 200 + lagMs, `${kind}: ${uneven} ms; its event loop was late by ${lagMs} ms at most`);
          const visits = CHECKS.map((check) => lines.filter(isVisit(check)).length);
          const told = lines.filter(({ msg, check }) => check !== undefined && msg !== 'good');
          holds(
            Math.min(...visits) >= Math.floor((instants.length * INTERVAL) / CHECK_INTERVAL) - 2,
            `${instants.length} launches, ${visits.join(', ')} visits: ${JSON.stringify(told)}`,
          );
        }
        expect(await agent.stop()).toBe(0);
        const since = Math.min(...launches.map(({ launched }) => launched));
        expect(runsIn(store).filter(({ ok, to }) => ok === 0 && to >= since)).toEqual([]);
        expect(launches.filter(({ outcome }) => outcome === 'lost')).toEqual([]);
        expect(rowsOf(path.join(lab.dir, 'upkeep-backup.db'), 'PRAGMA integrity_check')).toEqual([
          { integrity_check: 'ok' },
        ]);
        expect(rowsOf(store, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      },
    );
  });
});
