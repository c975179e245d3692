import type { ClockReadings, Timer } from '../lib/clock.ts';
import type { SystemClock } from '../lib/system-clock.ts';
import type { Ms } from '../lib/time.ts';
import { judgeClocks, JUMP_LIMIT_MS, STALL_LIMIT_MS, type ClockJump } from '../probe/clock-jump.ts';

/** How often the three clocks are compared, in ms. */
export const BEAT_MS: Ms = 1_000;

export interface Heartbeat {
  start(): void;
  stop(): void;
}

/**
 * Beats every second: compares wall, monotonic and boot clock, mends the agent's clock after a jump, and says what it
 * found. A jump is found before any instant is told that comes after it, if that is asked for before the next beat.
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

  function look(): void {
    const after = clock.read();
    const jump = judgeClocks(carriedOn(before, lastTickMs), after, BEAT_MS);
    lastTickMs = after.monotonicMs;
    if (jump.kind === 'suspend') {
      // Whatever else the wall did meanwhile is a step, and is found the next time.
      before = { ...after, wallMs: carriedOn(before, after.monotonicMs).wallMs + jump.sleptMs };
      clock.slept(jump.sleptMs);
    }
    if (jump.kind === 'step') {
      before = after;
      clock.stepped(jump.stepMs);
    }
    if (jump.kind !== 'steady') jumped(jump);
  }

  function tick(): void {
    look();
    beat();
    beatTimer = clock.after(BEAT_MS, tick);
  }

  return {
    start(): void {
      before = clock.read();
      lastTickMs = before.monotonicMs;
      clock.watch(look, { apartMs: JUMP_LIMIT_MS, quietMs: BEAT_MS + STALL_LIMIT_MS });
      beatTimer = clock.after(BEAT_MS, tick);
    },
    stop(): void {
      beatTimer?.cancel();
      clock.unwatch();
    },
  };
}

// Since the last jump, not since the last beat: many small steps would carry us away from the wall without ever being one.
function carriedOn({ wallMs, monotonicMs, uptimeMs }: ClockReadings, toMonotonicMs: Ms): ClockReadings {
  const ms = toMonotonicMs - monotonicMs;
  return { wallMs: wallMs + ms, monotonicMs: toMonotonicMs, uptimeMs: uptimeMs + ms };
}
