import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  nat,
  oneof,
  option,
  record,
  shuffledSubarray,
  string,
  subarray,
  tuple,
  uint8Array,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHECK_NAMES, ROUTE_NAMES } from '../lib/check-names.ts';
import { ConfigError } from '../lib/errors.ts';
import { GAP_REASONS, type Fact, type Facts } from '../facts/facts.ts';
import { lineOf } from './line.ts';
import { readEvidence, type Evidence } from './read.ts';
import { writeEvidence, type WriteOptions } from './write.ts';

const START = Date.UTC(2026, 8, 30, 16);
const END = Date.UTC(2026, 9, 31, 16);

const words = string({ maxLength: 12, unit: 'binary' });
const names = string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
const instants = integer({ min: START - 1e9, max: END + 1e9 });
const seconds = double({ min: 0.001, max: 1e6, noNaN: true });
const counts = nat(1e6);

/** The same keys, of which those that may be absent are absent at times. */
function some<T extends object>(needed: T, optional: { readonly [key: string]: Arbitrary<unknown> }): Arbitrary<T> {
  const maybe = Object.fromEntries(Object.entries(optional).map(([key, value]) => [key, option(value, { nil: null })]));
  return record({ ...needed, ...maybe }).map(
    (fact: object) => Object.fromEntries(Object.entries(fact).filter(([, value]) => value !== null)) as T,
  );
}
const span = tuple(instants, nat(1e7)).map(([from, length]) => ({ from, to: from + length }));

const headers = tuple(subarray([...CHECK_NAMES]), record({ interval_s: seconds }), seconds, words, names).map(
  ([checks, pace, hold, product, system]) => ({
    type: 'header' as const,
    format: 'mailwitness-evidence' as const,
    version: 1 as const,
    system,
    timezone: 'Asia/Shanghai',
    from: START,
    to: END,
    checks: Object.fromEntries(checks.map((check, at) => [check, at % 2 === 0 ? pace : { ...pace, hold_s: hold }])),
    product,
  }),
);

// Every run has a target of its own and every gap a vantage without runs, so that none overlap.
const runs = tuple(
  span,
  some(
    {
      vantage: names.map((name) => `r-${name}`),
      check: constantFrom(...CHECK_NAMES),
      ok: boolean(),
      samples: integer({ min: 1, max: 1e6 }),
    },
    { hold_s: seconds, transients: counts, cause: words, detail: words },
  ),
);
const gaps = tuple(span, record({ vantage: names.map((name) => `g-${name}`), why: constantFrom(...GAP_REASONS) }));
const messages = oneof(
  some(
    {
      vantage: names,
      route: constant('outbound'),
      accepted_at: instants,
      relayed_at: instants,
      outcome: constant('relayed'),
    },
    { target: names, unseen_until: instants, duplicates: counts, kind: constantFrom('plain', 'attachment') },
  ),
  some(
    {
      vantage: names,
      route: constantFrom(...ROUTE_NAMES),
      accepted_at: instants,
      outcome: constantFrom('pending', 'bounced', 'lost', 'void'),
    },
    { target: names, visible_at: instants, relayed_at: instants, folder: words },
  ),
  some(
    {
      vantage: names,
      route: constant('inbound'),
      refused_at: instants,
      outcome: constant('refused'),
      kind: constantFrom('spam', 'virus'),
    },
    { attachment: boolean() },
  ),
);
const exclusions = tuple(
  span,
  some(
    { ground: constantFrom('a', 'b'), entered_by: names, entered_at: instants, note: words },
    {
      announced_at: instants,
      approved_by: words,
      approved_at: instants,
      approval_entered_at: instants,
      withdrawn_by: words,
      withdrawn_at: instants,
      replaces: names,
    },
  ),
);
const records = oneof(
  some({ kind: constant('billing'), at: instants, customers: counts, wrong: counts }, { replaces: names }),
  some({ kind: constant('page-load'), at: instants, profile: constantFrom('broadband', 'narrowband'), seconds }, {}),
  some(
    { kind: constant('opening'), at: instants, domain: constantFrom('own', 'new'), paid_at: instants },
    { opened_at: instants, told_at: instants },
  ),
  some(
    {
      kind: constantFrom('spam-case', 'complaint', 'server-list', 'blocklist'),
      at: instants,
      started_at: instants,
      what: words,
    },
    { done_at: instants },
  ),
  some({ kind: constant('service-contact'), at: instants, channel: words, answered: boolean() }, {}),
  some({ kind: constant('definitions'), at: instants, updated_at: instants }, {}),
  some({ kind: constant('setting'), at: instants, name: words, expected: words, found: words }, {}),
  some({ kind: constant('account-lock'), at: instants, locked_at: instants }, { deleted_at: instants }),
  some(
    {
      kind: constant('backup'),
      at: instants,
      level: constantFrom('full', 'incremental'),
      finished_at: instants,
      ok: boolean(),
    },
    { oldest_kept_at: instants, restored_ok: boolean() },
  ),
);

