import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contractJsonSchema } from './contract-json-schema.ts';
import { MEASURES, type Contract, type MeasuredClause, type Objective } from './contract.ts';
import { compareDecimals, parseDecimal } from './decimal.ts';
import { loadContract, parseContract } from './load-contract.ts';

const SHIPPED = new URL('../../config/', import.meta.url).pathname;

/** As the description of the format writes one, with its comments. */
const AS_DESCRIBED = `contract: enterprise-mail-guarantee
version: 1
timezone: Asia/Shanghai
month: calendar            # or fixed-30d: T (below) is 43,200 min, as some providers count; nothing else changes
reach_within: 1h           # a route is bad from two consecutive messages that were not out by then
lost_after: 24h
min_outage: 0s             # bad stretches shorter than this do not count (applied to least, estimate and most alike)
bad_when: { targets: 1 }   # or a share: "5%" of a check's targets
vantage: { need: 1 }
connected: { all: [submission, mx, outbound, inbound, internal, { any: [imap, pop3, webmail] }] }   # those not configured drop out
grounds:
  a: { title: { zh: …, en: … }, needs_approval: true }      # default true for a only
  b: { title: … }          # … to f
clauses:
  - { id: "1", measure: downtime, exclude: [a, b, c, d, e, f], remedy: double-service-time,
      objectives: [ { metric: down_minutes, op: "<", limit: 44 }, { metric: availability, op: ">=", limit: 0.999 } ] }
  - { id: 2a, measure: send_delay, exclude: [a, b, c, d, e, f], remedy: double-service-time,
      objectives: [ { metric: mean_s, op: "<=", limit: 60 }, { metric: exceedances, over_s: 3600, op: "<", limit: 2 } ] }
  - { id: 3b, measure: fault, remedy: double-service-time, objectives: [ { metric: down_minutes, op: "<=", limit: 100 } ] }
  - { id: 3c, measure: adjustment, remedy: double-service-time, objectives: [ { metric: minutes, op: "<=", limit: 100 } ] }
  - { id: 3d, measure: fault, remedy: double-service-time, objectives: [ { metric: availability, op: ">=", limit: 0.9999 } ] }
  - { id: 3e, measure: fault_days, remedy: double-service-time, objectives: [ { metric: fault_free_days, op: ">=", limit: 360 } ] }
  - { id: 8a, measure: opening, where: { domain: own }, within: 24h, remedy: month-free, objectives: [ { metric: late, op: "<=", limit: 0 } ] }
  - { id: "6", blank: true }
`;

function load(text: string): Contract {
  return parseContract(text, { file: 'contract.yaml' });
}

/** With one clause and nothing else but what is given. */
function least(more = '', clause = 'id: 1, blank: true'): Contract {
  return load(`contract: c\nversion: 1\n${more}\nclauses:\n  - { ${clause} }\n`);
}

function clauseOf(contract: Contract, id: string): MeasuredClause {
  const clause = contract.clauses.find((clause) => clause.id === id);
  if (clause === undefined || clause.blank) throw new Error(`no clause ${id} with a measure`);
  return clause;
}

function written({ metric, op, limit, governs }: Objective): string {
  return `${metric} ${op} ${limit.text}${governs ? '' : ' (shown)'}`;
}

