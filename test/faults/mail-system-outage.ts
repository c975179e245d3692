import path from 'node:path';
import { expect } from 'vitest';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { Failure } from '../../src/probe/visit.ts';
import type { Undo } from '../lab/faults.ts';
import type { Lab } from '../lab/lab.ts';
import type { FaultLine } from './faults-page.ts';
import { foreignLetters } from './foreign-letters.ts';
import {
  OVER_S,
  readLedger,
  startStage,
  TIMEOUT_S,
  type Ledger,
  type Stage,
  type StageOptions,
} from './mail-system-stage.ts';
import { boundsHoldTheTruth, countsAreTheTruth, holds, toldOf } from './mail-system-truth.ts';

type Sampled = Extract<AgentEvent, { kind: 'sampled' }>;
export type CheckName = Sampled['sample']['check'];
/** What is told of a failure; a pattern where its words matter. */
export type What = { readonly [K in keyof Failure]?: Failure[K] | RegExp };

/** A fault that takes ways in or routes away for a while. */
export interface Outage {
  readonly name: string;
  readonly injected: string;
  readonly inject: (lab: Lab) => Promise<Undo>;
  /** Resolves when enough was seen beside what is recorded as bad; may move the fault on. */
  readonly during?: (stage: Stage) => Promise<unknown>;
  readonly forMs?: number;
  /** All that is bad meanwhile, and each that must be recorded of it at least once. Nothing else may have a bad sample. */
  readonly bad: Partial<Record<CheckName, What | readonly What[]>>;
  /** These may be bad too: the fault is switched by a restart, or a connection that was open already still serves a route. */
  readonly perhaps?: readonly CheckName[];
  /** What else may be recorded of all of them: that a server is away while it restarts, say. */
  readonly besides?: readonly What[];
  /** Whether clause 1 sees it: what else is a way to read mail may stand in. */
  readonly down?: boolean;
  /**
   * Each visit is judged as a whole. One that met silence and is under way when the fault ends may still come through, or
   * wait in vain to the end of its attempt: by so much less or more is measured.
   */
  readonly patienceMs?: number;
  /** The mail system itself needs so long to be well again once the fault is off. */
  readonly lingersMs?: number;
  /** Gaps of our own that this fault makes. */
  readonly gaps?: readonly string[];
  readonly stage?: Omit<StageOptions, 'store'>;
  /** Further truths of this row. */
  readonly also?: (seen: { readonly lab: Lab; readonly stage: Stage; readonly ledger: Ledger }) => Promise<void> | void;
}

interface Switched {
  /** Epoch ms: from before it was switched to when that was done. */
  readonly from: number;
  readonly to: number;
}

let stores = 0;

/** Runs the agent through the fault and holds what it recorded and computed against the truth. */
export async function proveOutage(lab: Lab, outage: Outage): Promise<FaultLine> {
  const options: StageOptions = { store: path.join(lab.dir, `outage-${++stores}.db`), ...outage.stage };
  const foreign = await foreignLetters(lab, 'put');
  const stage = await startStage(lab, options);
  let stopped = false;
  let undo: Undo = async () => undefined;
  try {
    await stage.good(0);
    const beginsFrom = stage.now();
    undo = once(await outage.inject(lab));
    const begins = { from: beginsFrom, to: stage.now() };
    await outage.during?.(stage);
    for (const check of names(outage.bad))
      for (const what of whatsOf(outage, check)) await aBadOne(stage, check, begins.to, what);
    await pause(begins.to + (outage.forMs ?? 4_000) - stage.now());
    const endsFrom = stage.now();
    await undo();
    const ends = { from: endsFrom, to: stage.now() + (outage.lingersMs ?? 0) };
    await stage.good(ends.to);
    await stage.allSettled();
    await stage.stop();
    stopped = true;
    const ledger = readLedger(options);
    const bad = checkSamples(stage, outage, begins.from, ends.to);
    checkGaps(stage, ledger, outage);
    checkLetters(lab, stage, ledger, outage, ends);
    expect({ foreign: await foreignLetters(lab) }).toEqual({ foreign });
    const line = checkMinutes(stage, ledger, bad, outage, { begins, ends });
    await outage.also?.({ lab, stage, ledger });
    return line;
  } finally {
    await undo();
    await lab.faults.clear();
    if (!stopped) await stage.stop();
  }
}

