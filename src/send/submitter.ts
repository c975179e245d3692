import type { SubmissionSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';
import { createDeadline } from '../net/deadline.ts';
import { createRecorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import type { SendPort } from '../probe/ports.ts';
import type { Letter, SendResult } from '../probe/send-result.ts';
import { endpointOf, resultOf } from './attempt-result.ts';
import type { Ending } from './ending.ts';
import { ownName } from './own-name.ts';
import { openSession, type Attempt, type Session, type SessionOptions } from './session.ts';
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

  /** Null: the kept session had ended before the server could see any of it, which is nobody's failure. */
  async function overWarm(session: Session, letter: Letter, attempt: Attempt): Promise<Ending | null> {
    const { ending, replies } = await session.transmit(letter, attempt);
    return isStale(ending, replies) ? null : ending;
  }

  return {
    async send(letter, { fresh, signal }): Promise<SendResult> {
      const deadline = createDeadline(clock, timeoutMs, signal);
      const attempt: Attempt = { recorder: createRecorder(clock), deadline };
      const { recorder } = attempt;
      const { startedAt } = recorder;
      const facts = { clock, recorder, startedAt };
      try {
        for (let kept = fresh ? null : warm.take(); kept !== null; kept = warm.take()) {
          const ending = await overWarm(kept, letter, attempt);
          warm.put(kept, ending?.kind === 'accepted');
          if (ending !== null) return resultOf(ending, { ...facts, ...endpointOf(kept) });
          recorder.note('the kept connection had been closed meanwhile');
        }
        const opened = await openSession(sessionOptions, attempt);
        if (opened.kind !== 'open') {
          const { peer = `${host}:${port}`, certificateExpiresAt, ...ending } = opened;
          return resultOf(ending, { ...facts, peer, certificateExpiresAt });
        }
        const { session } = opened;
        const { ending } = await session.transmit(letter, attempt);
        const result = resultOf(ending, { ...facts, ...endpointOf(session) });
        warm.put(session, ending.kind === 'accepted');
        return result;
      } finally {
        deadline.end();
      }
    },
    close: () => warm.close(),
  };
}

/** Servers end idle sessions: by a close, or by a 421 that crosses our MAIL FROM (RFC 5321 section 3.8). */
function isStale(ending: Ending, replies: number): boolean {
  if (ending.kind === 'unreachable') return replies === 0 && ending.failure.cause === 'closed';
  return ending.kind === 'refused' && ending.failure.code === 421 && ending.failure.phase === 'mail';
}
