import type { Clock } from '../lib/clock.ts';
import type { Instant } from '../lib/time.ts';
import type { Recorder } from '../net/recorder.ts';
import type { SendResult } from '../probe/send-result.ts';
import type { Ending } from './ending.ts';
import type { Session } from './session.ts';

export interface AttemptFacts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly startedAt: Instant;
  /** `address:port` that answered, else `host:port` that was asked for. */
  readonly peer: string;
  readonly certificateExpiresAt?: Instant | undefined;
  /** Default: now. */
  readonly endedAt?: Instant | undefined;
}

/** An ending with the facts around it. An acceptance ends at its 250, whatever was done after it. */
export function resultOf(ending: Ending, facts: AttemptFacts): SendResult {
  const { clock, recorder, startedAt, peer, certificateExpiresAt, endedAt } = facts;
  return {
    ...ending,
    startedAt,
    endedAt: ending.kind === 'accepted' ? ending.acceptedAt : (endedAt ?? clock.now()),
    peer,
    phases: recorder.phases(),
    transcript: recorder.transcript(),
    ...(certificateExpiresAt === undefined ? {} : { certificateExpiresAt }),
  };
}

export function endpointOf({
  peer,
  certificateExpiresAt,
}: Session): Pick<AttemptFacts, 'peer' | 'certificateExpiresAt'> {
  return { peer, certificateExpiresAt };
}
