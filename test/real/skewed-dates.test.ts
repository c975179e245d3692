import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { MINUTE } from '../../src/lib/time.ts';
import { delayOf } from '../../src/probe/correlate.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import type { MessageTruth } from '../lab/truth.ts';
import { probeIdOf } from '../faults/evidence-of.ts';
import { startAgentOnLab, type AgentOnLab } from './agent-on-lab.ts';

const ROUTES = ['outbound', 'inbound', 'internal'] as const;
/** What the logs stamp and what the agent sees lie this far apart at most, on however busy a machine; the skew is years. */
const NEAR = MINUTE;

type Sighted = Extract<AgentEvent, { kind: 'sighted' }>;

describeLab('dates that other hosts write into a probe', () => {
  let lab: Lab;
  let agent: AgentOnLab | undefined;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    await agent?.stop();
    await lab.faults.clear();
  });
  afterAll(async () => lab?.stop());

  test.each([
    ['long past', 'past', 'Mon, 01 Jan 2001 00:00:00 +0000'],
    ['still to come', 'future', 'Fri, 31 Dec 2060 23:59:59 +0000'],
    ['none at all', 'none', 'yesterday at noon'],
  ])('are kept as evidence and move no delay: %s', async (_name, store, date) => {
    agent = await startAgentOnLab(lab, { store: path.join(lab.dir, `skewed-${store}.db`) });
    const received = `from skewed.example (skewed.example [192.0.2.7]) by mail.corp.example with ESMTP; ${date}`;
    await lab.faults.rewriteHeaders({ Date: date, Received: received });
    for (const route of ROUTES) {
      const state = await agent.probe(route);
      expect(state.outcome).toBe(route === 'outbound' ? 'relayed' : 'delivered');
      const { sighting } = await agent.event(
        (event): event is Sighted =>
          event.kind === 'sighted' &&
          event.probe.id === state.id &&
          (event.sighting.kind === 'copy' || event.sighting.kind === 'visible'),
      );
      // It did come with them.
      const headers = 'headers' in sighting ? sighting.headers : '';
      expect(headers).toContain(`\r\nDate: ${date}\r\n`);
      expect(headers).toContain(`Received: ${received}\r\n`);

      const truth = (): MessageTruth | undefined =>
        lab.truth.all().find(({ messageId }) => probeIdOf(messageId) === state.id);
      const outAt = () => (route === 'outbound' ? truth()?.firstAttemptAt : truth()?.savedAt);
      // The logs tell it a little later.
      await expect.poll(outAt).toBeDefined();
      const seenAt = route === 'outbound' ? state.relayedAt : state.visibleAt;
      expect(Math.abs((seenAt ?? Infinity) - (outAt() ?? -Infinity))).toBeLessThan(NEAR);
      expect(Math.abs((state.acceptedAt ?? Infinity) - (truth()?.acceptedAt ?? -Infinity))).toBeLessThan(NEAR);
      expect(delayOf(state)).toBe(Math.max(0, (seenAt ?? Number.NaN) - (state.acceptedAt ?? Number.NaN)));
      expect(state.unseenUntil ?? -Infinity).toBeLessThanOrEqual(state.visibleAt ?? Infinity);
    }
  });
});
