import { describe, expect, test } from 'vitest';
import { RECORD_SHAPES } from '../evidence/shapes.ts';
import { RECORD_KINDS } from '../facts/facts.ts';
import { readRecord, type ReadInstant } from '../facts/read-record.ts';
import { RECORD_KEYS } from '../facts/record-keys.ts';
import { formatUtc, parseInstant } from '../lib/rfc3339.ts';

const AT = '2026-10-05T02:00:00Z';

const readInstant: ReadInstant = (text) => {
  const at = parseInstant(text);
  return at === undefined ? { expected: 'an instant' } : { at };
};
const read = (given: Readonly<Record<string, unknown>>) => readRecord({ at: AT, ...given }, readInstant);

/** Every key of a kind, as a table has it: all text. */
function full(kind: keyof typeof RECORD_KEYS): Record<string, string> {
  const values: Record<string, string> = { whole: '7', seconds: '2.5', flag: 'true', instant: AT, text: 'words' };
  const own = Object.entries(RECORD_KEYS[kind]).map(([key, { value }]) => [
    key,
    typeof value === 'string' ? (values[value] ?? '') : (value[0] ?? ''),
  ]);
  return { kind, id: 'one', at: AT, replaces: 'none', ...(Object.fromEntries(own) as Record<string, string>) };
}

describe('what is entered is what evidence says', () => {
  test.each(RECORD_KINDS)('%s, with every key', (kind) => {
    const found = read(full(kind));
    if (!('record' in found)) throw new Error(JSON.stringify(found));
    const { body, ...head } = found.record;
    const fact = { type: 'record', ...head, ...body };
    const line = Object.fromEntries(
      Object.entries(fact).map(([key, value]) => [
        key,
        key === 'at' || key.endsWith('_at') ? formatUtc(Number(value)) : value,
      ]),
    );
    expect(RECORD_SHAPES[kind].read(line)).toEqual({ fact });
    expect(Object.keys(body).sort()).toEqual(Object.keys(RECORD_KEYS[kind]).sort());
  });

  test.each(RECORD_KINDS)('%s, with the keys that it needs, and not with one of them less', (kind) => {
    const needed = Object.entries(RECORD_KEYS[kind]).filter(([, { optional }]) => !optional);
    const all = full(kind);
    const given = { kind, ...Object.fromEntries(needed.map(([key]) => [key, all[key]])) };
    expect(read(given)).toHaveProperty('record');
    for (const [key] of needed)
      expect(read({ ...given, [key]: '' })).toEqual({
        faults: [{ key, expected: expect.stringMatching(/; it is missing$/) as string }],
      });
  });
});