const files: Arbitrary<Facts> = tuple(
  headers,
  array(runs, { maxLength: 6 }),
  array(gaps, { maxLength: 4 }),
  array(messages, { maxLength: 6 }),
  array(exclusions, { maxLength: 4 }),
  array(records, { maxLength: 6 }),
  boolean(),
).map(([header, someRuns, someGaps, someMessages, someExclusions, someRecords, hasYear]) => {
  const named = someRuns.filter(([, { check }]) => Object.hasOwn(header.checks, check as unknown as string));
  const days = { fault_days: ['2026-03-05', '2026-02-28'], unmeasured_days: [] };
  const year = { type: 'record', id: 'y', kind: 'year-to-date', at: START, from: START - 1e9, to: START, ...days };
  return {
    header,
    runs: named.map(([when, more], at) => ({ type: 'run', target: `t${at}`, ...when, ...more })),
    gaps: distinct(someGaps.map(([when, more]) => ({ type: 'gap', ...when, ...more }))),
    messages: someMessages.map((more, at) => ({ type: 'message', id: `m${at}`, ...more })),
    exclusions: someExclusions.map(([when, more], at) => ({ type: 'exclusion', id: `x${at}`, ...when, ...more })),
    records: [
      ...someRecords.map((more, at) => ({ type: 'record', id: `r${at}`, ...more })),
      ...(hasYear ? [year] : []),
    ],
  } as unknown as Facts;
});

function distinct<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function linesOf({ header, ...rest }: Facts): Fact[] {
  return [header, ...rest.runs, ...rest.gaps, ...rest.messages, ...rest.exclusions, ...rest.records];
}

async function write(facts: Iterable<Fact>, options?: WriteOptions): Promise<string> {
  let file = '';
  await writeEvidence(facts, (line) => void (file += line), options);
  return file;
}

function read(bytes: Uint8Array | string, size = 64): Promise<Evidence> {
  async function* source(): AsyncIterable<Uint8Array> {
    const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
  }
  return readEvidence(source(), { file: 'x', grounds: ['a', 'b'] });
}

/** What was read, without what stands for the file's bytes. */
function factsOf({ sha256: _sha256, seal: _seal, sealed: _sealed, ...facts }: Evidence): Facts {
  return facts;
}

async function readOrRefused(bytes: Uint8Array | string): Promise<Evidence | undefined> {
  try {
    return await read(bytes);
  } catch (error) {
    if (error instanceof ConfigError && /^x:\d+:[^\n]* expected [^\n]+$/.test(error.message)) return undefined;
    throw error;
  }
}

