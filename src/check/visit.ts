import type { Clock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import type { Instant, Ms } from '../lib/time.ts';
import { createDeadline, type Deadline } from '../net/deadline.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { createRecorder, type Recorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import { CertificateError } from '../net/secure.ts';
import type { Failure, Phase, Visit } from '../probe/visit.ts';

/** What every check gets from outside. */
export interface CheckTools {
  readonly clock: Clock;
  readonly resolver: Resolver;
}

/** What a dialogue needs while a visit is under way. */
export interface Frame extends CheckTools {
  readonly recorder: Recorder;
  /** The time limit of the whole visit. */
  readonly deadline: Deadline;
  /** Told by whoever saw the server's certificate. */
  certificate(expiresAt: Instant | undefined): void;
}

export interface VisitOptions extends CheckTools {
  readonly timeoutMs: Ms;
  readonly signal: AbortSignal;
  readonly secrets?: readonly Secret[];
}

/** One visit: times it, limits it, and turns a DialogueError into its failure. Anything else that is thrown is a bug. */
export async function makeVisit(options: VisitOptions, dialogue: (frame: Frame) => Promise<void>): Promise<Visit> {
  const { clock, resolver } = options;
  const recorder = createRecorder(clock);
  const leaving = watchForLeaving(recorder, clock);
  for (const secret of options.secrets ?? []) hide(recorder, secret.reveal());
  const deadline = createDeadline(clock, options.timeoutMs, options.signal);
  let expiresAt: Instant | undefined;
  let failure: Failure | undefined;
  let failedAt: Instant | undefined;
  const certificate = (at: Instant | undefined): void => {
    expiresAt = at ?? expiresAt;
  };
  try {
    await dialogue({ clock, resolver, recorder: leaving.recorder, deadline, certificate });
  } catch (error) {
    if (!(error instanceof DialogueError)) throw error;
    if (error instanceof CertificateError) certificate(error.certificateExpiresAt);
    failure = error.failure;
    failedAt = leaving.beganAt ?? clock.now();
  } finally {
    deadline.end();
  }
  return {
    startedAt: recorder.startedAt,
    endedAt: failedAt ?? clock.now(),
    phases: recorder.phases(),
    transcript: recorder.transcript(),
    ...(failure === undefined ? {} : { failure }),
    ...(expiresAt === undefined ? {} : { certificateExpiresAt: expiresAt }),
  };
}

/** Its failure is none of the service, see Conversation.leave. */
const LEAVE_TAKING: ReadonlySet<Phase> = new Set(['rset', 'quit']);

/**
 * Tells when the leave-taking that is under way began; null while none is. A dialogue that failed takes leave before its
 * error gets here, of a server that is slow up to 2 s long, and an outage counts from the instant of the failure.
 */
function watchForLeaving(
  recorder: Recorder,
  clock: Clock,
): { readonly recorder: Recorder; readonly beganAt: Instant | null } {
  let beganAt: Instant | null = null;
  // A phase of another kind after it is the talk with the next host.
  const entered = (phase: Phase): void => void (beganAt = LEAVE_TAKING.has(phase) ? (beganAt ?? clock.now()) : null);
  return {
    get beganAt() {
      return beganAt;
    },
    recorder: {
      ...recorder,
      get phase() {
        return recorder.phase;
      },
      begin(phase) {
        entered(phase);
        recorder.begin(phase);
      },
      timed(phase, run) {
        entered(phase);
        return recorder.timed(phase, run);
      },
    },
  };
}

/** The secret as it is, and as SASL says it. */
function hide(recorder: Recorder, secret: string): void {
  recorder.hide(secret);
  recorder.hide(Buffer.from(secret).toString('base64'));
}
