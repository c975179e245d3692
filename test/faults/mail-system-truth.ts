import { expect } from 'vitest';
import type { MessageFact } from '../../src/facts/facts.ts';
import type { RouteName } from '../../src/lib/check-names.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import type { Lab } from '../lab/lab.ts';
import type { MessageTruth } from '../lab/truth.ts';
import type { Ledger, Stage } from './mail-system-stage.ts';

// What the agent says of letters, held against the logs of Postfix and Dovecot.

/** A message as the store has it, with what the logs say of it. */
export interface Told extends MessageFact {
  readonly truth: MessageTruth | undefined;
}

/** While no way in worked: what was saved before its end may not have been there to see until then. */
export interface Hidden {
  readonly to: number;
}

export function toldOf(lab: Lab, stage: Stage, { messages }: Ledger): readonly Told[] {
  const states = new Map(stage.probes().map((state) => [state.id, state]));
  return messages.map((message) => ({ ...message, truth: truthOf(lab, states, message.id) }));
}

function truthOf(lab: Lab, states: ReadonlyMap<string, ProbeState>, id: string): MessageTruth | undefined {
  // Without a sink inbound probes are sent from the name that is given in EHLO.
  const domains = states.get(id)?.kind === 'inbound' ? ['sink.example', 'probe.sink.example'] : [lab.domain];
  return domains.map((domain) => lab.truth.of(`<mailwitness.${id}@${domain}>`)).find((truth) => truth !== undefined);
}

/** Dovecot stamps "saved" about a millisecond after the file is there; on a busy machine it may be held up in between. */
const STAMP_MS = 500;
/** Dovecot has been seen to answer NOOP without a letter that it had saved 40 ms before; IDLE is half a second late. */
const SHOW_MS = 500;

function shownBy(savedAt: number, hidden?: Hidden): number {
  return Math.max(savedAt, hidden?.to ?? savedAt) + SHOW_MS;
}

/** Of whatever came out at a mailbox: surely not seen before it was there, and surely there when it was seen. */
export function boundsHoldTheTruth(told: readonly Told[], hidden?: Hidden): void {
  for (const { id, visible_at: visibleAt, unseen_until: unseenUntil, truth } of told) {
    if (visibleAt === undefined) continue;
    const savedAt = truth?.savedAt;
    if (savedAt === undefined) expect.fail(`${id} was seen, but never saved: ${JSON.stringify(truth)}`);
    holds(visibleAt >= savedAt - STAMP_MS, `${id} was seen at ${visibleAt} and saved at ${savedAt}`);
    const unseen = unseenUntil === undefined || unseenUntil <= Math.min(visibleAt, shownBy(savedAt, hidden));
    holds(unseen, `${id} was unseen until ${unseenUntil} and saved at ${savedAt}`);
  }
}

/** Clause 2, recounted from the logs of Postfix and Dovecot: how many came, were lost, and took longer than `overS`. */
export function countsAreTheTruth(
  { receive, send }: Ledger,
  all: readonly Told[],
  overS: number,
  hidden?: Hidden,
  mayBeVoid: readonly RouteName[] = [],
): void {
  const told = all.filter(({ outcome, route }) => outcome !== 'void' || !mayBeVoid.includes(route));
  expect(told.filter(({ outcome }) => outcome === 'void' || outcome === 'pending')).toEqual([]);
  expect([receive.pending, send.pending]).toEqual([0, 0]);
  const overMs = overS * 1_000;
  const took = (one: Told, at: number | undefined): boolean => (at ?? Number.NaN) - (one.accepted_at ?? 0) > overMs;

  const inbound = told.filter(({ route }) => route === 'inbound');
  const saved = inbound.filter(({ truth }) => truth?.savedAt !== undefined);
  const unsaved = inbound.length - saved.length;
  expect([receive.n, receive.lost]).toEqual([saved.length, unsaved]);
  expect(receive.exceedances).toBe(unsaved + saved.filter((one) => took(one, one.visible_at)).length);
  const surely = saved.filter((one) => took(one, (one.truth?.savedAt ?? 0) - STAMP_MS)).length;
  const perhaps = saved.filter((one) => took(one, shownBy(one.truth?.savedAt ?? 0, hidden))).length;
  const least = receive.exceedances_least;
  holds(
    receive.exceedances >= unsaved + surely,
    `${surely} surely took too long, the report has ${receive.exceedances}`,
  );
  holds(least <= unsaved + perhaps, `${perhaps} may have taken too long, the report has ${least} at least`);

  const outbound = told.filter(({ route }) => route === 'outbound');
  const sent = outbound.filter(({ truth }) => truth?.sentAt !== undefined);
  const unsent = outbound.length - sent.length;
  expect([send.n, send.lost]).toEqual([sent.length, unsent]);
  expect(send.exceedances).toBe(unsent + sent.filter((one) => took(one, one.relayed_at)).length);
  const late = sent.filter((one) => took(one, (one.truth?.sentAt ?? 0) + STAMP_MS)).length;
  holds(send.exceedances <= unsent + late, `${late} may have taken too long, the report has ${send.exceedances}`);
}

export function holds(truth: boolean, told: string): void {
  if (!truth) expect.fail(told);
}