/** A bad sample, past or to come, of a check with that failure. */
export async function aBadOne(stage: Stage, check: CheckName, since: number, what: What): Promise<void> {
  const wanted = Object.entries(what).map(([key, value]) => `${key} ${String(value)}`);
  await stage.event(
    `a bad ${check} with ${wanted.join(', ')}`,
    (event): event is Sampled =>
      event.kind === 'sampled' &&
      !event.sample.ok &&
      event.sample.check === check &&
      event.sample.to >= since &&
      isSo(event.sample.failure, what),
  );
}

function isSo(failure: Failure | undefined, what: What): boolean {
  return Object.entries(what).every(([key, value]) => {
    const seen = failure?.[key as keyof Failure];
    return value instanceof RegExp ? value.test(String(seen)) : seen === value;
  });
}

function checkSamples(stage: Stage, outage: Outage, from: number, to: number): readonly Sampled[] {
  const bad = stage.events.filter((event): event is Sampled => event.kind === 'sampled' && !event.sample.ok);
  const ownOf = (check: CheckName): readonly What[] =>
    outage.bad[check] !== undefined
      ? whatsOf(outage, check)
      : outage.perhaps?.includes(check) === true
        ? names(outage.bad).flatMap((each) => whatsOf(outage, each))
        : [];
  const expected = ({ sample }: Sampled): boolean => {
    const own = ownOf(sample.check);
    return own.length > 0 && [...own, ...(outage.besides ?? [])].some((what) => isSo(sample.failure, what));
  };
  expect({ besides: bad.filter((one) => !expected(one)).map(({ sample }) => sample) }).toEqual({ besides: [] });
  // Zero false outages: whatever was bad was so while the fault stood.
  expect({ outside: bad.filter(({ sample }) => sample.to < from || sample.from > to) }).toEqual({ outside: [] });
  for (const { sample } of bad) {
    expect(JSON.stringify(sample)).not.toMatch(/(?:alice|bob|carol)-secret/u);
  }
  return bad;
}

/** Nothing was void, but for what this fault makes so and where a busy machine held up our own event loop in a time-out. */
function checkGaps(stage: Stage, { gaps }: Ledger, outage: Outage): void {
  const ours = gaps.filter(({ why }) => why !== 'stopped' && !outage.gaps?.includes(why));
  if (ours.length === 0) return;
  const timeoutMs = (outage.stage?.timeoutS ?? TIMEOUT_S) * 1_000;
  holds(stage.lagMs() > timeoutMs / 10, `no overload without lag: ${JSON.stringify(ours)}`);
  // While it stood still our sink took no mail either.
  expect(ours.filter(({ why }) => why !== 'overload' && why !== 'sink')).toEqual([]);
  expect(ours.map(({ why }) => why)).toContain('overload');
}

/** What was accepted came out, and its delay is what the logs say: an outage of the ways in is none of the letters'. */
function checkLetters(lab: Lab, stage: Stage, ledger: Ledger, outage: Outage, ends: Switched): void {
  const told = toldOf(lab, stage, ledger);
  const hidden = { to: ends.to + (outage.patienceMs ?? 0) };
  boundsHoldTheTruth(told, hidden);
  // Outbound letters that met our own absence are void.
  const mayBeVoid = ledger.gaps.some(({ why }) => why !== 'stopped') ? (['outbound'] as const) : [];
  countsAreTheTruth(ledger, told, outage.stage?.overS ?? OVER_S, hidden, mayBeVoid);
  const figures = { lost: 0, pending: 0 };
  expect(ledger).toMatchObject({ send: figures, receive: figures });
}

