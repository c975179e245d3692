import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/duration.ts';
import type { Ms } from '../lib/time.ts';

/** A duration on the command line, in ms. */
export function parseWait(text: string): Ms {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('expected a duration such as 60s or 5m');
  return ms;
}
