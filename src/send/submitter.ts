import type { SubmissionSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';
import { createDeadline } from '../net/deadline.ts';
import { createRecorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import type { SendPort } from '../probe/ports.ts';
import type { Letter, SendResult } from '../probe/send-result.ts';
import { endpointOf, resultOf } from './attempt-result.ts';
import { ownName } from './own-name.ts';
import { openSession, type Attempt, type Session, type SessionOptions, type Transmission } from './session.ts';
import { createWarmSessions } from './warm-sessions.ts';

export interface SubmitterOptions {
  readonly settings: SubmissionSettings;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Limit of one `send`, from resolving to the answer after the final dot. */
  readonly timeoutMs: Ms;
  /** Name for EHLO; default: this machine's, when it is a full one. */
  readonly helo?: string;
}

/** Hands letters over at submission, over kept connections. For the routes outbound and internal. */
export function createSubmitter({ settings, resolver, clock, timeoutMs, helo }: SubmitterOptions): SendPort {
  const { host, port } = settings;
  const warm = createWarmSessions(clock);
  const sessionOptions: SessionOptions = {
    ...settings,
    key: 'submission',
    where: `submission ${host}:${port}`,
    name: helo ?? ownName(),
    login: { user: settings.user, password: settings.password },
    resolver,
    clock,
  };

  /** Hands it over and gives the session back, also where that throws. */
  async function transmit(session: Session, letter: Letter, attempt: Attempt): Promise<Transmission> {
    let accepted = false;
    try {
      const transmission = await session.transmit(letter, attempt);
      accepted = transmission.ending.kind === 'accepted';
      return transmission;
    } finally {
      warm.put(session, accepted);
    }
  }

  return {
    async send(letter, { fresh, signal }): Promise<SendResult> {
      const deadline = createDeadline(clock, timeoutMs, signal);
      const attempt: Attempt = { recorder: createRecorder(clock), deadline };
      const { recorder } = attempt;
      const { startedAt } = recorder;
      const facts = { clock, recorder, startedAt };
      try {
        for (let kept = await warm.take(fresh); kept !== null; kept = await warm.take(fresh)) {
          const transmission = await transmit(kept, letter, attempt);
          const { ending } = transmission;
          if (!isStale(transmission)) return resultOf(ending, { ...facts, ...endpointOf(kept) });
          recorder.note('the kept connection had been closed meanwhile');
        }
        const opened = await openSession(sessionOptions, attempt);
        if (opened.kind !== 'open') {
          warm.miss();
          const { peer = `${host}:${port}`, certificateExpiresAt, endedAt, ...ending } = opened;
          return resultOf(ending, { ...facts, peer, certificateExpiresAt, endedAt });
        }
        const { session } = opened;
        const { ending } = await transmit(session, letter, attempt);
        return resultOf(ending, { ...facts, ...endpointOf(session) });
      } finally {
        deadline.end();
      }
    },
    close: () => warm.close(),
  };
}

/**
 * The kept session had ended before the server saw any of it, which is nobody's failure: servers end idle sessions by a
 * close, or by a 421 that crosses our MAIL FROM (RFC 5321 section 3.8).
 */
function isStale({ ending, replies }: Transmission): boolean {
  if (ending.kind === 'unreachable') return replies === 0 && ending.failure.cause === 'closed';
  return ending.kind === 'refused' && ending.failure.code === 421 && ending.failure.phase === 'mail';
}
