import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant } from '../lib/rfc3339.ts';
import { HOUR } from '../lib/time.ts';
import { formatInZone, parseInZone } from './zoned-text.ts';

test.each<{ name: string; at: string; zone: string; text: string }>([
  { name: 'ahead', at: '2026-09-30T16:00:00Z', zone: 'Asia/Shanghai', text: '2026-10-01T00:00:00+08:00' },
  { name: 'ms', at: '2026-09-30T16:00:00.250Z', zone: 'Asia/Shanghai', text: '2026-10-01T00:00:00.250+08:00' },
  { name: 'one ms', at: '2026-09-30T16:00:01.001Z', zone: 'Asia/Shanghai', text: '2026-10-01T00:00:01.001+08:00' },
  { name: 'behind', at: '2026-01-01T00:00:00Z', zone: 'America/St_Johns', text: '2025-12-31T20:30:00-03:30' },
  { name: 'UTC', at: '2026-01-01T00:00:00Z', zone: 'UTC', text: '2026-01-01T00:00:00+00:00' },
  { name: 'the first 02:30', at: '2026-10-25T00:30:00Z', zone: 'Europe/Berlin', text: '2026-10-25T02:30:00+02:00' },
  { name: 'the second 02:30', at: '2026-10-25T01:30:00Z', zone: 'Europe/Berlin', text: '2026-10-25T02:30:00+01:00' },
  { name: 'before 1970', at: '1969-12-31T15:59:59.999Z', zone: 'Asia/Shanghai', text: '1969-12-31T23:59:59.999+08:00' },
  { name: 'local mean time', at: '1890-01-01T00:00:00Z', zone: 'Asia/Shanghai', text: '1890-01-01T08:06:00+08:06' },
  { name: 'local year 10000', at: '9999-12-31T20:00:00Z', zone: 'Asia/Shanghai', text: '9999-12-31T20:00:00Z' },
])('an instant in $zone: $name', ({ at, zone, text }) => {
  expect(formatInZone(parseInstant(at) ?? Number.NaN, zone)).toBe(text);
  expect(parseInstant(text)).toBe(parseInstant(at));
});

test('what is finer than a millisecond is floored', () => {
  expect(formatInZone(Date.UTC(2026, 8, 30, 16) + 0.75, 'Asia/Shanghai')).toBe('2026-10-01T00:00:00+08:00');
  expect(formatInZone(-0.25, 'UTC')).toBe('1969-12-31T23:59:59.999+00:00');
});

test.each<{ name: string; text: string; zone?: string; at: string }>([
  { name: 'date and time', text: '2026-10-05 02:00', at: '2026-10-04T18:00:00Z' },
  { name: 'with T and seconds', text: '2026-10-05T02:00:30', at: '2026-10-04T18:00:30Z' },
  { name: 'with a fraction, floored', text: '2026-10-05 02:00:30.1239', at: '2026-10-04T18:00:30.123Z' },
  { name: 'spaces around and between', text: '  2026-10-05   02:00 ', at: '2026-10-04T18:00:00Z' },
  { name: 'an offset is exact', text: '2026-10-05 02:00+02:00', at: '2026-10-05T00:00:00Z' },
  { name: 'an offset after a space', text: '2026-10-05 02:00:00 +02:00', at: '2026-10-05T00:00:00Z' },
  { name: 'Z', text: '2026-10-05T02:00Z', at: '2026-10-05T02:00:00Z' },
  { name: 'small letters', text: '2026-10-05t02:00:00z', at: '2026-10-05T02:00:00Z' },
  {
    name: 'the last minute before the hour left out',
    text: '2026-03-29 01:59',
    zone: 'Europe/Berlin',
    at: '2026-03-29T00:59:00Z',
  },
  { name: 'the first after it', text: '2026-03-29 03:00', zone: 'Europe/Berlin', at: '2026-03-29T01:00:00Z' },
  {
    name: 'an hour that comes twice, told apart',
    text: '2026-10-25 02:30+01:00',
    zone: 'Europe/Berlin',
    at: '2026-10-25T01:30:00Z',
  },
  { name: 'right before it', text: '2026-10-25 01:59:59.999', zone: 'Europe/Berlin', at: '2026-10-24T23:59:59.999Z' },
  { name: 'right after it', text: '2026-10-25 03:00', zone: 'Europe/Berlin', at: '2026-10-25T02:00:00Z' },
  { name: 'after a date left out', text: '2011-12-31 00:00', zone: 'Pacific/Apia', at: '2011-12-30T10:00:00Z' },
])('what is typed: $name', ({ text, zone = 'Asia/Shanghai', at }) => {
  expect(parseInZone(text, zone)).toBe(Date.parse(at));
});

