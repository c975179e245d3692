import type { ClockReadings, Timer } from '../lib/clock.ts';
import type { SystemClock } from '../lib/system-clock.ts';
import type { Ms } from '../lib/time.ts';
import { judgeClocks, type ClockJump } from '../probe/clock-jump.ts';

/** How often the three clocks are compared, in ms. */
export const BEAT_MS: Ms = 1_000;

export interface Heartbeat {
  start(): void;
  stop(): void;
}

/**
 * Beats every second: compares wall, monotonic and boot clock, mends the agent's clock after a jump, and says what it
 * found.
 */
export function createHeartbeat(options: {
  readonly clock: SystemClock;
  readonly beat: () => void;
  readonly jumped: (jump: Exclude<ClockJump, { kind: 'steady' }>) => void;
}): Heartbeat {
  const { clock, beat, jumped } = options;
  let before = clock.read();
  let lastTickMs = before.monotonicMs;
  let beatTimer: Timer | undefined;

  function tick(): void {
    const after = clock.read();
    const jump = judgeClocks(carriedOn(before, lastTickMs), after, BEAT_MS);
    lastTickMs = after.monotonicMs;
    if (jump.kind === 'suspend' || jump.kind === 'step') before = after;
    if (jump.kind === 'suspend') clock.slept(jump.sleptMs);
    if (jump.kind === 'step') clock.stepped(jump.stepMs);
    if (jump.kind !== 'steady') jumped(jump);
    beat();
    beatTimer = clock.after(BEAT_MS, tick);
  }

  return {
    start(): void {
      before = clock.read();
      lastTickMs = before.monotonicMs;
      beatTimer = clock.after(BEAT_MS, tick);
    },
    stop(): void {
      beatTimer?.cancel();
    },
  };
}

// Since the last jump, not since the last beat: many small steps would carry us away from the wall without ever being one.
function carriedOn({ wallMs, monotonicMs, uptimeMs }: ClockReadings, toMonotonicMs: Ms): ClockReadings {
  const ms = toMonotonicMs - monotonicMs;
  return { wallMs: wallMs + ms, monotonicMs: toMonotonicMs, uptimeMs: uptimeMs + ms };
}
