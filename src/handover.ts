import type { Clock } from './lib/clock.ts';
import type { Instant, Ms } from './lib/time.ts';
import type { Login } from './probe/auth-pacing.ts';
import type { SendPort } from './probe/ports.ts';
import type { Probe, RouteKind } from './probe/probe.ts';
import { retryDelay } from './probe/retry.ts';
import type { GapWhy } from './probe/sample.ts';
import type { Deferral, Letter, SendResult } from './probe/send-result.ts';
import type { Failure } from './probe/visit.ts';
import { twice, type Doubts } from './twice.ts';

/** A route as the agent works on it. */
export interface RouteWork {
  readonly system: string;
  readonly name: string;
  readonly kind: RouteKind;
  /** Where it comes out; null on outbound. */
  readonly mailbox: string | null;
  readonly intervalMs: Ms;
  readonly timeoutMs: Ms;
  /** First wait after a temporary refusal; inbound only. */
  readonly retryAfterMs: Ms;
  readonly reachWithinMs: Ms;
  /** Letters of ours that may stay in its mailbox undeleted: with so many there nothing more is launched. */
  readonly mostOwnMail: number;
  /** Absent on inbound, where nobody logs in. */
  readonly login?: Login;
  readonly sender: SendPort;
  compose(probe: Probe): Promise<Letter>;
}

/** A temporary refusal after which the agent comes again: the last answer, and the waiting that it belongs to. */
export interface Deferred {
  readonly failure: Failure;
  readonly deferral: Deferral;
}

/**
 * How handing a letter over ended. void: our own side failed, it says nothing about the mail system. `from`: since when
 * it failed, with nothing but that failure since; a 4xx that was waited out is an answer and does not belong to it.
 * postponed: we stop while it is deferred, and a later run comes again.
 */
export type HandedOver =
  | {
      readonly kind: 'answered';
      readonly from: Instant;
      readonly result: SendResult;
      readonly deferral: Deferral | null;
    }
  | {
      readonly kind: 'void';
      readonly from: Instant;
      readonly to: Instant;
      readonly why: GapWhy;
      readonly failure: Failure;
      /** See VisitVerdict. */
      readonly alone?: true;
    }
  | ({ readonly kind: 'postponed' } & Deferred);

/**
 * Hands a letter to the mail system. A launch that fails is tried again at once on a fresh connection. On inbound a 4xx
 * is an answer and no failure: the agent waits and comes again, as an MTA does, until `reachWithinMs` is over. Where an
 * earlier run postponed it the waiting goes on from `earlier`; the time between the two runs is no part of it.
 * `failedOnce` hears of each attempt that another one follows, with the deferral it makes for when it was a 4xx.
 */
export async function handOver(
  route: RouteWork,
  letter: Letter,
  world: {
    readonly clock: Clock;
    readonly doubts: Doubts;
    readonly earlier: Deferred | null;
    readonly failedOnce: (result: SendResult, deferral: Deferral | null) => void;
  },
): Promise<HandedOver> {
  const { clock, doubts, failedOnce } = world;
  const { signal } = doubts;
  const firstAt = clock.now() - (world.earlier?.deferral.refusedForMs ?? 0);
  let deferred = world.earlier;
  const postponed = ({ failure, deferral }: Deferred): HandedOver => ({
    kind: 'postponed',
    failure,
    deferral: { ...deferral, refusedForMs: clock.now() - firstAt },
  });
  for (;;) {
    if (deferred !== null && !(await waited(clock, waitAfter(deferred.deferral, route) ?? 0, signal)))
      return postponed(deferred);
    const from = clock.now();
    const { first, last, verdict } = await twice(
      (fresh) => route.sender.send(letter, { fresh, signal }),
      (result) => failureOf(route.kind, result),
      route.timeoutMs,
      doubts,
    );
    if (first !== last) failedOnce(first, null);
    if (verdict.kind === 'void' || (verdict.kind === 'bad' && signal.aborted)) {
      // When we stop, neither the second attempt nor the witnesses had their time: nothing is proven.
      if (signal.aborted && deferred !== null && last.kind === 'unreachable') return postponed(deferred);
      const { failure } = verdict;
      const ours = { kind: 'void', failure, from, to: last.endedAt } as const;
      if (verdict.kind !== 'void' || signal.aborted) return { ...ours, why: 'stopped' };
      return { ...ours, why: verdict.why, ...(verdict.alone && { alone: true }) };
    }
    const attempts = (deferred?.deferral.attempts ?? 0) + 1;
    const deferral: Deferral = { attempts, refusedForMs: last.endedAt - firstAt };
    const isFinal = !isDeferral(route.kind, last);
    if (isFinal || waitAfter(deferral, route) === null) {
      return {
        kind: 'answered',
        result: last,
        deferral: attempts > 1 ? deferral : null,
        from: isFinal ? from : firstAt,
      };
    }
    failedOnce(last, deferral);
    deferred = { failure: last.failure, deferral };
  }
}

/** Null: it is over, and the last answer counts. */
function waitAfter({ attempts, refusedForMs }: Deferral, route: RouteWork): Ms | null {
  return retryDelay(attempts, refusedForMs, route.retryAfterMs, route.reachWithinMs);
}

// An uncertain letter is not sent again: a second one could be a duplicate, and the first one may still come.
function failureOf(kind: RouteKind, result: SendResult): Failure | undefined {
  if (result.kind === 'accepted' || result.kind === 'uncertain' || isDeferral(kind, result)) return undefined;
  return result.failure;
}

function isDeferral(kind: RouteKind, result: SendResult): result is Extract<SendResult, { kind: 'refused' }> {
  return kind === 'inbound' && result.kind === 'refused' && !result.permanent;
}

/** False when the agent stops first. */
function waited(clock: Clock, ms: Ms, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => {
      timer.cancel();
      resolve(false);
    };
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}
