import { MINUTE } from '../lib/time.ts';
import { floored, rational } from './rational.ts';

/** As a report prints it, from the minutes that it prints: they are finer than the whole milliseconds that they were. */
export function availabilityOf(downMinutes: number, monthMinutes: number): number {
  const down = Math.round(downMinutes * MINUTE);
  const all = Math.round(monthMinutes * MINUTE);
  return floored(rational(all - down, all));
}
