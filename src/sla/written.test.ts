import { expect, test } from 'vitest';
import { RECORD_KEYS } from '../facts/record-keys.ts';
import { written } from './written.ts';

test.each(Object.entries(RECORD_KEYS))(
  'a record of kind %s is the same text in whatever order its keys came',
  (kind, keys) => {
    const pairs: [string, unknown][] = [
      ['type', 'record'],
      ['id', 'R1'],
      ['kind', kind],
      ['at', 0],
      ...Object.keys(keys).map((key): [string, unknown] => [key, key.endsWith('_at') ? 0 : 'x']),
    ];
    const there = written(Object.fromEntries(pairs) as { type: string }, 'Asia/Shanghai');
    const back = written(Object.fromEntries(pairs.toReversed()) as { type: string }, 'Asia/Shanghai');
    expect(JSON.stringify(back)).toBe(JSON.stringify(there));
    expect(Object.keys(there).slice(0, 3)).toEqual(['id', 'kind', 'at']);
  },
);