describe('the format as it is described', () => {
  const contract = load(AS_DESCRIBED);

  test('loads as it stands, comments and all', () => {
    expect(contract.clauses.map(({ id }) => id)).toEqual(['1', '2a', '3b', '3c', '3d', '3e', '8a', '6']);
    expect(contract.timezone).toBe('Asia/Shanghai');
    expect([contract.reach_within, contract.lost_after, contract.min_outage]).toEqual([3_600_000, 86_400_000, 0]);
  });

  test('a title that is one text is that in both languages, and a clause without one is called by its id', () => {
    expect(contract.grounds['b']?.title).toEqual({ zh: '…', en: '…' });
    expect(contract.clauses[1]?.title).toEqual({ zh: '2a', en: '2a' });
  });

  test('the grounds that are not written out are there, since clauses exclude them', () => {
    expect(Object.keys(contract.grounds)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(contract.grounds['c']?.title.en).toBe('Wrong use by the customer');
    expect(Object.values(contract.grounds).map((ground) => ground.needs_approval)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test('what it leaves out of connected, bad_when and vantage is what it says there', () => {
    const { connected, bad_when, vantage } = least();
    expect({ connected, bad_when, vantage }).toEqual({
      connected: contract.connected,
      bad_when: contract.bad_when,
      vantage: contract.vantage,
    });
    expect(bad_when.targets).toEqual({ kind: 'count', count: 1 });
  });

  test('exceedances keep the delay that they are counted above', () => {
    expect(clauseOf(contract, '2a').objectives[1]?.over_s?.text).toBe('3600');
    expect(clauseOf(contract, '2a').objectives[0]).not.toHaveProperty('over_s');
  });
});

describe('defaults', () => {
  test('of all that may be left out', () => {
    expect(least()).toMatchObject({
      contract: 'c',
      title: { zh: 'c', en: 'c' },
      version: 1,
      timezone: 'Asia/Shanghai',
      month: 'calendar',
      reach_within: 3_600_000,
      lost_after: 86_400_000,
      min_outage: 0,
      remedies: {},
      clauses: [{ id: '1', blank: true, title: { zh: '1', en: '1' } }],
    });
  });

  test('of a clause: it excludes nothing, chooses nothing, earns nothing, and its objectives govern', () => {
    const contract = least('', 'id: 1, measure: downtime, objectives: [{ metric: availability, op: ">", limit: 0 }]');
    expect(clauseOf(contract, '1')).toMatchObject({ exclude: [], where: {}, remedy: undefined, tiers: [] });
    expect(clauseOf(contract, '1').objectives[0]?.governs).toBe(true);
  });

  test.each([
    ['without the key grounds there are a to f', '', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['with it there are those that are written', 'grounds: { works: {} }', ['works']],
    ['with it empty there are none', 'grounds: {}', []],
  ])('%s', (_, more, names) => {
    expect(Object.keys(least(more).grounds)).toEqual(names);
  });

  test('only ground a waits for approval, unless the file says otherwise', () => {
    const { grounds } = least('grounds: { a: { needs_approval: false }, b: { needs_approval: true }, works: {} }');
    expect(Object.entries(grounds).map(([name, ground]) => [name, ground.needs_approval])).toEqual([
      ['a', false],
      ['b', true],
      ['works', false],
    ]);
    expect(grounds['works']?.title).toEqual({ zh: 'works', en: 'works' });
  });
});

describe('ids are the text that stands there', () => {
  test.each([
    ['1', '1'],
    ['"1"', '1'],
    ['2a', '2a'],
    ['3e', '3e'],
    ['1e3', '1e3'],
    ['1.10', '1.10'],
    ['0x10', '0x10'],
    ['第三条', '第三条'],
    ['"3 (a)"', '3 (a)'],
  ])('%s is %s', (id, is) => {
    expect(least('', `id: ${id}, blank: true`).clauses[0]?.id).toBe(is);
  });

  test('a ground may be a number, too', () => {
    const objectives = 'objectives: [{ metric: availability, op: ">", limit: 0 }]';
    const contract = least('grounds: { 1.10: {} }', `id: 1, measure: downtime, exclude: [1.10], ${objectives}`);
    expect(Object.keys(contract.grounds)).toEqual(['1.10']);
  });
});

describe('decimals', () => {
  test.each([
    ['44', 44n, 0],
    ['0.9999', 9999n, 4],
    ['44.000', 44000n, 3],
    ['3e-5', 3n, 5],
    ['3.5E-5', 35n, 6],
    ['1e3', 1000n, 0],
    ['1.5e1', 15n, 0],
    ['1.25e1', 125n, 1],
    ['-0.5', -5n, 1],
    ['+44', 44n, 0],
    ['.5', 5n, 1],
    ['5.', 5n, 0],
    ['007', 7n, 0],
    ['0.1000000000000000055511', 1000000000000000055511n, 22],
  ])('%s', (text, numerator, scale) => {
    expect(parseDecimal(text)).toEqual({ numerator, scale, text });
    const contract = least(
      '',
      `id: 1, measure: coverage, objectives: [{ metric: coverage, op: ">=", limit: ${text} }]`,
    );
    expect(clauseOf(contract, '1').objectives[0]?.limit).toEqual({ numerator, scale, text });
  });

  test.each(['', '.', '-', 'e5', '1e', '1e100', '0x1', '1,5', '1_000', ' 1', 'NaN', '.nan', '.inf', 'Infinity', '１'])(
    '"%s" is none',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );

  test.each([
    ['0.999', '0.9990', 0],
    ['0.9999', '0.99990000000000000000001', -1],
    ['44', '43.9999', 1],
    ['-1', '0', -1],
  ])('%s against %s is %d', (a, b, order) => {
    const [left, right] = [parseDecimal(a), parseDecimal(b)];
    expect(left !== undefined && right !== undefined && compareDecimals(left, right)).toBe(order);
  });
});

describe('values', () => {
  test.each([
    ['24h', { kind: 'elapsed', ms: 86_400_000 }],
    ['1.5h', { kind: 'elapsed', ms: 5_400_000 }],
    ['3 d', { kind: 'elapsed', ms: 259_200_000 }],
    ['1 workdays', { kind: 'workdays', days: 1 }],
    ['2workdays', { kind: 'workdays', days: 2 }],
    ['1.0 workdays', { kind: 'workdays', days: 1 }],
  ])('within: %s', (within, is) => {
    const contract = least(
      '',
      `id: 1, measure: complaint, within: ${within}, objectives: [{ metric: late, op: "<=", limit: 0 }]`,
    );
    expect(clauseOf(contract, '1').within).toEqual(is);
  });

  test.each([
    ['2', { kind: 'count', count: 2 }],
    ['"2"', { kind: 'count', count: 2 }],
    ['5%', { kind: 'share', percent: { numerator: 5n, scale: 0, text: '5' } }],
    ['"33.3 %"', { kind: 'share', percent: { numerator: 333n, scale: 1, text: '33.3' } }],
    ['100%', { kind: 'share', percent: { numerator: 100n, scale: 0, text: '100' } }],
  ])('so many targets and vantages: %s', (many, is) => {
    const { bad_when, vantage } = least(`bad_when: { targets: ${many} }\nvantage: { need: ${many} }`);
    expect([bad_when.targets, vantage.need]).toEqual([is, is]);
  });

  test.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['asia/shanghai', 'Asia/Shanghai'],
    ['UTC', 'UTC'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
  ])('time zone %s is %s', (zone, is) => {
    expect(least(`timezone: ${zone}`).timezone).toBe(is);
  });

  test('connected may be one check, or nested', () => {
    const imap = { kind: 'check', check: 'imap' };
    expect(least('connected: imap').connected).toEqual(imap);
    expect(least('connected: { any: [imap, { all: [pop3, { any: [imap] }] }] }').connected).toEqual({
      kind: 'any',
      parts: [
        imap,
        {
          kind: 'all',
          parts: [
            { kind: 'check', check: 'pop3' },
            { kind: 'any', parts: [imap] },
          ],
        },
      ],
    });
  });

  test('reach_within and lost_after may be the same', () => {
    expect(least('reach_within: 1d\nlost_after: 24h').reach_within).toBe(86_400_000);
  });
});

describe('config/contract.yaml', () => {
  const { contract, text } = loadContract(`${SHIPPED}contract.yaml`);

  test('the text is kept as it stands in the file', () => {
    expect(text).toBe(readFileSync(`${SHIPPED}contract.yaml`, 'utf8'));
  });

  test('says every clause, with its limits, its remedy and what is excluded', async () => {
    const lines = contract.clauses.map((clause) => {
      if (clause.blank) return `${clause.id} blank`;
      const { id, measure, where, within, exclude, remedy, objectives } = clause;
      const time = within?.kind === 'workdays' ? `${within.days} working days` : within && `${within.ms / 3_600_000} h`;
      const parts = [measure, ...Object.values(where), time, objectives.map(written).join(' and ')];
      const excluded = exclude.length === 0 ? '' : ` without ${exclude.join('')}`;
      return `${id} ${parts.filter((part) => part !== undefined).join(', ')}${excluded} -> ${remedy ?? 'nothing'}`;
    });
    expect(lines).toEqual([
      '1 downtime, down_minutes < 44 and availability >= 0.999 without abcdef -> double-service-time',
      '2a send_delay, mean_s <= 60 and exceedances < 2 and max_s <= 3600 (shown) without abcdef -> double-service-time',
      '2b receive_delay, mean_s <= 60 and exceedances < 2 and max_s <= 3600 (shown) without abcdef -> double-service-time',
      '3a coverage, coverage >= 0.999 -> double-service-time',
      '3b fault, down_minutes <= 100 -> double-service-time',
      '3c adjustment, minutes <= 100 -> double-service-time',
      '3d fault, availability >= 0.9999 -> double-service-time',
      '3e fault_days, fault_free_days >= 360 -> double-service-time',
      '3f billing, error_rate <= 3e-5 -> double-service-time',
      '3g page_load, broadband, mean_s <= 10 -> double-service-time',
      '3g-narrowband page_load, narrowband, mean_s <= 30 -> double-service-time',
      '4a spam_caught, missed <= 0 -> month-free',
      '4b spam-case, 1 working days, late <= 0 -> month-free',
      '4c complaint, 72 h, late <= 0 -> month-free',
      '4d server-list, 1 working days, late <= 0 -> month-free',
      '4e blocklist, 1 working days, late <= 0 -> month-free',
      '4f service-contact, unanswered <= 0 -> month-free',
      '5a virus_caught, missed <= 0 -> month-free',
      '5b attachment_delay, added_mean_s <= 5 -> month-free',
      '5c definitions, max_gap_days <= 7 -> month-free',
      '5d setting, mismatches <= 0 -> month-free',
      '6 blank',
      '7a account-lock, min_kept_days >= 90 -> double-service-time',
      '7b backup, max_gap_hours <= 25 and max_gap_hours <= 24 (shown) and max_full_gap_days <= 3.05 and max_full_gap_days <= 3 (shown) and min_kept_days >= 30 and restore_failures <= 0 -> double-service-time',
      '8a opening, own, 24 h, late <= 0 -> month-free',
      '8b opening, new, 48 h, late <= 0 -> month-free',
      '9 service-contact, unanswered <= 0 -> nothing',
    ]);
  });

  test('every measure is used, and a delay above an hour is an exceedance', () => {
    const used = contract.clauses.map((clause) => (clause.blank ? '' : clause.measure));
    expect(Object.keys(MEASURES).filter((measure) => !used.includes(measure as never))).toEqual([]);
    expect(clauseOf(contract, '2b').objectives[1]?.over_s?.text).toBe('3600');
  });

  test('whatever people read is there in Chinese and in English', () => {
    const titles = [
      contract.title,
      ...contract.clauses.map(({ title }) => title),
      ...Object.values(contract.grounds).map(({ title }) => title),
      ...Object.values(contract.remedies),
    ];
    expect(titles.filter(({ zh, en }) => !/\p{Script=Han}/u.test(zh) || !/^[\x20-\x7e]+$/.test(en))).toEqual([]);
  });

  test('the same values as the defaults, where the defaults are the readings of this contract', () => {
    const { timezone, month, reach_within, lost_after, min_outage, bad_when, vantage, connected } = least();
    const defaults = { timezone, month, reach_within, lost_after, min_outage, bad_when, vantage, connected };
    expect(contract).toMatchObject(defaults);
  });
});

describe('config/contract-credit-tiers.yaml', () => {
  const { contract } = loadContract(`${SHIPPED}contract-credit-tiers.yaml`);

  test('counts 30 days, and excludes nothing but maintenance', () => {
    expect(contract.month).toBe('fixed-30d');
    expect(Object.keys(contract.grounds)).toEqual(['a']);
    expect(clauseOf(contract, 'availability').exclude).toEqual(['a']);
  });

  test('has a credit for each tier', () => {
    const { tiers, remedy } = clauseOf(contract, 'availability');
    expect(tiers.map(({ metric, below, remedy }) => `${remedy} below ${below.text} ${metric}`)).toEqual([
      'credit-10 below 0.999 availability',
      'credit-20 below 0.99 availability',
      'credit-50 below 0.95 availability',
    ]);
    expect(remedy).toBeUndefined();
  });
});

test('the contracts in docs/contract.md load', () => {
  const docs = readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8');
  const blocks = [...docs.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = '']) => yaml);
  expect(blocks).toHaveLength(4);
  const head = ['contract: docs', 'version: 1', 'clauses: [{ id: 1, blank: true }]'];
  const missing = (yaml: string) => head.filter((line) => !new RegExp(`^${line.split(':')[0]}:`, 'm').test(yaml));
  for (const yaml of blocks) expect(() => load(`${missing(yaml).join('\n')}\n${yaml}`)).not.toThrow();
});

describe('the schema for editors', () => {
  // After a change on purpose: npx vitest run src/config/contract.test.ts -u
  test('config/contract.schema.json is the schema', async () => {
    await expect(`${JSON.stringify(contractJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      `${SHIPPED}contract.schema.json`,
    );
  });

  test('every key has a description', () => {
    expect(bareKeys(contractJsonSchema())).toEqual([]);
  });
});

type JsonSchema = Readonly<Record<string, unknown>>;

/** Keys without a description, whatever alternatives they stand in; `all` and `any` are told of at `connected`. */
function bareKeys(schema: JsonSchema, path = ''): string[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  const bare = properties.filter(
    ([key, below]) => below['description'] === undefined && key !== 'all' && key !== 'any',
  );
  const nested = [
    ...properties.map(([key, below]) => [`${path}.${key}`, below] as const),
    ...['items', 'additionalProperties'].map((key) => [`${path}[]`, schema[key] as JsonSchema] as const),
    ...((schema['anyOf'] ?? []) as JsonSchema[]).map((below) => [path, below] as const),
  ].filter(([, below]) => typeof below === 'object');
  return [...bare.map(([key]) => `${path}.${key}`), ...nested.flatMap(([at, below]) => bareKeys(below, at))];
}
