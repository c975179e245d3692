import { Temporal } from 'temporal-polyfill';

/**
 * Is it a name of tzdata, `Asia/Shanghai`, `UTC`? Neither a fixed offset (`+08:00`), which Intl takes on some versions of
 * Node only, nor an abbreviation (`CST` is Chicago to Intl, and China to those who write it).
 */
export function isTimezone(name: string): boolean {
  // Temporal would take a whole date with a zone in brackets as well.
  if (!/^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
