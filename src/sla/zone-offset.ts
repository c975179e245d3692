import { Temporal } from 'temporal-polyfill';
import { DAY } from '../lib/time.ts';

/**
 * Three days of a zone. No two changes of one zone lie less than 3.98 days apart (Africa/Freetown in September 1939, in a
 * tzdata built with `backzone`; 6.96 days otherwise), so a span holds one change at most.
 */
interface Span {
  /** First instant at which `after` holds; Infinity where nothing changes. */
  readonly changeAt: number;
  readonly before: number;
  readonly after: number;
}

const SPAN = 3 * DAY;
/** Some 160 years of one zone: a file full of wild instants must not fill the memory. */
const SPANS_KEPT = 20_000;

/** Nothing but a memory of what tzdata says: asking Temporal takes some ten microseconds, and a report asks a million times. */
const spansByZone = new Map<string, Map<number, Span>>();

/**
 * What the clocks of a zone are ahead of UTC at an instant, in ms (whole seconds: local mean time of the 19th century had them).
 * `zone` is a name that `isTimezone` accepts; any other is a RangeError.
 */
export function offsetAt(at: number, zone: string): number {
  let spans = spansByZone.get(zone);
  if (spans === undefined) {
    askTemporal(0, zone);
    spansByZone.set(zone, (spans = new Map<number, Span>()));
  }
  const index = Math.floor(at / SPAN);
  let span = spans.get(index);
  if (span === undefined) {
    if (spans.size >= SPANS_KEPT) spans.clear();
    span = readSpan(index, zone, spans.get(index - 1)?.after);
    spans.set(index, span);
  }
  return at < span.changeAt ? span.before : span.after;
}

function readSpan(index: number, zone: string, known: number | undefined): Span {
  const from = index * SPAN;
  const before = known ?? askTemporal(from, zone);
  const after = askTemporal(from + SPAN, zone);
  if (before === after) return { changeAt: Infinity, before, after };
  let last = from;
  let changeAt = from + SPAN;
  while (changeAt - last > 1) {
    const middle = Math.floor((last + changeAt) / 2);
    if (askTemporal(middle, zone) === before) last = middle;
    else changeAt = middle;
  }
  return { changeAt, before, after };
}

function askTemporal(at: number, zone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1_000_000;
}
