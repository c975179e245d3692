import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';
import { rowsOf, startAgent, type AgentPlan } from './agent-process.ts';
import { badTime, overlapsIn, probeIdOf, probesIn, type ProbeRow } from './evidence-of.ts';

/** Nine probes and two visits a second. */
const PLAN: AgentPlan = {
  name: 'killed',
  system: {
    routes: [1, 2, 3].flatMap((n) => [
      { name: `out-${n}`, kind: 'outbound', interval: '1s' },
      { name: `in-${n}`, kind: 'inbound', mailbox: 'alice', interval: '1s' },
      { name: `internal-${n}`, kind: 'internal', mailbox: 'bob', interval: '1s' },
    ]),
    checks: [
      { kind: 'imap', interval: '1s', timeout: '5s' },
      { kind: 'mx', interval: '1s', timeout: '5s' },
    ],
  },
};

export interface KillRounds {
  readonly rounds: number;
  /** Probes that the mail system accepted, by its own log, and that the store has none of. */
  readonly missing: readonly string[];
  readonly accepted: number;
  /** Not ended, or ended as if the mail system had lost them, though its log says that it delivered them. */
  readonly wrong: readonly string[];
  readonly bad: readonly string[];
  readonly overlaps: readonly string[];
  readonly integrity: string;
}

/** An agent under load is killed at a random instant, again and again; then it may end what is open, and all is compared. */
export async function killRounds(lab: Lab, rounds: number, random: () => number = Math.random): Promise<KillRounds> {
  for (let round = 0; round < rounds; round++) {
    const agent = await startAgent(lab, PLAN);
    // In the first second the launches fall due; after that a kill meets them in any stage.
    await pause(200 + random() * 1_400);
    await agent.kill();
  }
  const agent = await startAgent(lab, PLAN);
  const open = (): boolean => probesIn(agent.store).some(({ outcome, id }) => outcome === 'pending' && before.has(id));
  const before = new Set(probesIn(agent.store).map(({ id }) => id));
  while (open() && hasHope(lab, agent.store)) await pause(100);
  await agent.stop();
  const probes = new Map(probesIn(agent.store).map((probe) => [probe.id, probe]));
  const truths = lab.truth.all().flatMap((truth) => {
    const id = probeIdOf(truth.messageId);
    return id === null || truth.queued.length === 0 ? [] : [{ id, truth }];
  });
  return {
    rounds,
    accepted: truths.length,
    missing: truths.filter(({ id }) => !probes.has(id)).map(({ id }) => id),
    wrong: truths
      .filter(({ id }) => before.has(id))
      .flatMap(({ id, truth }) => {
        const came = truth.saves.length > 0 || truth.sentAt !== undefined;
        const probe = probes.get(id);
        return probe === undefined || !came || isRight(probe) ? [] : [`${probe.kind} ${id}: ${probe.outcome}`];
      }),
    bad: badTime(agent.store),
    overlaps: overlapsIn(agent.store),
    integrity: rowsOf<{ integrity_check: string }>(agent.store, 'PRAGMA integrity_check')
      .map((row) => row.integrity_check)
      .join(', '),
  };
}

// Outbound probes that waited while nobody listened at our sink are void: the wait was ours.
function isRight({ kind, outcome, copies }: ProbeRow): boolean {
  return kind === 'outbound' ? outcome === 'relayed' || outcome === 'void' : outcome === 'delivered' && copies === 1;
}

/** A letter that the kill cut off before its end was never accepted: nobody waits for that. */
function hasHope(lab: Lab, store: string): boolean {
  const accepted = new Set(
    lab.truth.all().flatMap(({ messageId, sentAt }) => (sentAt === undefined ? [] : [probeIdOf(messageId)])),
  );
  return probesIn(store).some(({ outcome, id }) => outcome === 'pending' && accepted.has(id));
}
