import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { startDnsStub, type DnsStub } from '../support/dns-stub.ts';
import { killAll, rowsOf, startAgent } from './agent-process.ts';
import { gapsIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';

const SYSTEMS = 20;

describeLab('one name that DNS does not answer, among many systems', () => {
  let lab: Lab;
  let dns: DnsStub;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
    const good = Array.from({ length: SYSTEMS }, (_, n) => [`mx${n}.example A`, ['127.0.0.1']] as const);
    dns = await startDnsStub({ ...Object.fromEntries(good), 'slow.example A': 'silent' });
  });
  afterAll(async () => {
    await killAll();
    await lab?.stop();
    await dns?.close();
    writeFaults('Own faults: a slow name', lines);
  });

  test('is booked where it belongs, and nothing of the others moves', { timeout: 60_000 }, async () => {
    const system = (name: string): object => ({
      name: name.split('.')[0],
      mx: { hosts: [`${name}:${lab.ports.smtp}`], helo: 'probe.sink.example', mail_from: 'probe@sink.example' },
      routes: [],
      checks: [{ kind: 'mx', interval: '1s', timeout: '3s' }],
    });
    const names = [...Array.from({ length: SYSTEMS }, (_, n) => `mx${n}.example`), 'slow.example'];
    const agent = await startAgent(lab, {
      name: 'slow-name',
      agent: { resolvers: [dns.server], sink: undefined },
      systems: names.map(system),
    });
    await agent.said((line) => line['msg'] === 'bad' && line['system'] === 'slow');
    await agent.said((line) => line['msg'] === 'bad' && line['system'] === 'slow', agent.lines.length);
    expect(await agent.stop()).toBe(0);
    const runs = rowsOf<{ system: string; ok: number; samples: number; transients: number }>(
      agent.store,
      'SELECT t.system, r.ok, r.samples, r.transients FROM runs r JOIN targets t ON t.n = r.target',
    );
    const slow = runs.filter(({ system: of }) => of === 'slow');
    expect(slow.filter(({ ok }) => ok === 1)).toEqual([]);
    const slowSamples = slow.reduce((sum, { samples }) => sum + samples, 0);
    expect(slowSamples).toBeGreaterThanOrEqual(2);
    for (let n = 0; n < SYSTEMS; n++) {
      const own = runs.filter(({ system: of }) => of === `mx${n}`);
      expect(own).toMatchObject([{ ok: 1, transients: 0 }]);
      // The slow one takes six seconds a sample; the others go on at their own pace.
      expect(own[0]?.samples).toBeGreaterThan(3 * slowSamples - 3);
    }
    expect(gapsIn(agent.store)).toEqual([]);
    const others = Array.from({ length: SYSTEMS }, (_, n) => `mx${n}`);
    const proven = others.map((of) =>
      nothingBooked(
        agent.store,
        {
          fault: `one name that DNS does not answer, beside ${SYSTEMS} systems`,
          injected:
            'the MX of one system has it; the figures are those of that of the others which has the most unmeasured',
          recorded: 'booked for that system alone; the others go on at their pace',
        },
        of,
      ),
    );
    lines.push(...proven.sort((a, b) => (b.unmeasuredS ?? 0) - (a.unmeasuredS ?? 0)).slice(0, 1));
  });
});
