import path from 'node:path';
import { expect } from 'vitest';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { Failure } from '../../src/probe/visit.ts';
import type { Undo } from '../lab/faults.ts';
import type { Lab } from '../lab/lab.ts';
import type { FaultLine } from './faults-page.ts';
import { foreignLetters } from './foreign-letters.ts';
import { readLedger, startStage, type Ledger, type Stage, type StageOptions } from './mail-system-stage.ts';

type CheckName = Extract<AgentEvent, { kind: 'sampled' }>['sample']['check'];
type Sampled = Extract<AgentEvent, { kind: 'sampled' }>;

/** A fault that takes ways in or routes away for a while. */
export interface Outage {
  readonly name: string;
  readonly injected: string;
  readonly inject: (lab: Lab) => Promise<Undo>;
  readonly forMs?: number;
  /** All that is bad meanwhile, and what must be recorded of it at least once. Nothing else may have a bad sample. */
  readonly bad: Partial<Record<CheckName, Partial<Failure>>>;
  /** These may be bad too: the fault is switched by a restart, or a connection that was open already still serves a route. */
  readonly perhaps?: readonly CheckName[];
  /** Whether clause 1 sees it: what else is a way to read mail may stand in. */
  readonly down?: boolean;
  /**
   * Each visit is judged as a whole. One that met silence and is under way when the fault ends may still come through, or
   * wait in vain to the end of its attempt: by so much less or more is measured.
   */
  readonly patienceMs?: number;
  /** The mail system itself needs so long to be well again once the fault is off. */
  readonly lingersMs?: number;
  /** Refused logins: after three in a row the next one is minutes off, so that nobody bans us, and it is good again only then. */
  readonly slowed?: boolean;
  /** Gaps of our own that this fault makes. */
  readonly gaps?: readonly string[];
  readonly stage?: Omit<StageOptions, 'store'>;
  /** Further truths of this row. */
  readonly also?: (seen: { readonly lab: Lab; readonly stage: Stage; readonly ledger: Ledger }) => Promise<void> | void;
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
    const begins = { from: stage.now(), to: 0 };
    undo = once(await outage.inject(lab));
    begins.to = stage.now();
    for (const check of names(outage.bad)) await aBadOne(stage, check, begins.to, outage.bad[check] ?? {});
    await pause(begins.to + (outage.forMs ?? 4_000) - stage.now());
    const ends = { from: stage.now(), to: 0 };
    await undo();
    ends.to = stage.now() + (outage.lingersMs ?? 0);
    if (outage.slowed !== true) await stage.good(ends.to);
    await stage.allSettled();
    await stage.stop();
    stopped = true;
    // A letter that waits for a server to come up again is not what these are about.
    const ledger = readLedger({ overS: 60, ...options });
    const bad = checkSamples(stage, outage, begins.from, ends.to);
    // What was accepted came out: an outage of the ways in is none of the letters'.
    const figures = { lost: 0, pending: 0, exceedances: 0 };
    expect(ledger).toMatchObject({ send: figures, receive: figures });
    expect({ foreign: await foreignLetters(lab) }).toEqual({ foreign });
    expect({ gaps: ledger.gaps.filter(({ why }) => why !== 'stopped' && !outage.gaps?.includes(why)) }).toEqual({
      gaps: [],
    });
    const line = checkMinutes(ledger, bad, outage, begins, ends);
    await outage.also?.({ lab, stage, ledger });
    return line;
  } finally {
    await undo();
    await lab.faults.clear();
    if (!stopped) await stage.stop();
  }
}

function once(undo: Undo): Undo {
  let undone: Promise<void> | undefined;
  return () => (undone ??= undo());
}

function checkSamples(stage: Stage, outage: Outage, from: number, to: number): readonly Sampled[] {
  const bad = stage.events.filter((event): event is Sampled => event.kind === 'sampled' && !event.sample.ok);
  const expected = new Set<string>([...names(outage.bad), ...(outage.perhaps ?? [])]);
  expect({ besides: bad.filter(({ sample }) => !expected.has(sample.check)) }).toEqual({ besides: [] });
  // Zero false outages: whatever was bad was so while the fault stood.
  expect({ outside: bad.filter(({ sample }) => sample.to < from || sample.from > to) }).toEqual({ outside: [] });
  for (const { sample } of bad) {
    expect(JSON.stringify(sample)).not.toMatch(/(?:alice|bob|carol)-secret/u);
  }
  return bad;
}

function checkMinutes(
  { down }: Ledger,
  bad: readonly Sampled[],
  outage: Outage,
  begins: { readonly from: number; readonly to: number },
  ends: { readonly from: number; readonly to: number },
): FaultLine {
  const [least, value, most] = [down.least, down.value, down.most].map(
    (minutes) => (minutes ?? Number.NaN) * 60_000,
  ) as [number, number, number];
  const truth = { least: Math.max(0, ends.from - begins.to), most: ends.to - begins.from };
  const recorded = names(outage.bad)
    .map((check) => {
      const seen = bad.filter(({ sample }) => sample.check === check).map(({ sample }) => sample.failure);
      const said = seen.map(
        (failure) => `${failure?.cause} at ${failure?.phase}${failure?.code ? ` (${failure.code})` : ''}`,
      );
      return `${check}: ${[...new Set(said)].join(', ')}`;
    })
    .join('; ');
  const line = {
    fault: outage.name,
    injected: outage.injected,
    recorded: [
      recorded || 'nothing is booked',
      ...(outage.gaps === undefined ? [] : [`gaps: ${outage.gaps.join(', ')}`]),
    ].join('; '),
  };
  if (outage.down === false) {
    expect([least, value, most, down.outages]).toEqual([0, 0, 0, []]);
    return { ...line, measuredS: 0, boundsS: [0, 0] };
  }
  const told = JSON.stringify({ least, value, most, truth, outages: down.outages });
  holds(least <= value && value <= most, `the estimate lies between its bounds: ${told}`);
  const patienceMs = outage.patienceMs ?? 0;
  holds(least <= truth.most + patienceMs, `the least is not above what was injected: ${told}`);
  holds(most >= truth.least - patienceMs, `the most is not below what was injected: ${told}`);
  const known = new Set<string>([...names(outage.bad), ...(outage.perhaps ?? [])]);
  const checks = down.outages.flatMap((one) => one.checks);
  holds(
    checks.length > 0 && checks.every((check) => known.has(check)),
    `an outage, and of these checks alone: ${told}`,
  );
  return {
    ...line,
    trueS: [truth.least / 1_000, truth.most / 1_000],
    measuredS: value / 1_000,
    boundsS: [least / 1_000, most / 1_000],
  };
}

export function holds(truth: boolean, told: string): void {
  if (!truth) expect.fail(told);
}

async function aBadOne(stage: Stage, check: CheckName, since: number, failure: Partial<Failure>): Promise<void> {
  await stage.event(`a bad ${check} with ${JSON.stringify(failure)}`, (event): event is Sampled => {
    if (event.kind !== 'sampled' || event.sample.ok || event.sample.check !== check || event.sample.to < since)
      return false;
    const seen = event.sample.failure;
    return Object.entries(failure).every(([key, value]) => seen?.[key as keyof Failure] === value);
  });
}

function names<K extends string>(of: Partial<Record<K, unknown>>): K[] {
  return Object.keys(of) as K[];
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
