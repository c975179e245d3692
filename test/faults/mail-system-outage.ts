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
  /** A server that is silent answers, once it is well again, visits that began before: by so much less is measured. */
  readonly patienceMs?: number;
  /** The mail system itself needs so long to be well again once the fault is off. */
  readonly lingersMs?: number;
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
  try {
    await stage.good(0);
    const begins = { from: stage.now(), to: 0 };
    const undo = await outage.inject(lab);
    begins.to = stage.now();
    for (const check of names(outage.bad)) await aBadOne(stage, check, begins.to, outage.bad[check] ?? {});
    await pause(begins.to + (outage.forMs ?? 4_000) - stage.now());
    const ends = { from: stage.now(), to: 0 };
    await undo();
    ends.to = stage.now() + (outage.lingersMs ?? 0);
    await stage.good(ends.to);
    await stage.stop();
    stopped = true;
    const ledger = readLedger(options);
    checkSamples(stage, outage, begins.from, ends.to);
    expect(await foreignLetters(lab), 'letters of others').toEqual(foreign);
    expect(
      ledger.gaps.filter(({ why }) => why !== 'stopped'),
      'gaps',
    ).toEqual([]);
    const line = checkMinutes(ledger, outage, begins, ends);
    await outage.also?.({ lab, stage, ledger });
    return line;
  } finally {
    await lab.faults.clear();
    if (!stopped) await stage.stop();
  }
}

function checkSamples(stage: Stage, outage: Outage, from: number, to: number): void {
  const bad = stage.events.filter((event): event is Sampled => event.kind === 'sampled' && !event.sample.ok);
  const expected = new Set<string>([...names(outage.bad), ...(outage.perhaps ?? [])]);
  expect(
    [...new Set(bad.map(({ sample }) => sample.check))].filter((check) => !expected.has(check)),
    'bad besides',
  ).toEqual([]);
  // Zero false outages: whatever was bad was so while the fault stood.
  for (const { sample } of bad) {
    expect(sample.to, JSON.stringify(sample)).toBeGreaterThanOrEqual(from);
    expect(sample.from, JSON.stringify(sample)).toBeLessThanOrEqual(to);
    expect(JSON.stringify(sample)).not.toMatch(/(?:alice|bob|carol)-secret/u);
  }
}

function checkMinutes(
  { down, runs }: Ledger,
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
      const causes = [...new Set(runs.filter((run) => run.check === check && !run.ok).map(({ cause }) => cause))];
      const phase = outage.bad[check]?.phase;
      return `${check}: ${causes.join(', ')}${phase === undefined ? '' : ` at ${phase}`}`;
    })
    .join('; ');
  const line = { fault: outage.name, injected: outage.injected, recorded };
  if (outage.down === false) {
    expect([least, value, most, down.outages]).toEqual([0, 0, 0, []]);
    return { ...line, measuredS: 0, boundsS: [0, 0] };
  }
  const told = JSON.stringify({ least, value, most, truth, outages: down.outages });
  expect(least, told).toBeLessThanOrEqual(value);
  expect(value, told).toBeLessThanOrEqual(most);
  expect(least, told).toBeLessThanOrEqual(truth.most);
  expect(most, told).toBeGreaterThanOrEqual(truth.least - (outage.patienceMs ?? 0));
  expect(down.outages.length, told).toBeGreaterThan(0);
  const { from } = down.outages[0] ?? { from: '' };
  expect(Date.parse(down.outages.at(-1)?.to ?? ''), told).toBeGreaterThan(Date.parse(from));
  const checks = new Set(down.outages.flatMap((one) => one.checks));
  expect(
    [...checks].filter((check) => !(check in outage.bad) && !outage.perhaps?.includes(check as CheckName)),
    told,
  ).toEqual([]);
  return {
    ...line,
    trueS: [truth.least / 1_000, truth.most / 1_000],
    measuredS: value / 1_000,
    boundsS: [least / 1_000, most / 1_000],
  };
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
