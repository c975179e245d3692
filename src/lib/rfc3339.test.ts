import { assert, integer, nat, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatUtc, isFullDate, parseInstant } from './rfc3339.ts';

describe('instants are read', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-10-01T00:00:00+08:00', Date.UTC(2026, 8, 30, 16)],
    ['2026-10-01t00:00:00z', Date.UTC(2026, 9, 1)],
    ['2026-10-01T00:00:00.5Z', Date.UTC(2026, 9, 1) + 500],
    ['2026-10-01T00:00:00.05Z', Date.UTC(2026, 9, 1) + 50],
    ['2026-10-01T00:00:00.123999999Z', Date.UTC(2026, 9, 1) + 123],
    ['1969-12-31T23:59:59.9999Z', -1],
    ['2026-10-01T05:30:00+05:30', Date.UTC(2026, 9, 1)],
    ['2026-09-30T19:30:00-04:30', Date.UTC(2026, 9, 1)],
    ['2026-10-01T00:00:00-00:00', Date.UTC(2026, 9, 1)],
    ['2026-10-01T23:59:00+23:59', Date.UTC(2026, 9, 1)],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['0099-12-31T23:59:59.999Z', Date.parse('0099-12-31T23:59:59.999Z')],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ])('%s is %d', (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });
});

describe('what is no instant is refused', () => {
  test.each([
    ['', 'nothing'],
    ['2026-10-01', 'a date alone'],
    ['2026-10-01T00:00:00', 'no offset'],
    ['2026-10-01T00:00Z', 'no seconds'],
    ['2026-10-01T00:00:00.Z', 'a point without digits'],
    ['2026-10-01T00:00:00,5Z', 'a comma'],
    ['2026-10-01 00:00:00Z', 'a space between'],
    ['2026-10-01_00:00:00Z', 'another sign between'],
    ['2026-10-01T00:00:00Z ', 'a space after'],
    [' 2026-10-01T00:00:00Z', 'a space before'],
    ['2026-10-01T00:00:00ZZ', 'two offsets'],
    ['2026-10-01T00:00:00+0800', 'an offset without a colon'],
    ['2026-10-01T00:00:00+08', 'an offset of hours alone'],
    ['2026-10-01T00:00:00+24:00', 'an offset of a day'],
    ['2026-10-01T00:00:00+08:60', 'an offset of 60 minutes'],
    ['2026-10-01T00:00:00\u221208:00', 'a minus sign that is no hyphen'],
    ['2026-10-01T00:00:00+08:00[Asia/Shanghai]', 'a zone after the offset'],
    ['2026-10-01T24:00:00Z', 'hour 24'],
    ['2026-10-01T00:60:00Z', 'minute 60'],
    ['2026-12-31T23:59:60Z', 'a leap second'],
    ['2026-02-29T00:00:00Z', 'the 29th of February of a common year'],
    ['2100-02-29T00:00:00Z', 'the 29th of February of a common century'],
    ['2026-04-31T00:00:00Z', 'the 31st of April'],
    ['2026-13-01T00:00:00Z', 'month 13'],
    ['2026-00-01T00:00:00Z', 'month 0'],
    ['2026-01-00T00:00:00Z', 'day 0'],
    ['2026-1-01T00:00:000Z', 'a month of one digit'],
    ['+02026-10-01T00:00:00Z', 'a year of five digits'],
    ['-2026-10-01T00:00:00Z', 'a year with a sign'],
    ['\uff12\uff10\uff12\uff16-10-01T00:00:00Z', 'digits that are not ASCII'],
    ['0000-01-01T00:00:00+00:01', 'an offset that leads before the year 0000'],
    ['9999-12-31T23:59:59-00:01', 'an offset that leads past the year 9999'],
    ['20261001T000000Z', 'the basic form'],
    ['1790784000000', 'a number'],
  ])('"%s": %s', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});

describe('instants are written', () => {
  test.each([
    [0, '1970-01-01T00:00:00Z'],
    [Date.UTC(2026, 9, 1) + 7, '2026-10-01T00:00:00.007Z'],
    [Date.UTC(2026, 9, 1) + 7.9, '2026-10-01T00:00:00.007Z'],
    [-0.5, '1969-12-31T23:59:59.999Z'],
    [-62_167_219_200_000, '0000-01-01T00:00:00Z'],
    [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
  ])('%d is %s', (ms, text) => {
    expect(formatUtc(ms)).toBe(text);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -62_167_219_200_001, 253_402_300_800_000])(
    '%d has no four digits of a year',
    (ms) => {
      expect(() => formatUtc(ms)).toThrow(RangeError);
    },
  );
});

const instants = integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });

test('what is written is read back', () => {
  assert(
    property(instants, (ms) => {
      expect(parseInstant(formatUtc(ms))).toBe(ms);
    }),
  );
});

test('an instant is the same whatever offset it is written with', () => {
  const offset = integer({ min: -1_439, max: 1_439 });
  const within = integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(9998, 0, 1) });
  assert(
    property(within, offset, (ms, minutes) => {
      const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 23);
      const abs = Math.abs(minutes);
      const two = (value: number): string => String(value).padStart(2, '0');
      const text = `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
      expect(parseInstant(text)).toBe(ms);
    }),
  );
});

test('with one character changed it is refused, or what Date makes of it', () => {
  assert(
    property(instants, nat(23), string({ minLength: 1, maxLength: 1 }), (ms, at, other) => {
      const text = new Date(ms).toISOString();
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      expect([undefined, Date.parse(changed.toUpperCase())]).toContain(parseInstant(changed));
    }),
    { numRuns: 2_000 },
  );
});

describe('dates', () => {
  test.each([
    ['2026-02-28', true],
    ['2028-02-29', true],
    ['2026-02-29', false],
    ['2026-06-31', false],
    ['2026-6-30', false],
    ['2026-10-01T', false],
    ['2026/10/01', false],
    ['', false],
  ])('"%s": %s', (text, real) => {
    expect(isFullDate(text)).toBe(real);
  });
});
