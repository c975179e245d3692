import type { Clock } from './lib/clock.ts';
import type { Instant, Ms } from './lib/time.ts';
import type { AuthPacing } from './probe/auth-pacing.ts';
import type { CheckPort } from './probe/ports.ts';
import type { CheckKind } from './probe/probe.ts';
import type { Gap, Sample } from './probe/sample.ts';
import type { Visit } from './probe/visit.ts';
import { twice, type Doubts } from './twice.ts';
import type { Voice } from './voice.ts';

/** A check at one of its targets. */
export interface CheckWork {
  readonly system: string;
  readonly port: CheckPort;
  readonly intervalMs: Ms;
  readonly timeoutMs: Ms;
}

/** schedule -> check: one visit, with its second attempt, becomes a sample, or a gap where we are to blame. */
export interface Visiting {
  visit(check: CheckWork): Promise<void>;
  /** When the visit began that is under way at a target; null while none is. */
  since(system: string, check: CheckKind, target: string): Instant | null;
}

export function createVisiting(parts: {
  readonly clock: Clock;
  readonly doubts: Doubts;
  readonly logins: AuthPacing;
  readonly voice: Pick<Voice, 'say'>;
  readonly record: (sample: Sample, visits: readonly Visit[]) => void;
  readonly book: (gap: Gap) => void;
}): Visiting {
  const { clock, doubts, logins, voice, record, book } = parts;
  const underWay = new Map<string, Instant>();
  const keyOf = (system: string, check: CheckKind, target: string): string => `${system}/${check}/${target}`;

  async function visit({ system, port, intervalMs, timeoutMs }: CheckWork): Promise<void> {
    const { check, target } = port;
    const key = keyOf(system, check, target);
    if (logins.waits(port.login, key, clock.now())) return;
    underWay.set(key, clock.now());
    const endTurn = await port.turn?.(doubts.signal);
    const judged = twice(() => port.visit(doubts.signal), failureOfVisit, timeoutMs, doubts);
    const { first, last, verdict } = await judged.finally(() => {
      endTurn?.();
      underWay.delete(key);
    });
    if (doubts.signal.aborted) return;
    if (last.gone === true) return;
    const span = { from: first.startedAt, to: last.endedAt };
    if (verdict.kind === 'void') {
      const { failure, why, alone } = verdict;
      voice.say({ kind: 'voided', at: clock.now(), system, check, target, failure, why, ...(alone && { alone }) });
      if (alone !== true) book({ ...span, why });
      return;
    }
    const refused = verdict.kind === 'bad' && verdict.failure.cause === 'auth';
    const pace = logins.after(port.login, key, refused, intervalMs, first.startedAt);
    const { phases, certificateExpiresAt } = last;
    const sample: Sample = {
      system,
      check,
      target,
      ...span,
      ok: verdict.kind === 'good',
      holdMs: 3 * pace,
      phases,
      ...(verdict.kind === 'bad' && { failure: verdict.failure }),
      ...(verdict.kind === 'good' && verdict.transient !== undefined && { transient: verdict.transient }),
      ...(certificateExpiresAt !== undefined && { certificateExpiresAt }),
    };
    record(sample, first === last ? [first] : [first, last]);
  }

  return { visit, since: (system, check, target) => underWay.get(keyOf(system, check, target)) ?? null };
}

const failureOfVisit = (visit: Visit): Visit['failure'] => visit.failure;
