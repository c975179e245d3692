import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { delayOf } from '../../src/probe/correlate.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { count, send as sendMail } from '../lab/dialogue.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { startAgentOnLab, type AgentOnLab, type AgentOnLabOptions } from './agent-on-lab.ts';

const ended = (state: ProbeState): boolean => state.settledAt !== null;
const messageId = (state: ProbeState, lab: Lab): string =>
  state.kind === 'inbound' ? `<mailwitness.${state.id}@sink.example>` : `<mailwitness.${state.id}@${lab.domain}>`;

describeLab('the agent beside a real Postfix and Dovecot', () => {
  let lab: Lab;
  let agent: AgentOnLab;
  let stores = 0;
  const agents: AgentOnLab[] = [];

  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    for (const each of agents.splice(0)) await each.stop();
    await lab.faults.clear();
  });
  afterAll(async () => lab?.stop());

  async function start(options: Partial<AgentOnLabOptions> = {}): Promise<AgentOnLab> {
    const started = await startAgentOnLab(lab, { store: path.join(lab.dir, `agent-${++stores}.db`), ...options });
    agents.push(started);
    return started;
  }

  describe('routes', () => {
    it.each([
      ['starttls', 'starttls'],
      ['implicit', 'implicit'],
    ] as const)('measures all three, submission by %s and IMAP by %s with a private CA', async (submission, imap) => {
      agent = await start({ submission, imap });
      const [outbound, inbound, internal] = await Promise.all(
        ['outbound', 'inbound', 'internal'].map((route) => agent.probe(route)),
      );
      expect(outbound).toMatchObject({ outcome: 'relayed', copies: 1 });
      expect(inbound).toMatchObject({ outcome: 'delivered', folder: 'INBOX', misfiled: false });
      expect(internal).toMatchObject({ outcome: 'delivered', folder: 'INBOX' });
      for (const state of [outbound, inbound, internal]) {
        expect(state === undefined ? null : await agent.store.probe(state.id)).toMatchObject({
          outcome: state?.outcome,
        });
      }
    });

    it('deletes its own probes, and nothing else', async () => {
      agent = await start();
      const letter = await sendMail(lab, {
        user: lab.users.bob,
        from: lab.users.bob.address,
        to: lab.users.alice.address,
      });
      const state = await agent.probe('inbound');
      await agent.event(
        (event): event is AgentEvent => event.kind === 'upkeep' && event.mailbox === 'alice' && event.deleted > 0,
      );
      expect(await count(lab, lab.users.alice, letter)).toBe(1);
      expect(await count(lab, lab.users.alice, messageId(state, lab))).toBe(0);
    });

    it('measures a delay of an exact length', async () => {
      agent = await start();
      const release = await lab.faults.hold('all');
      const held = await agent.send('inbound');
      expect(held.outcome).toBe('pending');
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await release();
      const state = await agent.until(held.id, ended);
      const truth = await lab.truth.until(messageId(state, lab), (message) => message.savedAt !== undefined);
      // Accepted at the 250, saved as Dovecot's own log stamps it: the agent may see it a little later, never earlier.
      const saved = (truth.savedAt ?? 0) - (state.acceptedAt ?? 0);
      expect(saved).toBeGreaterThan(1_400);
      expect(Math.abs((delayOf(state) ?? 0) - saved)).toBeLessThan(0.2 * saved);
      expect(state.unseenUntil ?? 0).toBeLessThan(state.visibleAt ?? 0);
      expect((state.visibleAt ?? 0) - (state.unseenUntil ?? 0)).toBeLessThan(0.2 * saved);
    });

    it('comes again like an MTA when it is greylisted; the delay starts at the 250', async () => {
      agent = await start({ system: '  reach_within: 1m' });
      await lab.faults.greylist(lab.users.alice.address, 500);
      const state = await agent.probe('inbound');
      expect(state.deferral?.attempts).toBeGreaterThan(1);
      expect(state.deferral?.refusedForMs).toBeGreaterThan(500);
      expect(state.outcome).toBe('delivered');
      expect(delayOf(state) ?? Infinity).toBeLessThan(state.deferral?.refusedForMs ?? 0);
      expect(agent.events.filter((event) => event.kind === 'sampled')).toEqual([]);
    });

    it('finds a probe in Junk: delivered and misfiled, and deletes it there', async () => {
      agent = await start();
      await lab.faults.junk(lab.users.bob.address);
      const state = await agent.probe('internal');
      expect(state).toMatchObject({ outcome: 'delivered', misfiled: true, folder: 'Junk' });
      await agent.event(
        (event): event is AgentEvent => event.kind === 'upkeep' && event.mailbox === 'bob' && event.deleted > 0,
      );
      expect(await count(lab, lab.users.bob, messageId(state, lab), 'Junk')).toBe(0);
    });

    it('counts a second copy as a duplicate, the delay being of the first', async () => {
      agent = await start();
      await lab.faults.duplicate(lab.users.bob.address);
      const state = await agent.probe('internal');
      const second = await agent.event(
        (event): event is Extract<AgentEvent, { kind: 'sighted' }> =>
          event.kind === 'sighted' && event.probe.id === state.id && event.meaning === 'duplicate',
      );
      expect(second.probe.visibleAt).toBeCloseTo(state.visibleAt ?? 0, 2);
      expect(state.outcome).toBe('delivered');
    });

    it('ends a probe that bounces, with the words of the mail system', async () => {
      agent = await start();
      await lab.faults.fillQuota(lab.users.bob.login);
      const state = await agent.probe('internal');
      expect(state.outcome).toBe('bounced');
      expect(state.failure?.words).toMatch(/552|quota/iu);
    });

    it('ends an inbound probe that bounces: the report comes to the sink, to the address that it was sent from', async () => {
      agent = await start();
      await lab.faults.fillQuota(lab.users.alice.login);
      const state = await agent.probe('inbound');
      expect(state).toMatchObject({ outcome: 'bounced', failure: { enhanced: '5.2.2' } });
      expect(state.failure?.words).toMatch(/552|quota/iu);
      expect(agent.events.filter((event) => event.kind === 'foreign')).toEqual([]);
      // By Postfix's own log: accepted from that address, and its report went to the sink.
      const returned = /^returnedprobesaaaaaa-[0-9a-f]{32}@sink\.example$/u;
      expect(lab.truth.of(messageId(state, lab))?.queued[0]?.sender).toMatch(returned);
      const reportsBy = (): unknown[] =>
        lab.truth
          .all()
          .flatMap(({ queued }) => queued.filter(({ sender }) => sender === ''))
          .flatMap((report) => report.attempts)
          .filter(({ recipient }) => returned.test(recipient))
          .map(({ agent: by, status }) => [by, status]);
      // The log tells it a little after the sink does.
      await expect.poll(reportsBy, { timeout: 10_000 }).toEqual([['smtp', 'sent']]);
    });

    it('tells a 451 after DATA as refused, by both attempts, and books the route', async () => {
      agent = await start();
      await lab.faults.rejectData('all', '451 4.3.0 try later');
      const state = await agent.probe('outbound');
      expect(state).toMatchObject({ outcome: 'refused', failure: { code: 451, enhanced: '4.3.0' } });
      const sampled = agent.events.find((event) => event.kind === 'sampled');
      expect(sampled).toMatchObject({ sample: { check: 'outbound', ok: false } });
    });

    it('finds a probe after UIDVALIDITY changed while it was under way', async () => {
      agent = await start();
      const release = await lab.faults.hold('all');
      const held = await agent.send('inbound');
      await lab.faults.changeUidValidity(lab.users.alice.login);
      await release();
      expect(await agent.until(held.id, ended)).toMatchObject({ outcome: 'delivered', copies: 1 });
    });

    it('goes on with what was open after a restart', async () => {
      agent = await start({ store: path.join(lab.dir, 'restart.db') });
      const release = await lab.faults.hold('all');
      const held = await agent.send('inbound');
      await agent.stop();
      agents.splice(0);
      await release();
      agent = await start({ store: path.join(lab.dir, 'restart.db') });
      const state = await agent.until(held.id, ended);
      expect(state).toMatchObject({ outcome: 'delivered', acceptedAt: expect.closeTo(held.acceptedAt ?? 0, 2) });
      const gaps = agent.events.filter((event) => event.kind === 'gap').map((event) => event.gap.why);
      expect(gaps).toContain('stopped');
    });
  });

  describe('checks', () => {
    it.each(['submission', 'mx', 'imap', 'pop3'])('%s is good on every target', async (check) => {
      agent = await start();
      const samples = await agent.visit(check);
      expect(samples.map(({ sample }) => [sample.target, sample.ok, sample.failure])).not.toEqual([]);
      for (const { sample } of samples) expect(sample).toMatchObject({ ok: true });
    });

    it('books a stopped Dovecot as bad imap, submission and pop3, while mx stays good', async () => {
      agent = await start();
      await lab.faults.stopDovecot();
      for (const check of ['imap', 'pop3']) {
        for (const { sample } of await agent.visit(check))
          expect(sample).toMatchObject({ ok: false, failure: { cause: 'connect' } });
      }
      for (const { sample } of await agent.visit('mx')) expect(sample.ok).toBe(true);
    });

    it('books a refused login as auth, after one attempt', async () => {
      agent = await start();
      await lab.faults.changePassword(lab.users.alice.login, 'another');
      const [alice] = await agent.visit('imap');
      expect(alice).toMatchObject({ sample: { ok: false, failure: { cause: 'auth' } }, visits: [{}] });
      expect(alice?.visits).toHaveLength(1);
      expect(JSON.stringify(alice)).not.toContain(lab.users.alice.password);
    });

    it('books an expired certificate as certificate', async () => {
      agent = await start();
      await lab.faults.useCertificate('expired');
      for (const { sample } of await agent.visit('imap'))
        expect(sample).toMatchObject({ ok: false, failure: { cause: 'certificate' } });
    });
  });
});
