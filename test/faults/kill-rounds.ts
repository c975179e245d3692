import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';
import type { MessageTruth } from '../lab/truth.ts';
import { rowsOf, startAgent, type AgentPlan, type LogLine } from './agent-process.ts';
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

/** Steps in the life of a probe (launched, accepted, ended) after which the agent is killed, at most. */
const MOST_STEPS = 12;

export interface KillRounds {
  readonly rounds: number;
  /** Probes that the mail system accepted, by its own log, and that the store has none of. */
  readonly missing: readonly string[];
  readonly accepted: number;
  /** Not ended, or ended as if the mail system had lost them, though its log says that it delivered them. */
  readonly wrong: readonly string[];
  /** Outbound probes that were void because they lay in the mail system while our sink was away. */
  readonly excused: number;
  /** Outbound probes that had nothing to do with any kill, and had to be relayed. */
  readonly untouched: number;
  readonly bad: readonly string[];
  readonly overlaps: readonly string[];
  readonly integrity: string;
  /** Seconds in which no agent ran. */
  readonly awayS: number;
  readonly store: string;
}

/** An agent under load is killed at a random instant, again and again; then it may end what is open, and all is compared. */
export async function killRounds(lab: Lab, rounds: number, random: () => number = Math.random): Promise<KillRounds> {
  const absences: Absence[] = [];
  for (let round = 0; round < rounds; round++) {
    const agent = await startAgent(lab, PLAN);
    const last = absences.at(-1);
    if (last !== undefined) last.to = Date.now();
    // What ends before the first kill has nothing to do with any.
    if (round === 0) await agent.saidTimes(3, isRelayed);
    // By what it has done and not by the clock: a slow machine would kill it before it has done anything.
    await agent.saidTimes(1 + Math.floor(random() * MOST_STEPS), (line) => String(line['msg']).startsWith('probe '));
    await pause(random() * 100);
    absences.push({ from: Date.now(), to: Infinity });
    await agent.kill();
  }
  const agent = await startAgent(lab, PLAN);
  const last = absences.at(-1);
  if (last !== undefined) last.to = Date.now();
  const open = (): boolean => probesIn(agent.store).some(({ outcome, id }) => outcome === 'pending' && before.has(id));
  const before = new Set(probesIn(agent.store).map(({ id }) => id));
  // What has not ended by then is told as such.
  for (let n = 0; n < 300 && open() && hasHope(lab, agent.store); n++) await pause(100);
  await agent.stop();
  const probes = new Map(probesIn(agent.store).map((probe) => [probe.id, probe]));
  const truths = lab.truth.all().flatMap((truth) => {
    const id = probeIdOf(truth.messageId);
    return id === null || truth.queued.length === 0 ? [] : [{ id, truth }];
  });
  const shunned = spansWithoutSink(
    absences,
    truths.map(({ truth }) => truth),
  );
  const came = truths.flatMap(({ id, truth }) => {
    const probe = before.has(id) && (truth.saves.length > 0 || truth.sentAt !== undefined) ? probes.get(id) : undefined;
    return probe === undefined ? [] : [{ probe, isExcused: probe.kind === 'outbound' && liesIn(shunned, truth) }];
  });
  return {
    rounds,
    accepted: truths.length,
    missing: truths.filter(({ id }) => !probes.has(id)).map(({ id }) => id),
    wrong: came
      .filter(({ probe, isExcused }) => !isRight(probe) && !(isExcused && probe.outcome === 'void'))
      .map(({ probe: { kind, id, outcome, copies } }) => `${kind} ${id}: ${outcome}, ${copies} copies`),
    excused: came.filter(({ probe }) => probe.kind === 'outbound' && probe.outcome === 'void').length,
    untouched: came.filter(({ probe, isExcused }) => probe.kind === 'outbound' && !isExcused).length,
    bad: badTime(agent.store),
    overlaps: overlapsIn(agent.store),
    integrity: rowsOf<{ integrity_check: string }>(agent.store, 'PRAGMA integrity_check')
      .map((row) => row.integrity_check)
      .join(', '),
    awayS: absences.reduce((sum, { from, to }) => sum + (to - from) / 1_000, 0),
    store: agent.store,
  };
}

function isRelayed(line: LogLine): boolean {
  return line['msg'] === 'probe ended' && line['outcome'] === 'relayed';
}

function isRight({ kind, outcome, copies }: ProbeRow): boolean {
  return kind === 'outbound' ? outcome === 'relayed' : outcome === 'delivered' && copies === 1;
}

interface Absence {
  readonly from: number;
  to: number;
}

/**
 * From each kill until the mail system had handed something over to the next agent: by its own log, in which letters for a
 * sink that is not there are put off. What lay in its queue then may have waited for us.
 */
function spansWithoutSink(absences: readonly Absence[], truths: readonly MessageTruth[]): readonly Absence[] {
  const handedOver = truths
    .flatMap(({ queued }) => queued.flatMap(({ attempts }) => attempts))
    .filter(({ agent, status }) => agent === 'smtp' && status === 'sent')
    .map(({ endedAt }) => endedAt)
    .sort((a, b) => a - b);
  return absences.map(({ from, to }) => ({ from, to: handedOver.find((at) => at >= to) ?? Infinity }));
}

/** Whether the letter lay in the mail system for any part of those spans, from its first RCPT to the sink's 250. */
function liesIn(spans: readonly Absence[], { acceptedAt = Infinity, sentAt = Infinity }: MessageTruth): boolean {
  return spans.some(({ from, to }) => acceptedAt <= to && sentAt >= from);
}

/** A letter that the kill cut off before its end was never accepted: nobody waits for that. */
function hasHope(lab: Lab, store: string): boolean {
  const accepted = new Set(
    lab.truth.all().flatMap(({ messageId, sentAt }) => (sentAt === undefined ? [] : [probeIdOf(messageId)])),
  );
  return probesIn(store).some(({ outcome, id }) => outcome === 'pending' && accepted.has(id));
}
