import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { startDnsStub, type DnsStub } from '../support/dns-stub.ts';
import { seriesOf } from '../support/exposition.ts';
import { killAll, rowsOf, startAgent, type LogLine } from './agent-process.ts';
import { gapsIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { holds } from './mail-system-truth.ts';
import { nothingBooked } from './own-figures.ts';

const SYSTEMS = 20;
/** Longer than a visit takes on a busy machine, so that none is left out because the last one is still under way. */
const INTERVAL = 2_000;
/** The first visit comes soon after the start, the others at the phase of their system; Postfix makes its processes meanwhile. */
const FIRST = 2;
const BEFORE = 4;

const isGood = (name: string) => (line: LogLine) =>
  /^good(?: at the second attempt)?$/u.test(String(line['msg'])) && line['system'] === name;
const isBad = (line: LogLine): boolean => line['msg'] === 'bad' && line['system'] === 'slow';

/** How far apart the latest and the most punctual visit came, in ms. One left out is a whole interval. */
function unevenness(instants: readonly number[]): number {
  const offsets = instants.map((at, n) => at - n * INTERVAL);
  return Math.max(...offsets) - Math.min(...offsets);
}

/** Of all systems but the slow one, by phase: for how long it lasted in all, in ms, and how often. */
function phasesIn(metrics: string): ReadonlyMap<string, { readonly ms: number; readonly n: number }> {
  const phases = new Map<string, { ms: number; n: number }>();
  for (const line of metrics.split('\n')) {
    const [, kind, labels = '', value] =
      /^mailwitness_check_phase_duration_seconds_(sum|count)\{(.*)\} (\S+)$/u.exec(line) ?? [];
    const phase = /phase="([^"]*)"/u.exec(labels)?.[1];
    if (phase === undefined || labels.includes('system="slow"')) continue;
    const sum = phases.get(phase) ?? { ms: 0, n: 0 };
    if (kind === 'sum') sum.ms += 1_000 * Number(value);
    else sum.n += Number(value);
    phases.set(phase, sum);
  }
  return phases;
}

describeLab('one name that DNS does not answer, among many systems', () => {
  let lab: Lab;
  let dns: DnsStub;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
    const good = Array.from({ length: SYSTEMS }, (_, n) => [`mx${n}.example A`, ['127.0.0.1']] as const);
    dns = await startDnsStub({ ...Object.fromEntries(good), 'slow.example A': ['127.0.0.1'] });
  });
  afterAll(async () => {
    await killAll();
    await lab?.stop();
    await dns?.close();
    writeFaults('Own faults: a slow name', lines);
  });

  test('is booked where it belongs, and nothing of the others moves', { timeout: 120_000 }, async () => {
    const system = (name: string): object => ({
      name: name.split('.')[0],
      mx: { hosts: [`${name}:${lab.ports.smtp}`], helo: 'probe.sink.example', mail_from: 'probe@sink.example' },
      routes: [],
      checks: [{ kind: 'mx', interval: '2s', timeout: '3s' }],
    });
    const names = [...Array.from({ length: SYSTEMS }, (_, n) => `mx${n}.example`), 'slow.example'];
    const agent = await startAgent(lab, {
      name: 'slow-name',
      agent: { resolvers: [dns.server], sink: undefined },
      systems: names.map(system),
    });
    const metrics = async (): Promise<string> => await (await fetch(`${agent.page}metrics`)).text();
    const others = Array.from({ length: SYSTEMS }, (_, n) => `mx${n}`);
    for (const name of [...others, 'slow']) await agent.saidTimes(FIRST + BEFORE, isGood(name));
    const phasesBefore = phasesIn(await metrics());
    dns.zone['slow.example A'] = 'silent';
    const silentFrom = agent.lines.length;
    await agent.saidTimes(2, isBad, silentFrom);
    const silentTo = agent.lines.length;
    const text = await metrics();
    // Since the start. What else the machine does holds all of them up, and the agent knows by how much.
    const lagMs = 1_000 * (seriesOf(text, 'mailwitness_event_loop_lag_seconds', { statistic: 'max' }) ?? Number.NaN);
    const phasesAfter = phasesIn(text);
    expect(await agent.stop()).toBe(0);

    expect([...phasesAfter.keys()]).toEqual(expect.arrayContaining(['dns', 'connect', 'greeting', 'ehlo']));
    for (const [phase, after] of phasesAfter) {
      const before = phasesBefore.get(phase) ?? { ms: 0, n: 0 };
      if (after.n === before.n) continue;
      const [then, now] = [before.ms / before.n, (after.ms - before.ms) / (after.n - before.n)];
      holds(now < 2 * then + lagMs, `${phase}: ${now} ms, and ${then} ms before; our own lag ${lagMs} ms at most`);
    }
    const instantOf = (line: LogLine): number => Date.parse(String(line['time']));
    const silentMs = instantOf(agent.lines[silentTo - 1] ?? {}) - instantOf(agent.lines[silentFrom] ?? {});
    expect(silentMs).toBeGreaterThan(3 * INTERVAL);
    for (const name of others) {
      const visits = agent.lines.slice(0, silentTo).filter(isGood(name)).slice(FIRST).map(instantOf);
      const uneven = unevenness(visits);
      // A visit is told at its end, so what the mail system takes for it is in there, too: see the phases above.
      holds(uneven < INTERVAL / 2 + lagMs, `${name}: ${uneven} ms; our own lag ${lagMs} ms at most`);
      const during = agent.lines.slice(silentFrom, silentTo).filter(isGood(name)).length;
      expect(during).toBeGreaterThanOrEqual(Math.floor(silentMs / INTERVAL) - 1);
    }
    const runs = rowsOf<{ system: string; ok: number; samples: number; transients: number }>(
      agent.store,
      'SELECT t.system, r.ok, r.samples, r.transients FROM runs r JOIN targets t ON t.n = r.target ORDER BY r.from_at',
    );
    const slow = runs.filter(({ system: of }) => of === 'slow');
    // Good until its name was silent, and bad from then on.
    expect(slow.map(({ ok }) => ok)).toEqual([1, 0]);
    const slowSamples = slow[1]?.samples ?? 0;
    expect(slowSamples).toBeGreaterThanOrEqual(2);
    for (let n = 0; n < SYSTEMS; n++) {
      const own = runs.filter(({ system: of }) => of === `mx${n}`);
      expect(own).toMatchObject([{ ok: 1, transients: 0 }]);
      expect(own[0]?.samples).toBeGreaterThanOrEqual(FIRST + BEFORE + slowSamples);
    }
    expect(gapsIn(agent.store)).toEqual([]);
    const proven = others.map((of) =>
      nothingBooked(
        agent.store,
        {
          fault: `one name that DNS does not answer, beside ${SYSTEMS} systems`,
          injected:
            'the MX of one system has it; the figures are those of that of the others which has the most unmeasured',
          recorded: 'booked for that system alone; the others keep their count, their spacing and their phases',
        },
        of,
      ),
    );
    lines.push(...proven.sort((a, b) => (b.unmeasuredS ?? 0) - (a.unmeasuredS ?? 0)).slice(0, 1));
  });
});
