import type { ClockReadings } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';

/** Jumps up to this are drift and scheduling noise. */
export const JUMP_LIMIT_MS: Ms = 250;
/** A tick that comes this late says that the event loop, or the whole process, stood still. */
export const STALL_LIMIT_MS: Ms = 5_000;

/**
 * What one second between two readings of the three clocks means.
 * suspend: the machine slept (uptime went on, the monotonic clock stood still); that time truly passed ·
 * step: somebody set the wall clock, by `stepMs`; no delay moves · stall: all clocks agree, we were just not running.
 */
export type ClockJump =
  | { readonly kind: 'steady' }
  | { readonly kind: 'suspend'; readonly sleptMs: Ms }
  | { readonly kind: 'step'; readonly stepMs: Ms }
  | { readonly kind: 'stall'; readonly lateMs: Ms };

/** Compares two readings that were meant to be `expectedMs` apart. A suspend is told before a step, a step before a stall. */
export function judgeClocks(before: ClockReadings, after: ClockReadings, expectedMs: Ms): ClockJump {
  const wall = after.wallMs - before.wallMs;
  const monotonic = after.monotonicMs - before.monotonicMs;
  const uptime = after.uptimeMs - before.uptimeMs;
  const sleptMs = uptime - monotonic;
  if (sleptMs > JUMP_LIMIT_MS) return { kind: 'suspend', sleptMs };
  const stepMs = wall - monotonic;
  if (Math.abs(stepMs) > JUMP_LIMIT_MS) return { kind: 'step', stepMs };
  const lateMs = monotonic - expectedMs;
  if (lateMs > STALL_LIMIT_MS) return { kind: 'stall', lateMs };
  return { kind: 'steady' };
}
