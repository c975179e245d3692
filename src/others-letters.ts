import type { Agent } from './agent.ts';
import type { Clock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';
import { MINUTE, type Instant, type Ms } from './lib/time.ts';
import type { Tokens } from './probe/token.ts';

const TOLD_EVERY_MS: Ms = MINUTE;

/**
 * A copy of a store has its key, too: what an agent on it launches beside us is another's. The log tells of it once a
 * minute at most, with how often one was met since the last line.
 */
export function leaveOthers(
  tokens: Tokens,
  { agent, clock, log }: { readonly agent: Pick<Agent, 'mayBeOurs'>; readonly clock: Clock; readonly log: Log },
): Tokens {
  let toldAt: Instant = -Infinity;
  let times = 0;
  return {
    ...tokens,
    read(value) {
      const reading = tokens.read(value);
      if (reading.kind !== 'ours' || agent.mayBeOurs(reading.probe)) return reading;
      times++;
      if (clock.now() - toldAt >= TOLD_EVERY_MS) {
        const { id: probe, system } = reading.probe;
        log.error(
          { probe, system, times },
          'another agent runs on a copy of this store: its probes are left alone; stop one of them',
        );
        toldAt = clock.now();
        times = 0;
      }
      return { kind: 'other-instance' };
    },
  };
}
