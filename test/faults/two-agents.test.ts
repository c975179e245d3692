import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openLedger } from '../../src/store/ledger.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { withImap } from '../lab/dialogue.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { killAll, startAgent, type AgentPlan, type AgentProcess, type LogLine } from './agent-process.ts';
import { badTime, overlapsIn, probeIdOf, probesIn } from './evidence-of.ts';

const VANTAGE = 'here';
const ROUTES = ['inbound', 'internal'] as const;

const delivered = (line: LogLine): boolean => line['msg'] === 'probe ended' && line['outcome'] === 'delivered';

/** Agents of one machine have one sink between them, so these have none. */
function planOf(lab: Lab, name: string, identity?: { instance: string; key: Buffer }): AgentPlan {
  const store = path.join(lab.dir, `${name}.db`);
  if (identity !== undefined)
    openLedger({ path: store, vantage: VANTAGE, now: Date.now(), create: identity }).close(null);
  return {
    name,
    store,
    agent: { vantage: VANTAGE, sink: undefined },
    system: {
      routes: [
        { kind: 'inbound', mailbox: 'alice', interval: '1s' },
        { kind: 'internal', mailbox: 'bob', interval: '1s' },
      ],
      checks: [{ kind: 'imap', interval: '1s', timeout: '5s' }],
    },
  };
}

const launchedBy = (agent: AgentProcess, from = 0): string[] =>
  agent.lines
    .slice(from)
    .filter((line) => line['msg'] === 'probe launched')
    .map((line) => String(line['probe']));

/** Ids of the probes whose letters lie in the mailboxes. */
async function lyingIn(lab: Lab): Promise<string[]> {
  const ids: string[] = [];
  for (const user of [lab.users.alice, lab.users.bob]) {
    await withImap(lab, user, async (client) => {
      await client.mailboxOpen('INBOX', { readOnly: true });
      for await (const { envelope } of client.fetch('1:*', { envelope: true })) {
        const id = probeIdOf(envelope?.messageId ?? '');
        if (id !== null) ids.push(id);
      }
    });
  }
  return ids;
}

async function foreignSeenBy(agent: AgentProcess): Promise<number> {
  const text = await (await fetch(`${agent.page}metrics`)).text();
  return Number(/^mailwitness_foreign_mail_total\{[^}]*what="other-instance"[^}]*\} (\d+)/mu.exec(text)?.[1]);
}

describeLab('two agents that watch the same mailboxes', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    await killAll();
    await lab.faults.clear();
  });
  afterAll(async () => lab?.stop());

  const key = randomBytes(32);
  test.each<readonly [string, string, Parameters<typeof planOf>[2], Parameters<typeof planOf>[2]]>([
    ['each with a store and a key of its own', 'own-key', undefined, undefined],
    ['with one key under two names', 'one-key', { instance: 'north', key }, { instance: 'south', key }],
    ['with copies of one store', 'copies', { instance: 'both', key }, { instance: 'both', key }],
  ])(
    '%s: neither counts or deletes a letter of the other, and none is lost',
    { timeout: 120_000 },
    async (_name, files, ofNorth, ofSouth) => {
      const north = await startAgent(lab, planOf(lab, `${files}-north`, ofNorth));
      const south = await startAgent(lab, planOf(lab, `${files}-south`, ofSouth));
      const from = { north: north.lines.length, south: south.lines.length };
      // Each meets the other's letters while its own are under way.
      for (const agent of [north, south]) {
        await agent.saidTimes(6, delivered, agent.lines.length);
        await expect.poll(() => foreignSeenBy(agent), { timeout: 20_000 }).toBeGreaterThan(3);
      }

      // Letters of north come out while only south looks, and south deletes its own among them.
      const release = await lab.faults.hold('all');
      const heldFrom = north.lines.length;
      const held = await Promise.all(
        ROUTES.map(async (route) => {
          const launched = await north.said(
            (line) => line['msg'] === 'probe launched' && line['route'] === route,
            heldFrom,
          );
          const id = String(launched['probe']);
          await north.said((line) => line['msg'] === 'probe accepted' && line['probe'] === id, heldFrom);
          return id;
        }),
      );
      expect(await north.stop()).toBe(0);
      await release();
      await expect.poll(() => lyingIn(lab), { timeout: 20_000 }).toEqual(expect.arrayContaining(held));
      const alone = south.lines.length;
      await south.saidTimes(4, delivered, alone);
      for (const mailbox of ['alice', 'bob'])
        await south.said((line) => line['msg'] === 'own mail deleted' && line['mailbox'] === mailbox, alone);
      expect(await lyingIn(lab)).toEqual(expect.arrayContaining(held));

      expect(await south.stop()).toBe(0);

      // By the mail system's own log: what it took is in one store, once.
      const judged = new Set([...launchedBy(north, from.north), ...launchedBy(south, from.south)]);
      const lying = new Set(await lyingIn(lab));
      for (const [mine, others] of [
        [north, south],
        [south, north],
      ] as const) {
        const foreign = new Set(launchedBy(others));
        expect(probesIn(mine.store).filter(({ id }) => judged.has(id) && foreign.has(id))).toEqual([]);
        expect(badTime(mine.store)).toEqual([]);
        expect(overlapsIn(mine.store)).toEqual([]);
      }
      const saved = lab.truth.all().flatMap(({ messageId, saves }) => {
        const id = probeIdOf(messageId);
        return id !== null && saves.length > 0 && judged.has(id) ? [id] : [];
      });
      expect(saved.length).toBeGreaterThan(12);
      const rows = new Map([...probesIn(north.store), ...probesIn(south.store)].map((probe) => [probe.id, probe]));
      const wrong = saved.flatMap((id) => {
        const { outcome, copies } = rows.get(id) ?? {};
        // An agent that was stopped before it saw its letter finds it there when it is started again.
        const isRight = (outcome === 'delivered' && copies === 1) || (outcome === 'pending' && lying.has(id));
        return isRight ? [] : [`${id}: ${outcome}, ${copies} copies, ${lying.has(id) ? 'there' : 'gone'}`];
      });
      expect(wrong).toEqual([]);

      const again = await startAgent(lab, { ...planOf(lab, `${files}-north`), store: north.store });
      for (const id of held) await again.said((line) => delivered(line) && line['probe'] === id);
      expect(await again.stop()).toBe(0);
    },
  );
});
