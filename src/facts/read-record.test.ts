import { describe, expect, test } from 'vitest';
import { parseInstant } from '../lib/rfc3339.ts';
import { readRecord, type ReadInstant } from './read-record.ts';

const AT = '2026-10-05T02:00:00Z';
const LATER = '2026-10-05T03:00:00Z';
const MS = Date.UTC(2026, 9, 5, 2);

const readInstant: ReadInstant = (text) => {
  const at = parseInstant(text);
  return at === undefined ? { expected: 'an instant' } : { at };
};
const read = (given: Readonly<Record<string, unknown>>) => readRecord({ at: AT, ...given }, readInstant);

test('values may be themselves, and text is trimmed', () => {
  expect(read({ kind: 'billing', customers: 9, wrong: ' 2 ', id: null, replaces: '  ' })).toEqual({
    record: { kind: 'billing', at: MS, body: { customers: 9, wrong: 2 } },
  });
  expect(read({ kind: ' backup ', level: 'full', finished_at: AT, ok: false, restored_ok: 'TRUE' })).toEqual({
    record: { kind: 'backup', at: MS, body: { level: 'full', finished_at: MS, ok: false, restored_ok: true } },
  });
});

describe('what is wrong is told by its key', () => {
  const rows: [string, Readonly<Record<string, unknown>>, readonly object[]][] = [
    [
      'no kind',
      {},
      [{ key: 'kind', expected: expect.stringMatching(/^one of billing, .*; it is missing$/) as string }],
    ],
    ['an unknown kind', { kind: 'year-to-date' }, [{ key: 'kind', got: 'year-to-date' }]],
    ['a name of Object itself', { kind: 'toString' }, [{ key: 'kind' }]],
    [
      'a key of another kind',
      { kind: 'definitions', updated_at: AT, wrong: 1 },
      [{ key: 'wrong', expected: 'one of the keys updated_at, for it is a definitions record' }],
    ],
    ['a key of Object itself', { kind: 'definitions', updated_at: AT, constructor: 'x' }, [{ key: 'constructor' }]],
    [
      'several at once',
      { kind: 'billing', at: 'soon', customers: '1e3', wrong: -1 },
      [
        { key: 'at', expected: 'an instant', got: 'soon' },
        { key: 'customers', expected: 'a whole number from 0', got: '1e3' },
        { key: 'wrong', got: -1 },
      ],
    ],
    ['half a customer', { kind: 'billing', customers: 1.5, wrong: 0 }, [{ key: 'customers' }]],
    [
      'more wrong than customers',
      { kind: 'billing', customers: 1, wrong: 2 },
      [{ key: 'wrong', expected: 'at most as many as customers', got: 2 }],
    ],
    ['a number where an instant belongs', { kind: 'definitions', updated_at: 5 }, [{ key: 'updated_at' }]],
    ['a mapping where text belongs', { kind: 'service-contact', channel: {}, answered: true }, [{ key: 'channel' }]],
    [
      'text that redraws the terminal',
      { kind: 'service-contact', channel: 'a\u001b[2Jb', answered: true },
      [{ key: 'channel' }],
    ],
    [
      'neither true nor false',
      { kind: 'service-contact', channel: 'phone', answered: 'yes' },
      [{ key: 'answered', expected: 'true or false', got: 'yes' }],
    ],
    ['seconds below 0', { kind: 'page-load', profile: 'broadband', seconds: -0.5 }, [{ key: 'seconds' }]],
    ['seconds without end', { kind: 'page-load', profile: 'broadband', seconds: Infinity }, [{ key: 'seconds' }]],
    [
      'another profile',
      { kind: 'page-load', profile: 'fibre', seconds: 1 },
      [{ key: 'profile', expected: 'one of broadband, narrowband', got: 'fibre' }],
    ],
    [
      'done before it began',
      { kind: 'complaint', started_at: LATER, done_at: AT, what: 'x' },
      [{ key: 'done_at', expected: 'a time that is not before started_at', got: AT }],
    ],
  ];
  test.each(rows)('%s', (_name, given, faults) => {
    const found = read(given);
    expect(found).toMatchObject({ faults });
    expect(found).toHaveProperty('faults.length', faults.length);
  });
});
