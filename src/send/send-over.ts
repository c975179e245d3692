import type { Clock } from '../lib/clock.ts';
import { untilWhen } from '../net/deadline.ts';
import type { Letter, SendResult } from '../probe/send-result.ts';
import { endpointOf, resultOf } from './attempt-result.ts';
import type { Failed } from './ending.ts';
import type { Attempt, Opened, Session, Transmission } from './session.ts';
import { MOST_SESSIONS, type WarmSessions } from './warm-sessions.ts';

export interface Sending {
  readonly letter: Letter;
  readonly fresh: boolean;
  readonly attempt: Attempt;
  readonly clock: Clock;
  /** `submission mail.example.org:587`, for the words of an error. */
  readonly where: string;
  /** `host:port` that is asked for. */
  readonly peer: string;
  readonly open: () => Promise<Opened>;
}

/** Hands a letter over on a kept session or, where there is none of use, on a new one. */
export async function sendOver(sessions: WarmSessions, sending: Sending): Promise<SendResult> {
  const { fresh, attempt, clock, where, peer, open } = sending;
  const { recorder, deadline } = attempt;
  const facts = { clock, recorder, startedAt: recorder.startedAt };
  const take = (): ReturnType<WarmSessions['take']> => sessions.take(fresh, deadline.signal);
  let place = await take();
  for (; typeof place === 'object'; place = await take()) {
    const transmission = await transmit(sessions, place, sending);
    if (!isStale(transmission)) return resultOf(transmission.ending, { ...facts, ...endpointOf(place) });
    recorder.note('the kept connection had been closed meanwhile');
  }
  if (place === 'none') return resultOf(allBusy(where, deadline.signal), { ...facts, peer });
  const opened = await open();
  if (opened.kind !== 'open') {
    sessions.miss();
    const { peer: answered = peer, certificateExpiresAt, endedAt, ...ending } = opened;
    return resultOf(ending, { ...facts, peer: answered, certificateExpiresAt, endedAt });
  }
  const { session } = opened;
  const { ending } = await transmit(sessions, session, sending);
  return resultOf(ending, { ...facts, ...endpointOf(session) });
}

/** Gives the session back, also where handing over throws. */
async function transmit(sessions: WarmSessions, session: Session, { letter, attempt }: Sending): Promise<Transmission> {
  let accepted = false;
  try {
    const transmission = await session.transmit(letter, attempt);
    accepted = transmission.ending.kind === 'accepted';
    return transmission;
  } finally {
    sessions.put(session, accepted);
  }
}

/** More connections would only bury the server; that this letter had none is our own limit's doing. */
function allBusy(where: string, signal: AbortSignal): Failed {
  const detail = `${where} kept ${MOST_SESSIONS} connections busy, and none got free ${untilWhen(signal)}`;
  return { kind: 'unreachable', failure: { cause: 'timeout', phase: 'connect', detail, line: 'busy' } };
}

/**
 * The kept session had ended before the server saw any of it, which is nobody's failure: servers end idle sessions by a
 * close, or by a 421 that crosses our MAIL FROM (RFC 5321 section 3.8).
 */
function isStale({ ending, replies }: Transmission): boolean {
  if (ending.kind === 'unreachable') return replies === 0 && ending.failure.cause === 'closed';
  return ending.kind === 'refused' && ending.failure.code === 421 && ending.failure.phase === 'mail';
}