test.each<{ name: string; text: string; zone: string; problem: string }>([
  {
    name: 'an hour that is left out',
    text: '2026-03-29 02:30',
    zone: 'Europe/Berlin',
    problem:
      '2026-03-29T02:30:00 does not exist in Europe/Berlin, where the clocks are put forward over it: ' +
      'write 2026-03-29T02:30:00+01:00 or 2026-03-29T02:30:00+02:00',
  },
  {
    name: 'an hour that comes twice',
    text: '2026-10-25T02:30',
    zone: 'Europe/Berlin',
    problem:
      '2026-10-25T02:30:00 comes twice in Europe/Berlin, where the clocks are put back over it: ' +
      'write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00',
  },
  {
    name: 'a date that is left out',
    text: '2011-12-30 12:00',
    zone: 'Pacific/Apia',
    problem:
      '2011-12-30T12:00:00 does not exist in Pacific/Apia, where the clocks are put forward over it: ' +
      'write 2011-12-30T12:00:00-10:00 or 2011-12-30T12:00:00+14:00',
  },
])('never guessed: $name', ({ text, zone, problem }) => {
  expect(parseInZone(text, zone)).toEqual({ problem });
});

test.each([
  '',
  'yesterday',
  '2026-10-05',
  '2026-10-05 2:00',
  '2026-02-30 02:00',
  '2026-10-05 24:00',
  '2026-10-05 02:60',
  '2026-10-05 02:00:60',
  '2026-10-05 02:00.5',
  '2026-10-05 02:00:00.',
  '2026-10-05 02:00+0800',
  '2026-10-05 02:00+24:00',
  '2026-10-05 02:00 Asia/Shanghai',
  '2026/10/05 02:00',
  '05.10.2026 02:00',
  '0000-01-01 00:00',
])('refused with an example: "%s"', (text) => {
  expect(parseInZone(text, 'Asia/Shanghai')).toEqual({
    problem:
      'expected a time such as "2026-10-05 02:00" (as clocks in Asia/Shanghai show it) or "2026-10-05T02:00:00+08:00"',
  });
});

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));

test('what is written is read back as the same instant, in every zone', () => {
  fc.assert(
    fc.property(zones, fc.integer({ min: Date.UTC(1850, 0, 1), max: Date.UTC(2100, 0, 1) }), (zone, at) => {
      const text = formatInZone(at, zone);
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?[+-]\d\d:\d\d$/);
      expect(parseInstant(text)).toBe(at);
      expect(parseInZone(text, zone)).toBe(at);
    }),
    { numRuns: 500 },
  );
});

test('without its offset it is the same instant, or one of two that the problem names', () => {
  const nearChange = fc.integer({ min: -6 * HOUR, max: 6 * HOUR });
  const change = fc.constantFrom(Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 5, 1));
  fc.assert(
    fc.property(change, nearChange, (changeAt, away) => {
      const text = formatInZone(changeAt + away, 'Europe/Berlin');
      const read = parseInZone(text.slice(0, -6), 'Europe/Berlin');
      const instants =
        typeof read === 'number'
          ? [read]
          : read.problem
              .split(/write | or /)
              .slice(1)
              .map(parseInstant);
      expect(instants).toContain(changeAt + away);
      expect(instants).toHaveLength(typeof read === 'number' ? 1 : 2);
    }),
    { numRuns: 500 },
  );
});
