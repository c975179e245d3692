import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '../lib/time.ts';
import { offsetAt } from './zone-offset.ts';

test.each<{ name: string; zone: string; at: string; offset: number }>([
  { name: 'Shanghai today', zone: 'Asia/Shanghai', at: '2026-10-01T00:00:00Z', offset: 8 * HOUR },
  { name: 'Shanghai had summer time in 1988', zone: 'Asia/Shanghai', at: '1988-07-01T00:00:00Z', offset: 9 * HOUR },
  { name: 'the last millisecond of winter', zone: 'Europe/Berlin', at: '2026-03-29T00:59:59.999Z', offset: HOUR },
  { name: 'the first of summer', zone: 'Europe/Berlin', at: '2026-03-29T01:00:00Z', offset: 2 * HOUR },
  { name: 'half an hour of summer time', zone: 'Australia/Lord_Howe', at: '2026-01-01T00:00:00Z', offset: 11 * HOUR },
  { name: 'a quarter of an hour', zone: 'Asia/Kathmandu', at: '2026-01-01T00:00:00Z', offset: 345 * MINUTE },
  { name: 'behind UTC', zone: 'America/St_Johns', at: '2026-01-01T00:00:00Z', offset: -210 * MINUTE },
  { name: 'a fixed offset', zone: '+08:00', at: '2026-01-01T00:00:00Z', offset: 8 * HOUR },
  { name: 'UTC', zone: 'UTC', at: '2026-01-01T00:00:00Z', offset: 0 },
  {
    name: 'a week of summer time, its first day',
    zone: 'America/Recife',
    at: '2000-10-08T03:00:00Z',
    offset: -2 * HOUR,
  },
  { name: 'and the day after', zone: 'America/Recife', at: '2000-10-15T02:00:00Z', offset: -3 * HOUR },
  { name: 'winter time of Ramadan', zone: 'Africa/Casablanca', at: '2026-03-01T00:00:00Z', offset: 0 },
])('the offset of $zone: $name', ({ zone, at, offset }) => {
  expect(offsetAt(Date.parse(at), zone)).toBe(offset);
});

test('a name that is no zone is a RangeError, every time', () => {
  expect(() => offsetAt(0, 'Asia/Schanghai')).toThrow(RangeError);
  expect(() => offsetAt(0, 'Asia/Schanghai')).toThrow(RangeError);
});

test('whatever was asked before, the answer is that of tzdata', () => {
  const at = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2100, 0, 1) });
  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  fc.assert(
    fc.property(zone, fc.array(at, { minLength: 1, maxLength: 8 }), (zone, instants) => {
      for (const instant of instants) {
        const asked = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
        expect(offsetAt(instant, zone)).toBe(asked.offsetNanoseconds / 1e6);
      }
    }),
    { numRuns: 300 },
  );
});

test('around a change of clocks, to the millisecond, the answer is that of tzdata', () => {
  const zone = fc.constantFrom('Europe/Berlin', 'Africa/Casablanca', 'America/Recife', 'Asia/Gaza', 'Pacific/Apia');
  fc.assert(
    fc.property(zone, fc.integer({ min: 1970, max: 2030 }), (zone, year) => {
      let change = Temporal.ZonedDateTime.from({ year, month: 1, day: 1, timeZone: zone }).getTimeZoneTransition(
        'next',
      );
      for (let seen = 0; change !== null && seen < 4; seen++, change = change.getTimeZoneTransition('next')) {
        const at = change.epochMilliseconds;
        expect(offsetAt(at, zone)).toBe(change.offsetNanoseconds / 1e6);
        expect(offsetAt(at - 1, zone)).toBe(change.subtract({ milliseconds: 1 }).offsetNanoseconds / 1e6);
      }
    }),
    { numRuns: 60 },
  );
});