describe('written and read', () => {
  test('facts are the same facts, whatever pieces the file comes in', async () => {
    await assert(
      asyncProperty(files, integer({ min: 1, max: 5_000 }), async (facts, size) => {
        const evidence = await read(await write(linesOf(facts)), size);
        expect(factsOf(evidence)).toEqual(facts);
        expect(evidence.sealed).toBe(true);
        expect(await write(linesOf(evidence))).toBe(await write(linesOf(facts)));
      }),
      { numRuns: 200 },
    );
  });

  test('the order of the lines after the header does not matter, nor how often one stands there', async () => {
    const shuffled = files.chain((facts) => {
      const rest = linesOf(facts).slice(1);
      return tuple(constant(facts), shuffledSubarray(rest, { minLength: rest.length }), subarray(rest));
    });
    const sorted = (facts: Facts): string[] => linesOf(facts).map(lineOf).sort();
    await assert(
      asyncProperty(shuffled, async ([facts, turned, again]) => {
        const evidence = await read(await write([facts.header, ...turned, ...again]));
        expect(sorted(factsOf(evidence))).toEqual(sorted(facts));
      }),
      { numRuns: 200 },
    );
  });

  test('a redacted file is taken as well: as many of everything, at the same instants, and no target left', async () => {
    const shape = (facts: Facts): unknown => [
      facts.header,
      facts.runs.map(({ from, to, ok, samples, check }) => [from, to, ok, samples, check]),
      facts.messages.map(({ id, accepted_at, visible_at, relayed_at }) => [id, accepted_at, visible_at, relayed_at]),
      [facts.gaps.length, facts.exclusions.length, facts.records.length],
    ];
    await assert(
      asyncProperty(files, async (facts) => {
        const evidence = factsOf(await read(await write(linesOf(facts), { redact: true })));
        expect(shape(evidence)).toEqual(shape(facts));
        for (const { target } of [...evidence.runs, ...evidence.messages])
          expect(target ?? 'target-1').toMatch(/^target-\d+$/);
        expect(new Set(evidence.runs.map(({ target }) => target)).size).toBe(facts.runs.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is broken', () => {
  test('any bytes are refused in one line', async () => {
    await assert(
      asyncProperty(uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await readOrRefused(bytes)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('a sealed file with a byte changed, put in or taken out is never taken as sealed, unless nothing was said', async () => {
    const change = record({ at: nat(), byte: nat(255), kind: constantFrom('change', 'insert', 'delete') });
    const seen = { refused: 0, taken: 0 };
    await assert(
      asyncProperty(files, change, async (facts, { at, byte, kind }) => {
        const file = Buffer.from(await write(linesOf(facts)));
        const place = at % file.length;
        const middle = kind === 'delete' ? [] : [byte];
        const after = file.subarray(kind === 'insert' ? place : place + 1);
        const changed = Buffer.concat([file.subarray(0, place), Buffer.from(middle), after]);
        const evidence = await readOrRefused(changed);
        seen[evidence === undefined ? 'refused' : 'taken'] += 1;
        // What is taken all the same: the seal's own line written otherwise, which seals the same.
        const isAsItWas = changed.equals(file) || place >= file.lastIndexOf('{"type":"seal"');
        expect(evidence === undefined || isAsItWas).toBe(true);
        expect(evidence === undefined ? facts : factsOf(evidence)).toEqual(facts);
      }),
      { numRuns: 1_000 },
    );
    expect(seen.refused).toBeGreaterThan(500);
  });

  test('values of other types in any key are refused or taken, and end nothing', async () => {
    const value = oneof(
      constantFrom(null, true, '', '2026-10-01T00:00:00Z', {}, [], [1], -1, 0.5, Number.MAX_VALUE, 2 ** 60),
      words,
    );
    const seen = { refused: 0, taken: 0 };
    await assert(
      asyncProperty(files, nat(), nat(), value, async (facts, which, key, other) => {
        const lines = linesOf(facts).map((fact) => JSON.parse(lineOf(fact)) as Record<string, unknown>);
        const line = lines[which % lines.length] ?? {};
        const keys = Object.keys(line);
        line[keys[key % keys.length] ?? ''] = other;
        const evidence = await readOrRefused(lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
        seen[evidence === undefined ? 'refused' : 'taken'] += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(seen.refused, seen.taken)).toBeGreaterThan(50);
  });

  test.each<[string, string]>([
    ['brackets without end', '['.repeat(1_000_000)],
    ['objects without end', '{"a":'.repeat(200_000)],
    ['no line feed in ten megabytes', ' '.repeat(10_000_000)],
    ['line feeds without end', '\n'.repeat(1_000_000)],
    ['zeros', '\0'.repeat(1_000_000)],
  ])('%s are refused', async (_name, file) => {
    expect(await readOrRefused(file)).toBeUndefined();
  });
});
