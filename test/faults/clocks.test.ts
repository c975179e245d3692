import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { FAKETIME, whyNoFaketime } from '../support/faketime.ts';
import { describeUnless } from '../support/needs.ts';
import { killAll, startAgent, type AgentPlan, type AgentProcess, type LogLine } from './agent-process.ts';
import { badTime, gapMs, gapsIn, overlapsIn, probesIn, runsIn, type ProbeRow } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';
import { reportInZones } from './report-in-zones.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const JUMPING = fileURLToPath(new URL('jumping-clocks.mjs', import.meta.url));

const ended = (line: LogLine): boolean => line['msg'] === 'probe ended';
const sampled = (check: string) => (line: LogLine) =>
  line['check'] === check && /^(?:good|good at the second attempt)$/u.test(String(line['msg']));

/** Delay in ms that the agent holds for sure at least, and at most. */
function delays({ kind, accepted, relayed, visible, unseen }: ProbeRow): readonly [number, number] | null {
  if (accepted === null) return null;
  if (kind === 'outbound') return relayed === null ? null : [relayed - accepted, relayed - accepted];
  return visible === null ? null : [(unseen ?? accepted) - accepted, visible - accepted];
}

/** Probes whose delay is longer than anything that could have happened: a clock's jump went into it. */
function absurd(store: string, most: number): string[] {
  return probesIn(store).flatMap((probe) => {
    const delay = delays(probe);
    return delay !== null && (delay[0] > most || delay[1] < -1_000) ? [`${probe.kind} ${delay.join(' to ')} ms`] : [];
  });
}

/** Where summer time begins and ends at 01:00 UTC of a last Sunday. */
const ZONE = 'Europe/Berlin';

/** The change of that month that is nearest to today: the certificates of a lab hold for a year before and after. */
function changeIn(month: 2 | 9): number {
  const year = new Date().getUTCFullYear();
  const changes = [year - 1, year, year + 1].map((of) => {
    const lastDay = new Date(Date.UTC(of, month, 31));
    return Date.UTC(of, month, 31 - lastDay.getUTCDay(), 1);
  });
  return changes.reduce((one, other) => (Math.abs(other - Date.now()) < Math.abs(one - Date.now()) ? other : one));
}

