import path from 'node:path';
import { expect } from 'vitest';
import type { MessageFact } from '../../src/facts/facts.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import type { Undo } from '../lab/faults.ts';
import type { Lab } from '../lab/lab.ts';
import type { MessageTruth } from '../lab/truth.ts';
import type { FaultLine } from './faults-page.ts';
import { foreignLetters } from './foreign-letters.ts';
import { holds } from './mail-system-outage.ts';
import { readLedger, startStage, type Ledger, type Stage, type StageOptions } from './mail-system-stage.ts';

export type Settled = Extract<AgentEvent, { kind: 'settled' }>;

/** A message as the store has it, with what the logs of Postfix and Dovecot say of it. */
export interface Told extends MessageFact {
  readonly truth: MessageTruth | undefined;
}

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
  /** What was accepted in the last moments of the fault may come through once it is over: by so much less is measured. */
  readonly patienceMs?: number;
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
    const told = ledger.messages.map((message) => ({ ...message, truth: truthOf(lab, states, message.id) }));
    boundsHoldTheTruth(told);
    const checks = new Set(['submission', 'mx', 'imap', 'pop3']);
    expect(
      ledger.runs.filter((run) => !run.ok && checks.has(run.check)),
      'bad ways in',
    ).toEqual([]);
    expect({ gaps: ledger.gaps.filter(({ why }) => why !== 'stopped') }).toEqual({ gaps: [] });
    expect({ foreign: await foreignLetters(lab) }).toEqual({ foreign });
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
    const surely = truth.least - (fault.patienceMs ?? 0) / 60_000;
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

// Dovecot stamps "saved" about a millisecond after the file is there, later on a busy machine.
const STAMP_MS = 60;
/** Dovecot has been seen to answer NOOP without a letter that it had saved 40 ms before; IDLE is half a second late. */
const SHOW_MS = 500;

/** Of whatever came out at a mailbox: surely not seen before it was there, and surely there when it was seen. */
function boundsHoldTheTruth(told: readonly Told[]): void {
  for (const { id, visible_at: visibleAt, unseen_until: unseenUntil, truth } of told) {
    if (visibleAt === undefined) continue;
    const savedAt = truth?.savedAt;
    if (savedAt === undefined) expect.fail(`${id} was seen, but never saved: ${JSON.stringify(truth)}`);
    holds(visibleAt >= savedAt - STAMP_MS, `${id} was seen at ${visibleAt} and saved at ${savedAt}`);
    const unseen = unseenUntil === undefined || unseenUntil <= Math.min(visibleAt, savedAt + SHOW_MS);
    holds(unseen, `${id} was unseen until ${unseenUntil} and saved at ${savedAt}`);
  }
}

function truthOf(lab: Lab, states: ReadonlyMap<string, ProbeState>, id: string): MessageTruth | undefined {
  const domain = states.get(id)?.kind === 'inbound' ? 'probe.sink.example' : lab.domain;
  return lab.truth.of(`<mailwitness.${id}@${domain}>`);
}