function checkMinutes(
  stage: Stage,
  { down, gaps }: Ledger,
  bad: readonly Sampled[],
  outage: Outage,
  { begins, ends }: { readonly begins: Switched; readonly ends: Switched },
): FaultLine {
  const [least, value, most] = [down.least, down.value, down.most].map(
    (minutes) => (minutes ?? Number.NaN) * 60_000,
  ) as [number, number, number];
  const line = { fault: outage.name, injected: outage.injected, recorded: recordedIn(bad, gaps, outage) };
  if (outage.down === false) {
    expect([least, value, most, down.outages]).toEqual([0, 0, 0, []]);
    return { ...line, measuredS: 0, boundsS: [0, 0] };
  }
  const known: readonly CheckName[] = [...names(outage.bad), ...(outage.perhaps ?? [])];
  const truth = { least: Math.max(0, ends.from - begins.to), most: ends.to - begins.from };
  const spacing = spacingOf(stage, known);
  // What our own overload voided is not measured, from the sample before to the one after it.
  const voided = gaps.filter(({ why }) => why === 'overload').map(({ from, to }) => to - from + 2 * spacing);
  const patienceMs = voided.reduce((sum, one) => sum + one, outage.patienceMs ?? 0);
  const told = JSON.stringify({ least, value, most, truth, spacing, outages: down.outages });
  holds(least <= value && value <= most, `the estimate lies between its bounds: ${told}`);
  holds(least <= truth.most + patienceMs, `the least is not above what was injected: ${told}`);
  holds(most >= truth.least - patienceMs, `the most is not below what was injected: ${told}`);
  // Each edge lies between two samples, and no further apart than those are the bounds.
  const off = patienceMs + 2 * spacing;
  holds(value >= truth.least - off && value <= truth.most + off, `the estimate is what was injected: ${told}`);
  holds(most - least <= 2 * off, `the bounds are no wider than the samples lie apart: ${told}`);
  const checks = down.outages.flatMap((one) => one.checks);
  holds(
    checks.length > 0 && checks.every((check) => known.some((name) => name === check)),
    `an outage, and of these checks alone: ${told}`,
  );
  return {
    ...line,
    trueS: [truth.least / 1_000, truth.most / 1_000],
    measuredS: value / 1_000,
    boundsS: [least / 1_000, most / 1_000],
  };
}

function recordedIn(bad: readonly Sampled[], gaps: Ledger['gaps'], outage: Outage): string {
  const recorded = names(outage.bad).map((check) => {
    const failures = bad.filter(({ sample }) => sample.check === check).map(({ sample }) => sample.failure);
    const said = failures.map(
      (failure) => `${failure?.cause} at ${failure?.phase}${failure?.code ? ` (${failure.code})` : ''}`,
    );
    return `${check}: ${[...new Set(said)].join(', ')}`;
  });
  const why = new Set(gaps.map((gap) => gap.why).filter((one) => one !== 'stopped'));
  const ours = why.size === 0 ? [] : [`gaps of our own: ${[...why].join(', ')}`];
  return [recorded.join('; ') || 'nothing is booked', ...ours].join('; ');
}

/** The longest time that passed from one sample of these to the next of the same target, in ms, as this run went. */
function spacingOf(stage: Stage, checks: readonly CheckName[]): number {
  const begun = new Map<string, number[]>();
  const add = (key: string, at: number): void => void begun.set(key, [...(begun.get(key) ?? []), at]);
  let longestSend = 0;
  for (const event of stage.events) {
    if (event.kind === 'sampled' && !ROUTES.has(event.sample.check) && checks.includes(event.sample.check))
      add(`${event.sample.check}/${event.sample.target}`, event.sample.from);
  }
  for (const { kind, route, launchedAt, acceptedAt } of stage.probes()) {
    if (!checks.includes(kind)) continue;
    add(route, launchedAt);
    longestSend = Math.max(longestSend, (acceptedAt ?? launchedAt) - launchedAt);
  }
  const between = [...begun.values()].map((instants) => {
    const sorted = instants.toSorted((a, b) => a - b);
    return Math.max(0, ...sorted.slice(1).map((at, index) => at - (sorted[index] ?? at)));
  });
  return Math.max(0, ...between) + longestSend;
}

const ROUTES: ReadonlySet<string> = new Set(['outbound', 'inbound', 'internal']);

function whatsOf({ bad }: Outage, check: CheckName): readonly What[] {
  return [bad[check] ?? []].flat();
}

function once(undo: Undo): Undo {
  let undone: Promise<void> | undefined;
  return () => (undone ??= undo());
}

function names<K extends string>(of: Partial<Record<K, unknown>>): K[] {
  return Object.keys(of) as K[];
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
