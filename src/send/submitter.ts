import type { SubmissionSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';
import { createDeadline, untilWhen } from '../net/deadline.ts';
import { createRecorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import type { SendPort } from '../probe/ports.ts';
import type { Letter, SendResult } from '../probe/send-result.ts';
import { endpointOf, resultOf } from './attempt-result.ts';
import type { Failed } from './ending.ts';
import { ownName } from './own-name.ts';
import { openSession, type Attempt, type Session, type SessionOptions, type Transmission } from './session.ts';
import { MOST_SESSIONS, type WarmSessions } from './warm-sessions.ts';

export interface SubmitterOptions {
  readonly settings: SubmissionSettings;
  /** Of this server, for all routes that submit there. */
  readonly sessions: WarmSessions;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Limit of one `send`, from resolving to the answer after the final dot. */
  readonly timeoutMs: Ms;
  /** Name for EHLO; default: this machine's, when it is a full one. */
  readonly helo?: string;
}

/** Hands letters over at submission, over kept connections. For the routes outbound and internal. */
export function createSubmitter(options: SubmitterOptions): SendPort {
  const { settings, sessions, resolver, clock, timeoutMs, helo } = options;
  const { host, port } = settings;
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
      sessions.put(session, accepted);
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
        const take = () => sessions.take(fresh, deadline.signal);
        let place = await take();
        for (; typeof place === 'object'; place = await take()) {
          const transmission = await transmit(place, letter, attempt);
          const { ending } = transmission;
          if (!isStale(transmission)) return resultOf(ending, { ...facts, ...endpointOf(place) });
          recorder.note('the kept connection had been closed meanwhile');
        }
        if (place === 'none')
          return resultOf(allHang(host, port, deadline.signal), { ...facts, peer: `${host}:${port}` });
        const opened = await openSession(sessionOptions, attempt);
        if (opened.kind !== 'open') {
          sessions.miss();
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
    close: () => sessions.close(),
  };
}

/** More connections would only bury it. */
function allHang(host: string, port: number, signal: AbortSignal): Failed {
  const detail = `submission ${host}:${port} kept ${MOST_SESSIONS} connections busy, and none got free ${untilWhen(signal)}`;
  return { kind: 'unreachable', failure: { cause: 'timeout', phase: 'connect', detail } };
}

/**
 * The kept session had ended before the server saw any of it, which is nobody's failure: servers end idle sessions by a
 * close, or by a 421 that crosses our MAIL FROM (RFC 5321 section 3.8).
 */
function isStale({ ending, replies }: Transmission): boolean {
  if (ending.kind === 'unreachable') return replies === 0 && ending.failure.cause === 'closed';
  return ending.kind === 'refused' && ending.failure.code === 421 && ending.failure.phase === 'mail';
}