describeLab('the clocks of the host', () => {
  let lab: Lab;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    await killAll();
    await lab.faults.clear();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Own faults: the clocks', lines);
  });

  async function measures(agent: AgentProcess, probes = 3): Promise<void> {
    const from = agent.lines.length;
    await Promise.all([
      agent.saidTimes(probes, (line) => ended(line) && line['outcome'] !== 'void', from),
      ...['submission', 'mx', 'imap'].map((check) => agent.said(sampled(check), from)),
    ]);
  }

  describeUnless(whyNoFaketime, 'the wall clock', () => {
    let rc: string;
    const plan = (name: string, env: Record<string, string> = {}): AgentPlan => {
      rc = path.join(lab.dir, `${name}.faketime`);
      writeFileSync(rc, '+0');
      return {
        name,
        env: {
          LD_PRELOAD: FAKETIME ?? '',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
          FAKETIME_TIMESTAMP_FILE: rc,
          FAKETIME_NO_CACHE: '1',
          ...env,
        },
      };
    };
    const setWall = (offsetMs: number): void => writeFileSync(rc, `${offsetMs < 0 ? '' : '+'}${offsetMs / 1_000}`);

    test(
      'set an hour ahead and back again moves no delay, leaves a gap, is logged, and nothing stops',
      { timeout: 90_000 },
      async () => {
        const agent = await startAgent(lab, plan('stepped'));
        await measures(agent);
        const release = await lab.faults.hold('all');
        await agent.saidTimes(3, (line) => line['msg'] === 'probe accepted', agent.lines.length);
        const aheadAt = agent.lines.length;
        setWall(HOUR);
        const ahead = await agent.said((line) => line['msg'] === 'the wall clock was set', aheadAt);
        expect(Number(ahead['stepMs'])).toBeCloseTo(HOUR, -3);
        await release();
        await measures(agent);
        const wallAhead = Date.now() + HOUR;

        const backAt = agent.lines.length;
        setWall(0);
        const back = await agent.said((line) => line['msg'] === 'the wall clock was set', backAt);
        expect(Number(back['stepMs'])).toBeCloseTo(-HOUR, -3);
        const wallBack = Date.now();
        await measures(agent);
        expect(await agent.stop()).toBe(0);

        expect(badTime(agent.store)).toEqual([]);
        expect(absurd(agent.store, MINUTE)).toEqual([]);
        expect(overlapsIn(agent.store)).toEqual([]);
        expect(gapsIn(agent.store).filter(({ why }) => why === 'clock').length).toBeGreaterThanOrEqual(2);
        const runs = runsIn(agent.store);
        // What was measured after the correction is kept, though an hour that is still to come was told already.
        for (const check of ['submission', 'mx', 'imap']) {
          expect(
            runs.some((run) => run.check === check && run.from >= wallBack - 2_000 && run.to < wallAhead - MINUTE),
          ).toBe(true);
          expect(runs.some((run) => run.check === check && run.from > wallBack + HOUR / 2)).toBe(true);
        }
        expect(probesIn(agent.store).filter(({ outcome }) => outcome === 'lost')).toEqual([]);
        lines.push(
          nothingBooked(agent.store, {
            fault: 'wall clock set an hour ahead, and back again',
            injected: 'faketime, the monotonic clock left alone; letters are held in the queue over the first step',
            recorded: 'both steps are logged; no delay moves; visits and launches go on',
          }),
        );
      },
    );

    test('set an hour back moves no delay and stops nothing', { timeout: 60_000 }, async () => {
      const agent = await startAgent(lab, plan('set-back'));
      await measures(agent);
      const from = agent.lines.length;
      setWall(-HOUR);
      const step = await agent.said((line) => line['msg'] === 'the wall clock was set', from);
      expect(Number(step['stepMs'])).toBeCloseTo(-HOUR, -3);
      await measures(agent);
      expect(await agent.stop()).toBe(0);
      expect(badTime(agent.store)).toEqual([]);
      expect(absurd(agent.store, MINUTE)).toEqual([]);
      expect(overlapsIn(agent.store)).toEqual([]);
      const before = Date.now() - HOUR / 2;
      for (const check of ['submission', 'mx', 'imap'])
        expect(runsIn(agent.store).some((run) => run.check === check && run.to < before)).toBe(true);
      lines.push(
        nothingBooked(agent.store, {
          fault: 'wall clock set an hour back',
          injected: 'faketime, the monotonic clock left alone',
          recorded: 'logged; no delay moves; visits and launches go on',
        }),
      );
    });

    test(
      'an hour ahead at the start, set right, and the agent restarted: the letters that were held are its own still',
      { timeout: 90_000 },
      async () => {
        const ahead = plan('ahead');
        setWall(HOUR);
        const first = await startAgent(lab, ahead);
        await measures(first);
        const release = await lab.faults.hold('all');
        const from = first.lines.length;
        // The probes that are accepted now wait in the queue; what was accepted just before may have come out.
        await first.saidTimes(3, (line) => line['msg'] === 'probe accepted', from);
        const held: string[] = [];
        for (const route of ['inbound', 'internal']) {
          const launched = await first.said(
            (line) => line['msg'] === 'probe launched' && line['route'] === route,
            first.lines.length,
          );
          const id = String(launched['probe']);
          await first.said((line) => line['msg'] === 'probe accepted' && line['probe'] === id, from);
          held.push(id);
        }
        const steppedFrom = first.lines.length;
        setWall(0);
        await first.said((line) => line['msg'] === 'the wall clock was set', steppedFrom);
        expect(await first.stop()).toBe(0);

        const again = await startAgent(lab, ahead);
        await release();
        for (const id of held)
          await again.said((line) => ended(line) && line['probe'] === id && line['outcome'] === 'delivered');
        await measures(again);
        expect(await again.stop()).toBe(0);
        const isError = (line: LogLine): boolean => Number(line['level']) >= 50;
        expect([...first.lines, ...again.lines].filter(isError)).toEqual([]);
        expect(badTime(again.store)).toEqual([]);
        expect(overlapsIn(again.store)).toEqual([]);
        expect(probesIn(again.store).filter(({ outcome }) => outcome === 'lost')).toEqual([]);
        lines.push(
          nothingBooked(again.store, {
            fault: 'wall clock an hour ahead at the start, set right, and the agent restarted',
            injected: 'faketime; letters are held in the queue meanwhile',
            recorded: 'they come out after the restart, and are delivered',
          }),
        );
      },
    );

    test.each(['Europe/Berlin', 'America/St_Johns', 'Pacific/Chatham'])(
      'in %s: the zone of the host is in no instant that is written',
      { timeout: 60_000 },
      async (zone) => {
        const from = Date.now();
        const agent = await startAgent(lab, {
          name: `zone-${zone.replace('/', '-').toLowerCase()}`,
          env: { TZ: zone },
        });
        await measures(agent, 1);
        expect(await agent.stop()).toBe(0);
        const to = Date.now();
        const instants = [...runsIn(agent.store), ...gapsIn(agent.store)].flatMap((row) => [row.from, row.to]);
        const launches = probesIn(agent.store).map(({ launched }) => launched);
        expect([...instants, ...launches].filter((at) => at < from - 1_000 || at > to + 1_000)).toEqual([]);
        lines.push(
          nothingBooked(agent.store, {
            fault: `the host is in ${zone}`,
            injected: 'TZ of the agent',
            recorded: 'no instant is off',
          }),
        );
      },
    );

    // In the month of the change an hour is missing, or there twice.
    test.each([
      ['end', 9, 745],
      ['beginning', 2, 743],
    ] as const)(
      'through the %s of summer time nothing is a step, and the month has its hours, whatever the zone of whoever asks',
      { timeout: 120_000 },
      async (edge, month, hours) => {
        const change = changeIn(month);
        // Far enough from it for a slow machine to start the agent.
        const offset = change - 15_000 - Date.now();
        const dst = plan(`summer-time-${edge}`, { TZ: ZONE });
        setWall(Math.round(offset));
        const agent = await startAgent(lab, dst);
        await measures(agent);
        for (let wall = Date.now() + offset; wall < change + 2_000; wall = Date.now() + offset)
          await measures(agent, 1);
        expect(await agent.stop()).toBe(0);
        expect(
          agent.lines.filter((line) => line['msg'] === 'the wall clock was set' || line['msg'] === 'unmeasured'),
        ).toEqual([]);
        expect(badTime(agent.store)).toEqual([]);
        const imap = runsIn(agent.store).filter(({ check, target }) => check === 'imap' && target === 'alice');
        expect(imap).toHaveLength(1);
        expect(imap[0]?.from).toBeLessThan(change);
        expect(imap[0]?.to).toBeGreaterThan(change);
        const report = await reportInZones(
          path.join(lab.dir, `${dst.name}.yaml`),
          { month: new Date(change).toISOString().slice(0, 7), zone: ZONE, lab },
          [ZONE, 'Pacific/Chatham'],
        );
        expect(report).toMatchObject({ timezone: ZONE, month_minutes: hours * 60 });
        lines.push(
          nothingBooked(agent.store, {
            fault: `${edge} of summer time`,
            injected: `TZ=${ZONE} and faketime, through ${new Date(change).toISOString()}`,
            recorded: `no step, one run; the month has ${hours} hours; its report is the same to the byte in two zones of the host`,
          }),
        );
      },
    );
  });

  test(
    'a machine that sleeps for ten minutes: that time is a gap, and no sighting or visit falls into it',
    { timeout: 60_000 },
    async () => {
      const slept = 10 * MINUTE;
      const agent = await startAgent(lab, {
        name: 'asleep',
        env: { NODE_OPTIONS: `--import=${JUMPING}`, SLEEP_MS: String(slept), BLOCK_MS: '0' },
      });
      await measures(agent);
      const from = agent.lines.length;
      // Visits and letters are under way while it falls asleep, and end before the next beat notices.
      agent.program.child.kill('SIGUSR2');
      const told = await agent.said((line) => line['msg'] === 'unmeasured' && line['why'] === 'suspend', from);
      expect(Number(told['ms'])).toBeGreaterThan(slept - 1_000);
      await measures(agent);
      expect(await agent.stop()).toBe(0);
      expect(gapMs(agent.store, 'suspend')).toBeGreaterThan(slept - 1_000);
      expect(badTime(agent.store)).toEqual([]);
      expect(overlapsIn(agent.store)).toEqual([]);
      expect(absurd(agent.store, MINUTE)).toEqual([]);
      expect(probesIn(agent.store).filter(({ outcome }) => outcome === 'lost')).toEqual([]);
      lines.push(
        nothingBooked(agent.store, {
          fault: 'the machine sleeps for ten minutes',
          injected: 'wall and boot clock go on, the monotonic clock stands still, visits and letters are under way',
          recorded: 'logged; no visit, sighting or delay reaches into it',
          trueS: [slept / 1_000, slept / 1_000],
        }),
      );
    },
  );

  test.each(['SIGSTOP', 'SIGIO'] as const)(
    'an agent that stood still (%s) for ten seconds books no bad time',
    { timeout: 60_000 },
    async (how) => {
      const still = 10_000;
      const agent = await startAgent(lab, {
        name: `still-${how.toLowerCase()}`,
        env: { NODE_OPTIONS: `--import=${JUMPING}`, SLEEP_MS: '0', BLOCK_MS: String(still) },
      });
      await measures(agent);
      const from = agent.lines.length;
      // With visits under way that have no answer yet, so that their timeouts fire all at once when it goes on.
      await lab.faults.freezeDovecot();
      await agent.said((line) => line['msg'] === 'probe launched', from);
      agent.program.child.kill(how);
      await lab.faults.clear();
      if (how === 'SIGSTOP') {
        await new Promise((resolve) => setTimeout(resolve, still));
        agent.program.child.kill('SIGCONT');
      }
      const told = await agent.said((line) => line['msg'] === 'unmeasured' && line['why'] === 'overload', from);
      expect(Number(told['ms'])).toBeGreaterThan(still / 2);
      await measures(agent);
      expect(await agent.stop()).toBe(0);
      expect(badTime(agent.store)).toEqual([]);
      expect(gapMs(agent.store, 'overload')).toBeGreaterThan(still - 2_000);
      expect(overlapsIn(agent.store)).toEqual([]);
      // Mail that left while our sink stood still is void, not slow.
      const slow = probesIn(agent.store).filter(
        (probe) => probe.kind === 'outbound' && (delays(probe)?.[0] ?? 0) > 5_000,
      );
      expect(slow.filter(({ outcome }) => outcome === 'relayed')).toEqual([]);
      lines.push(
        nothingBooked(agent.store, {
          fault:
            how === 'SIGSTOP' ? 'the agent stands still for ten seconds' : 'its event loop is blocked for ten seconds',
          injected: `${how === 'SIGSTOP' ? 'SIGSTOP and SIGCONT' : 'a synchronous wait in its main thread'}, with visits under way at a frozen Dovecot, which thaws meanwhile`,
          recorded: 'no timeout is booked',
          trueS: [still / 1_000, still / 1_000],
        }),
      );
    },
  );
});
