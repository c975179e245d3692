import path from 'node:path';
import { expect } from 'vitest';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import type { Undo } from '../lab/faults.ts';
import type { Lab } from '../lab/lab.ts';
import type { FaultLine } from './faults-page.ts';
import { foreignLetters } from './foreign-letters.ts';
import { OVER_S, readLedger, startStage, type Ledger, type Stage, type StageOptions } from './mail-system-stage.ts';
import { boundsHoldTheTruth, countsAreTheTruth, holds, toldOf, type Told } from './mail-system-truth.ts';

export type Settled = Extract<AgentEvent, { kind: 'settled' }>;

export interface Seen {
  readonly lab: Lab;
  readonly stage: Stage;
  readonly ledger: Ledger;
  /** Messages that the mail system accepted, of all routes. */
  readonly told: readonly Told[];
  readonly states: ReadonlyMap<string, ProbeState>;
  /** From before the fault to after its end, by the agent's clock. */
  readonly span: { readonly from: number; readonly to: number };
}

/** A fault that befalls letters; the ways in stay well. */
export interface LetterFault {
  readonly name: string;
  readonly injected: string;
  readonly inject: (lab: Lab, stage: Stage) => Promise<Undo>;
  /** Resolves when enough was seen; the fault is switched off then. */
  readonly during: (stage: Stage, lab: Lab) => Promise<unknown>;
  /** Resolves when what the fault left behind has ended. */
  readonly after?: (stage: Stage) => Promise<unknown>;
  /** Routes that clause 1 counts as down for it; none if not given. */
  readonly down?: readonly string[];
  /** The server may give letters other UIDs. */
  readonly renumbers?: boolean;
  readonly stage?: Omit<StageOptions, 'store'>;
  /** Asserts the figures, and says in a line what was recorded. */
  readonly recorded: (seen: Seen) => string | Promise<string>;
}

let stores = 0;

export async function proveLetterFault(lab: Lab, fault: LetterFault): Promise<FaultLine> {
  const options: StageOptions = { store: path.join(lab.dir, `letters-${++stores}.db`), ...fault.stage };
  const foreign = await foreignLetters(lab, 'put');
  const stage = await startStage(lab, options);
  let stopped = false;
  try {
    await stage.good(0);
    const from = stage.now();
    const undo = await fault.inject(lab, stage);
    const begunBy = stage.now();
    await fault.during(stage, lab);
    const endsFrom = stage.now();
    await undo();
    const to = stage.now();
    await stage.good(to);
    await fault.after?.(stage);
    await stage.allSettled();
    await stage.stop();
    stopped = true;
    const ledger = readLedger(options);
    const states = new Map(stage.probes().map((state) => [state.id, state]));
    const told = toldOf(lab, stage, ledger);
    boundsHoldTheTruth(told);
    countsAreTheTruth(ledger, told, fault.stage?.overS ?? OVER_S);
    const checks = new Set(['submission', 'mx', 'imap', 'pop3']);
    expect(
      ledger.runs.filter((run) => !run.ok && checks.has(run.check)),
      'bad ways in',
    ).toEqual([]);
    expect({ gaps: ledger.gaps.filter(({ why }) => why !== 'stopped') }).toEqual({ gaps: [] });
    const same = (letters: readonly string[]): readonly string[] =>
      fault.renumbers === true ? letters.map((letter) => letter.replace(/ \d+ /u, ' ')) : letters;
    expect({ foreign: same(await foreignLetters(lab)) }).toEqual({ foreign: same(foreign) });
    const recorded = await fault.recorded({ lab, stage, ledger, told, states, span: { from, to } });
    const line = { fault: fault.name, injected: fault.injected, recorded };
    const { least, value, most, outages } = ledger.down;
    const downed = [...new Set(outages.flatMap(({ checks: bad }) => bad))].sort();
    expect(downed).toEqual([...(fault.down ?? [])].sort());
    if (fault.down === undefined) {
      expect([least, value, most]).toEqual([0, 0, 0]);
      return { ...line, measuredS: 0, boundsS: [0, 0] };
    }
    const truth = { least: Math.max(0, endsFrom - begunBy) / 60_000, most: (to - from) / 60_000 };
    const figures = JSON.stringify({ least, value, most, truth, outages });
    holds((least ?? Number.NaN) <= truth.most, `the least is not above what was injected: ${figures}`);
    const surely = truth.least - cameThroughFor(told, downed, endsFrom) / 60_000;
    holds((most ?? Number.NaN) >= surely, `the most is not below what was injected: ${figures}`);
    return {
      ...line,
      trueS: [truth.least * 60, truth.most * 60],
      measuredS: (value ?? Number.NaN) * 60,
      boundsS: [(least ?? Number.NaN) * 60, (most ?? Number.NaN) * 60],
    };
  } finally {
    await lab.faults.clear();
    if (!stopped) await stage.stop();
  }
}

/** What was accepted in the last moments of the fault may come through once it is over: for so long, in ms, as it went. */
function cameThroughFor(told: readonly Told[], down: readonly string[], endsFrom: number): number {
  const own = told.filter(({ route }) => down.includes(route));
  const isGood = ({ outcome }: Told): boolean => outcome === 'relayed' || outcome === 'delivered';
  const lastBad = Math.max(...own.filter((one) => !isGood(one)).map(({ accepted_at: at = 0 }) => at));
  const through = own.filter((one) => isGood(one) && (one.accepted_at ?? 0) > lastBad);
  return Math.max(0, ...through.map(({ accepted_at: at = endsFrom }) => endsFrom - at));
}
