import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';
import type { MessageTruth } from '../lab/truth.ts';
import { rowsOf, startAgent, type AgentPlan, type AgentProcess, type LogLine } from './agent-process.ts';
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

/** Nothing of what is awaited has happened for so long: it never will, however busy the machine. */
const STUCK_MS = 180_000;
/** None of the probes that came out has ended for so long: those that are left are told as such. */
const PATIENCE_MS = 60_000;

export interface KillOptions {
  /** In [0, 1). */
  readonly random?: () => number;
  /** After each kill: how many there were, and how many letters the mail system has taken. */
  readonly onKill?: (kills: number, letters: number) => void;
}

/** An agent under load is killed at a random instant, again and again; then it may end what is open, and all is compared. */
export async function killRounds(
  lab: Lab,
  rounds: number,
  { random = Math.random, onKill = () => undefined }: KillOptions = {},
): Promise<KillRounds> {
  const absences: Absence[] = [];
  const start = async (): Promise<AgentProcess> => {
    const agent = await inTime('the start of the agent', startAgent(lab, PLAN));
    const last = absences.at(-1);
    if (last !== undefined) last.to = Date.now();
    return agent;
  };
  for (let round = 0; round < rounds; round++) {
    const agent = await start();
    // What ends before the first kill has nothing to do with any.
    if (round === 0) await inTime('three probes', agent.saidTimes(3, isRelayed));
    // By what it has done and not by the clock: a slow machine would kill it before it has done anything.
    const steps = 1 + Math.floor(random() * MOST_STEPS);
    const isStep = (line: LogLine): boolean => String(line['msg']).startsWith('probe ');
    await inTime(`step ${steps} before kill ${round + 1}`, agent.saidTimes(steps, isStep));
    await pause(random() * 100);
    absences.push({ from: Date.now(), to: Infinity });
    await agent.kill();
    onKill(round + 1, lab.truth.all().length);
  }
  const agent = await start();
  const before = new Set(probesIn(agent.store).map(({ id }) => id));
  await endings(lab, agent.store, before);
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

/** Waits until the probes that the mail system has taken have ended, as long as one after the other does. */
async function endings(lab: Lab, store: string, ids: ReadonlySet<string>): Promise<void> {
  let waiting = Infinity;
  for (let since = Date.now(); waiting > 0 && Date.now() - since < PATIENCE_MS; await pause(250)) {
    // A letter that the kill cut off before its end was never taken: nobody waits for that.
    const taken = new Set(
      lab.truth
        .all()
        .flatMap(({ messageId, queued }) =>
          queued.some(({ activeAt }) => activeAt !== undefined) ? [probeIdOf(messageId)] : [],
        ),
    );
    const left = probesIn(store).filter(({ id, outcome }) => outcome === 'pending' && ids.has(id) && taken.has(id));
    if (left.length < waiting) since = Date.now();
    waiting = left.length;
  }
}

async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not after ${STUCK_MS / 1_000} s: ${what}`)), STUCK_MS);
  });
  try {
    return await Promise.race([promise, stuck]);
  } finally {
    clearTimeout(timer);
  }
}
