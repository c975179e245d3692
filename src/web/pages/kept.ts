import type { Clock } from '../../lib/clock.ts';
import type { Instant, Ms } from '../../lib/time.ts';

/**
 * What was made for somebody a moment ago, for all who ask alike: pages are written in the thread that measures, and a wall
 * of screens shall cost it what one does.
 */
export function createKept<Value>(
  clock: Pick<Clock, 'now'>,
  keepMs: Ms,
): (key: readonly unknown[], make: () => Value) => Value {
  const kept = new Map<string, { readonly value: Value; readonly until: Instant }>();

  return (parts, make) => {
    const now = clock.now();
    for (const [key, { until }] of kept) if (until <= now) kept.delete(key);
    const key = JSON.stringify(parts);
    const found = kept.get(key);
    if (found !== undefined) return found.value;
    const value = make();
    kept.set(key, { value, until: now + keepMs });
    return value;
  };
}
