import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { whyNoPortFaults } from '../lab/port-faults.ts';
import { startDnsStub, type DnsStub } from '../support/dns-stub.ts';
import { killAll, startAgent, type AgentPlan } from './agent-process.ts';
import { badTime, gapMs, overlapsIn, probesIn, runsIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';

const WAYS = ['smtp', 'submission', 'imaps', 'sink'] as const;

describeLab('our own line, cut by the packet filter', () => {
  let lab: Lab;
  let dns: DnsStub;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    const reason = whyNoPortFaults();
    if (reason !== undefined) throw new Error(reason);
    lab = await startLab();
    dns = await startDnsStub({ 'one.example A': ['127.0.0.1'], 'two.example A': ['127.0.0.1'] });
  });
  afterEach(async () => {
    await killAll();
    await lab.faults.clear();
  });
  afterAll(async () => {
    await lab?.stop();
    await dns?.close();
    writeFaults('Own faults: the line', lines);
  });

  // The POP3 ports of the lab stand for hosts elsewhere.
  const plan = (name: string): AgentPlan => ({
    name,
    agent: {
      witnesses: [`one.example:${lab.ports.pop3}`, `two.example:${lab.ports.pop3s}`],
      resolvers: [dns.server],
      witness_timeout: '1s',
    },
    system: {
      routes: ['outbound', 'inbound', 'internal'].map((kind) => ({
        kind,
        interval: '1s',
        timeout: '2s',
        ...(kind !== 'outbound' && { mailbox: 'alice' }),
      })),
    },
  });

  test('makes samples void and time unmeasured; it resumes by itself', { timeout: 90_000 }, async () => {
    const agent = await startAgent(lab, plan('cut'));
    await Promise.all(
      ['submission', 'mx', 'imap'].map((check) =>
        agent.said((line) => line['msg'] === 'good' && line['check'] === check),
      ),
    );
    const cutFrom = Date.now();
    const cut = [];
    for (const port of [...WAYS, 'pop3', 'pop3s'] as const) cut.push(await lab.faults.dropPort(port));
    const cutBy = Date.now();
    const cutAt = agent.lines.length;
    const void_ = (check: string) =>
      agent.said(
        (line) => line['msg'] === 'not judged: our own side' && line['check'] === check && line['why'] === 'own-line',
        cutAt,
      );
    await Promise.all(['submission', 'mx', 'imap'].map(void_));
    await agent.said((line) => line['msg'] === 'probe ended' && line['outcome'] === 'void', cutAt);
    const backFrom = Date.now();
    for (const undo of cut) await undo();
    const backBy = Date.now();
    const backAt = agent.lines.length;
    await Promise.all(
      ['submission', 'mx', 'imap'].map((check) =>
        agent.said(
          (line) => (line['msg'] === 'good' || line['msg'] === 'good at the second attempt') && line['check'] === check,
          backAt,
        ),
      ),
    );
    await agent.said((line) => line['msg'] === 'probe ended' && line['outcome'] === 'delivered', backAt);
    expect(await agent.stop()).toBe(0);
    expect(badTime(agent.store)).toEqual([]);
    expect(overlapsIn(agent.store)).toEqual([]);
    expect(gapMs(agent.store, 'own-line')).toBeGreaterThan(2_000);
    for (const check of ['submission', 'mx', 'imap'])
      expect(runsIn(agent.store).filter((run) => run.check === check && run.ok === 1).length).toBeGreaterThan(1);
    expect(probesIn(agent.store).filter(({ outcome }) => outcome === 'lost' || outcome === 'unreachable')).toEqual([]);
    lines.push(
      nothingBooked(agent.store, {
        fault: 'the line of the agent is cut',
        injected: "nft drops all to the mail system's ports, to the sink and to the witnesses",
        recorded: 'samples and launches are void; all of it resumes by itself',
        trueS: [(backFrom - cutBy) / 1_000, (backBy - cutFrom) / 1_000],
      }),
    );
  });

  test('is told from the same failure while a witness answers, which is booked', { timeout: 60_000 }, async () => {
    const agent = await startAgent(lab, plan('not-cut'));
    await agent.said((line) => line['msg'] === 'good' && line['check'] === 'imap');
    await lab.faults.dropPort('imaps');
    await agent.said((line) => line['msg'] === 'bad' && line['check'] === 'imap');
    expect(await agent.stop()).toBe(0);
    expect(badTime(agent.store)).not.toEqual([]);
    expect(gapMs(agent.store, 'own-line')).toBe(0);
  });
});
