import { describe, expect, test } from 'vitest';
import { ConfigError } from '../lib/errors.ts';
import { readEvidence, type Evidence, type ReadOptions } from './read.ts';

const header = {
  type: 'header',
  format: 'mailwitness-evidence',
  version: 1,
  system: 'corp.example',
  timezone: 'Asia/Shanghai',
  from: '2026-10-01T00:00:00+08:00',
  to: '2026-11-01T00:00:00+08:00',
  checks: { imap: { interval_s: 60 }, outbound: { interval_s: 60, hold_s: 200.5 } },
  product: 'mailwitness 0.1.0',
};
const run = {
  type: 'run',
  vantage: 'hq',
  check: 'imap',
  target: 'imap.corp.example',
  ok: true,
  from: '2026-10-01T00:00:00+08:00',
  to: '2026-10-02T00:00:00+08:00',
  samples: 1440,
};
const gap = {
  type: 'gap',
  vantage: 'hq',
  from: '2026-10-02T00:00:00+08:00',
  to: '2026-10-02T00:10:00+08:00',
  why: 'stopped',
};
const sent = {
  type: 'message',
  vantage: 'hq',
  id: 'm1',
  route: 'outbound',
  accepted_at: '2026-10-01T00:00:00+08:00',
  relayed_at: '2026-10-01T00:00:01.5+08:00',
  outcome: 'relayed',
};
const received = {
  type: 'message',
  vantage: 'hq',
  id: 'm2',
  route: 'inbound',
  accepted_at: '2026-10-01T00:00:00+08:00',
  visible_at: '2026-10-01T00:00:01.5+08:00',
  outcome: 'delivered',
};
const { accepted_at: _accepted, visible_at: _visible, ...unaccepted } = received;
const spam = { ...unaccepted, kind: 'spam', refused_at: '2026-10-01T00:00:01Z', outcome: 'refused' };
const exclusion = {
  type: 'exclusion',
  id: 'x1',
  from: '2026-10-05T02:00:00+08:00',
  to: '2026-10-05T03:00:00+08:00',
  ground: 'a',
  entered_by: 'Li Wei',
  entered_at: '2026-10-01T10:00:00+08:00',
  note: 'new disks',
};
const billing = {
  type: 'record',
  id: 'r1',
  kind: 'billing',
  at: '2026-10-31T00:00:00+08:00',
  customers: 30_000,
  wrong: 1,
};
const year = {
  type: 'record',
  id: 'r2',
  kind: 'year-to-date',
  at: '2026-10-01T00:00:00+08:00',
  from: '2026-01-01T00:00:00+08:00',
  to: '2026-10-01T00:00:00+08:00',
  fault_days: ['2026-03-05'],
  unmeasured_days: [],
};

/** A line is an object, or bytes as they are. */
type TestLine = object | string | Buffer;

function fileOf(lines: readonly TestLine[]): Buffer {
  return Buffer.concat(
    lines.map((line) => {
      if (Buffer.isBuffer(line)) return Buffer.concat([line, Buffer.from('\n')]);
      return Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
    }),
  );
}

async function* inPieces(bytes: Uint8Array, size = 100): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function read(lines: readonly TestLine[], options: Partial<ReadOptions> = {}): Promise<Evidence> {
  return readEvidence(inPieces(fileOf(lines)), { file: 'october.ndjson', ...options });
}

async function errorOf(evidence: Promise<Evidence>): Promise<string> {
  const error: unknown = await evidence.then(
    () => new Error('it was taken'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
}

function without(fact: object, key: string): object {
  return Object.fromEntries(Object.entries(fact).filter(([name]) => name !== key));
}

const INSTANT = 'an instant with an offset such as 2026-10-01T00:00:00+08:00';
const KINDS =
  'billing, page-load, opening, spam-case, complaint, server-list, blocklist, service-contact, definitions, setting, account-lock, backup, year-to-date';

describe('the file as a whole is refused', () => {
  test.each<[string, TestLine[], string]>([
    ['when it is empty', [], ':1: expected a header; the file is empty'],
    ['when it has blank lines alone', ['', ''], ':1: expected a header; the file is empty'],
    ['when it does not begin with the header', [run, header], ':1: type: expected a header first, got "run"'],
    [
      'when it begins with a seal',
      [{ type: 'seal', sha256: '', previous: '' }],
      ':1: type: expected a header first, got "seal"',
    ],
    [
      'when a second header follows that says something else',
      [header, run, { ...header, system: 'other.example' }],
      ':3: type: expected one header, in the first line, got "header"',
    ],
    [
      'when it is another format',
      [{ ...header, format: 'witness' }],
      ':1: format: expected "mailwitness-evidence", got "witness"',
    ],
    [
      'when it is of a version to come, whatever else that version has',
      [{ type: 'header', format: 'mailwitness-evidence', version: 2 }],
      ':1: version: expected 1: this file needs a newer mailwitness, got 2',
    ],
    ['when its version is none', [{ ...header, version: '1' }], ':1: version: expected 1, got "1"'],
    ['when its version is 0', [{ ...header, version: 0 }], ':1: version: expected 1, got 0'],
    ['when a line is no JSON', [header, '{"type":'], ':2: expected a JSON object, got "{\\"type\\":"'],
    [
      'when a line is a list',
      [header, [run]],
      `:2: expected a JSON object, got ${JSON.stringify(JSON.stringify([run])).slice(0, 60)}…`,
    ],
    ['when a line is null', [header, 'null'], ':2: expected a JSON object, got "null"'],
    ['when a line is a number', [header, '7'], ':2: expected a JSON object, got "7"'],
    ['when two objects share a line', [header, '{} {}'], ':2: expected a JSON object, got "{} {}"'],
    ['when a line between others is blank', [header, '', run], ':2: expected a JSON object'],
    ['when it is not UTF-8', [header, Buffer.from([0x7b, 0xff, 0x7d])], ':2: expected text in UTF-8'],
    [
      'when it is in Latin-1',
      [header, Buffer.from(JSON.stringify({ ...exclusion, note: 'café' }), 'latin1')],
      ':2: expected text in UTF-8',
    ],
    ['when it is in UTF-16', [Buffer.from(JSON.stringify(header), 'utf16le')], ':1: expected a JSON object, got'],
    [
      'when a line is longer than any',
      [header, { ...run, detail: 'x'.repeat(1_048_576) }],
      ':2: expected a line of at most 1048576 bytes',
    ],
    [
      'when what stands there would move a terminal',
      [header, { ...run, check: '\u001B[2J\u009B\u202E' }],
      ':2: check: expected a check of the header (outbound, imap), got "\\u001b[2J\\u{9b}\\u{202e}"',
    ],
  ])('%s', async (_name, lines, expected) => {
    expect(await errorOf(read(lines))).toContain(`october.ndjson${expected}`);
  });
});

describe('a line is refused', () => {
  test.each<[string, object, string]>([
    [
      'of a type that is not known',
      { ...run, type: 'runs' },
      'type: expected one of header, run, gap, message, exclusion, record, seal, got "runs"',
    ],
    [
      'without a type',
      without(run, 'type'),
      'type: expected one of header, run, gap, message, exclusion, record, seal; the key is missing',
    ],
    ['whose key is missing', without(run, 'vantage'), 'vantage: expected text that is not empty; the key is missing'],
    ['whose key is null', { ...run, samples: null }, 'samples: expected a whole number from 1; the key is missing'],
    ['with a number for text', { ...run, vantage: 7 }, 'vantage: expected text that is not empty, got 7'],
    ['with an empty name', { ...run, vantage: '' }, 'vantage: expected text that is not empty, got ""'],
    ['with text for a truth', { ...run, ok: 'yes' }, 'ok: expected true or false, got "yes"'],
    ['with no sample', { ...run, samples: 0 }, 'samples: expected a whole number from 1, got 0'],
    ['with half a sample', { ...run, samples: 1.5 }, 'samples: expected a whole number from 1, got 1.5'],
    [
      'with samples past counting',
      { ...run, samples: 2 ** 53 },
      'samples: expected a whole number from 1, got 9007199254740992',
    ],
    ['with transients below 0', { ...run, transients: -1 }, 'transients: expected a whole number from 0, got -1'],
    ['with a hold of 0', { ...run, hold_s: 0 }, 'hold_s: expected a number of seconds above 0, got 0'],
    ['with a wrong optional key', { ...run, detail: ['a'] }, 'detail: expected text, got ["a"]'],
    [
      'without an offset',
      { ...run, from: '2026-10-01T00:00:00' },
      `from: expected ${INSTANT}, got "2026-10-01T00:00:00"`,
    ],
    [
      'on a day that is none',
      { ...run, from: '2026-02-29T00:00:00Z' },
      `from: expected ${INSTANT}, got "2026-02-29T00:00:00Z"`,
    ],
    ['whose instant is a number', { ...run, from: 1_790_784_000_000 }, `from: expected ${INSTANT}, got 1790784000000`],
    [
      'of a run that ends before it starts',
      { ...run, to: '2026-09-30T15:59:59.999Z' },
      'to: expected an instant that is not before from (2026-09-30T16:00:00Z), got "2026-09-30T15:59:59.999Z"',
    ],
    [
      'of a run whose check the header does not name',
      { ...run, check: 'mx' },
      'check: expected a check of the header (outbound, imap), got "mx"',
    ],
    [
      'of a run whose check is a word of JavaScript',
      { ...run, check: 'constructor' },
      'check: expected a check of the header (outbound, imap), got "constructor"',
    ],
    [
      'of a gap that ends before it starts',
      { ...gap, to: '2026-10-01T00:00:00Z' },
      'to: expected an instant that is not before from (2026-10-01T16:00:00Z), got "2026-10-01T00:00:00Z"',
    ],
    [
      'of a gap for another reason',
      { ...gap, why: 'lunch' },
      'why: expected one of stopped, own-line, suspend, clock, overload, sink, got "lunch"',
    ],
    [
      'of a message on another route',
      { ...sent, route: 'mx' },
      'route: expected one of outbound, inbound, internal, got "mx"',
    ],
    [
      'of a message with another outcome',
      { ...sent, outcome: 'late' },
      'outcome: expected one of pending, relayed, delivered, bounced, lost, refused, void, got "late"',
    ],
    [
      'of a message of another kind',
      { ...sent, kind: 'large' },
      'kind: expected one of plain, attachment, spam, virus, got "large"',
    ],
    ['of a message without an id', without(sent, 'id'), 'id: expected text that is not empty; the key is missing'],
    [
      'of a message that nobody accepted',
      without(sent, 'accepted_at'),
      'accepted_at: expected the instant at which it was accepted; the key is missing',
    ],
    [
      'of a relayed message without the instant',
      without(sent, 'relayed_at'),
      'relayed_at: expected the instant at which it was relayed; the key is missing',
    ],
    [
      'of a delivered message without the instant',
      without(received, 'visible_at'),
      'visible_at: expected the instant at which it was delivered; the key is missing',
    ],
    [
      'of an internal message that only left',
      { ...sent, route: 'internal', outcome: 'delivered' },
      'visible_at: expected the instant at which it was delivered; the key is missing',
    ],
    [
      'of a plain message that was refused',
      { ...spam, kind: 'plain' },
      'refused_at: expected accepted_at instead, for only spam and viruses may be refused',
    ],
    [
      'of a plain message whose outcome is refused',
      { ...sent, outcome: 'refused' },
      'outcome: expected another outcome, for only spam and viruses may be refused, got "refused"',
    ],
    [
      'of spam that was refused and delivered',
      { ...spam, outcome: 'delivered' },
      'outcome: expected "refused", for the message has a refused_at, got "delivered"',
    ],
    [
      'of spam that was refused and accepted',
      { ...spam, accepted_at: '2026-10-01T00:00:00Z' },
      'refused_at: expected either accepted_at or refused_at, and not both',
    ],
    [
      'of spam that was refused, nobody knows when',
      { ...without(spam, 'refused_at'), accepted_at: '2026-10-01T00:00:00Z' },
      'refused_at: expected the instant at which it was refused; the key is missing',
    ],
    [
      'of a message with half a duplicate',
      { ...sent, duplicates: 0.5 },
      'duplicates: expected a whole number from 0, got 0.5',
    ],
    [
      'of an exclusion that ends before it starts',
      { ...exclusion, to: '2026-10-05T02:00:00+09:00' },
      'to: expected an instant that is not before from (2026-10-04T18:00:00Z), got "2026-10-04T17:00:00Z"',
    ],
    [
      'of an exclusion under no ground of the contract',
      { ...exclusion, ground: 'z' },
      'ground: expected a ground of the contract (a, b), got "z"',
    ],
    ['of an exclusion without a note', without(exclusion, 'note'), 'note: expected text; the key is missing'],
    ['of a record of another kind', { ...billing, kind: 'weather' }, `kind: expected one of ${KINDS}, got "weather"`],
    ['of a record without a kind', without(billing, 'kind'), `kind: expected one of ${KINDS}; the key is missing`],
    [
      'of a record without its own key',
      without(billing, 'wrong'),
      'wrong: expected a whole number from 0; the key is missing',
    ],
    ['of a record without an id', without(billing, 'id'), 'id: expected text that is not empty; the key is missing'],
    ['of a record without an instant', without(billing, 'at'), `at: expected ${INSTANT}; the key is missing`],
    [
      'of a page opened by another line',
      { ...billing, kind: 'page-load', profile: 'modem', seconds: 3 },
      'profile: expected one of broadband, narrowband, got "modem"',
    ],
    [
      'of a page that opened before it was asked for',
      { ...billing, kind: 'page-load', profile: 'broadband', seconds: -0.1 },
      'seconds: expected a number of seconds from 0, got -0.1',
    ],
    [
      'of a case without a beginning',
      { ...billing, kind: 'complaint', what: 'x' },
      `started_at: expected ${INSTANT}; the key is missing`,
    ],
    [
      'of a year so far that does not reach the header',
      { ...year, to: '2026-09-30T00:00:00+08:00' },
      'to: expected the header\'s from (2026-09-30T16:00:00Z), got "2026-09-29T16:00:00Z"',
    ],
    [
      'of a year so far that ends before it starts',
      { ...year, from: '2026-10-01T00:00:01+08:00' },
      'to: expected an instant that is not before from (2026-09-30T16:00:01Z), got "2026-09-30T16:00:00Z"',
    ],
    [
      'of a year so far with a day that is none',
      { ...year, fault_days: ['2026-03-05', '2026-02-30'] },
      'fault_days[1]: expected a date such as 2026-03-05, got "2026-02-30"',
    ],
    [
      'of a year so far whose days are no list',
      { ...year, unmeasured_days: '2026-03-05' },
      'unmeasured_days: expected a list of dates such as ["2026-03-05"], got "2026-03-05"',
    ],
    [
      'of a year so far without its days',
      without(year, 'unmeasured_days'),
      'unmeasured_days: expected a list of dates such as ["2026-03-05"]; the key is missing',
    ],
  ])('%s', async (_name, line, expected) => {
    expect(await errorOf(read([header, gap, line], { grounds: ['a', 'b'] }))).toBe(`october.ndjson:3: ${expected}`);
  });

  test('of an exclusion when the contract has no grounds', async () => {
    expect(await errorOf(read([header, exclusion], { grounds: [] }))).toBe(
      'october.ndjson:2: ground: expected no exclusion: the contract has no grounds, got "a"',
    );
  });

  test('beyond JSON: a number that is infinite', async () => {
    const line = JSON.stringify({ ...run, hold_s: 7 }).replace('"hold_s":7', '"hold_s":1e999');
    expect(await errorOf(read([header, line]))).toBe(
      'october.ndjson:2: hold_s: expected a number of seconds above 0, got Infinity',
    );
  });
});

describe('a header is refused', () => {
  test.each<[string, object, string]>([
    ['without a system', without(header, 'system'), 'system: expected text that is not empty; the key is missing'],
    ['without a product', without(header, 'product'), 'product: expected text; the key is missing'],
    [
      'in a zone that is none',
      { ...header, timezone: 'China/Shanghai' },
      'timezone: expected an IANA time zone such as Asia/Shanghai, got "China/Shanghai"',
    ],
    [
      'that ends before it starts',
      { ...header, to: '2026-09-30T00:00:00Z' },
      'to: expected an instant that is not before from (2026-09-30T16:00:00Z), got "2026-09-30T00:00:00Z"',
    ],
    [
      'whose checks are a list',
      { ...header, checks: ['imap'] },
      'checks: expected a mapping of checks to their pace such as { "imap": { "interval_s": 60 } }, got ["imap"]',
    ],
    [
      'with a check that no contract can name',
      { ...header, checks: { imaps: { interval_s: 60 } } },
      'checks: expected checks out of submission, mx, outbound, inbound, internal, imap, pop3, webmail, got "imaps"',
    ],
    [
      'with a check that has no pace',
      { ...header, checks: { imap: 60 } },
      'checks.imap: expected its pace such as { "interval_s": 60 }, got 60',
    ],
    [
      'with a check that has no interval',
      { ...header, checks: { imap: { hold_s: 60 } } },
      'checks.imap.interval_s: expected a number of seconds above 0; the key is missing',
    ],
    [
      'with a check that never comes',
      { ...header, checks: { imap: { interval_s: -1 } } },
      'checks.imap.interval_s: expected a number of seconds above 0, got -1',
    ],
    [
      'with a hold that is none',
      { ...header, checks: { imap: { interval_s: 1, hold_s: '3' } } },
      'checks.imap.hold_s: expected a number of seconds above 0, got "3"',
    ],
  ])('%s', async (_name, line, expected) => {
    expect(await errorOf(read([line]))).toBe(`october.ndjson:1: ${expected}`);
  });
});

describe('lines that do not agree are refused at the later one', () => {
  test.each<[string, object[], string]>([
    [
      'two messages of one id',
      [sent, run, { ...sent, relayed_at: '2026-10-01T00:00:02+08:00' }],
      ':4: id: expected messages of one id to agree: line 2 says something else, got "m1"',
    ],
    [
      'two exclusions of one id',
      [exclusion, { ...exclusion, note: 'old disks' }],
      ':3: id: expected exclusions of one id to agree: line 2 says something else, got "x1"',
    ],
    [
      'two records of one id, whatever their kinds',
      [billing, { ...billing, kind: 'definitions', updated_at: billing.at }],
      ':3: id: expected records of one id to agree: line 2 says something else, got "r1"',
    ],
    [
      'two years so far',
      [year, billing, { ...year, id: 'r3' }],
      ':4: kind: expected one record of year-to-date; another stands on line 2',
    ],
  ])('%s', async (_name, lines, expected) => {
    expect(await errorOf(read([header, ...lines]))).toBe(`october.ndjson${expected}`);
  });
});

describe('taken', () => {
  test('every type of line, as whole milliseconds, in the order of the file', async () => {
    const evidence = await read([header, year, spam, exclusion, gap, sent, billing, run], { grounds: ['a'] });
    expect(evidence).toStrictEqual({
      header: { ...header, from: Date.UTC(2026, 8, 30, 16), to: Date.UTC(2026, 9, 31, 16) },
      runs: [{ ...run, from: Date.UTC(2026, 8, 30, 16), to: Date.UTC(2026, 9, 1, 16) }],
      gaps: [{ ...gap, from: Date.UTC(2026, 9, 1, 16), to: Date.UTC(2026, 9, 1, 16, 10) }],
      messages: [
        { ...spam, refused_at: Date.UTC(2026, 9, 1, 0, 0, 1) },
        { ...sent, accepted_at: Date.UTC(2026, 8, 30, 16), relayed_at: Date.UTC(2026, 8, 30, 16, 0, 1, 500) },
      ],
      exclusions: [
        {
          ...exclusion,
          from: Date.UTC(2026, 9, 4, 18),
          to: Date.UTC(2026, 9, 4, 19),
          entered_at: Date.UTC(2026, 9, 1, 2),
        },
      ],
      records: [
        { ...year, at: Date.UTC(2026, 8, 30, 16), from: Date.UTC(2025, 11, 31, 16), to: Date.UTC(2026, 8, 30, 16) },
        { ...billing, at: Date.UTC(2026, 9, 30, 16) },
      ],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      sealed: false,
    });
  });

  test('a header alone', async () => {
    expect((await read([header])).messages).toEqual([]);
  });

  test('keys in any order, unknown ones passed over, null for absent, a key called __proto__', async () => {
    const turned = Object.fromEntries(Object.entries({ ...run, colour: { red: [1] }, detail: null }).reverse());
    const line = JSON.stringify(turned).replace('{', '{"__proto__":{"hold_s":9},');
    expect((await read([header, line])).runs).toStrictEqual((await read([header, run])).runs);
  });

  test('the same line twice once, however it is written: runs, gaps, messages, exclusions, records', async () => {
    const once = [run, gap, sent, received, exclusion, billing, year];
    const again = once.map((line) => JSON.stringify(line).replaceAll('T00:00:00+08:00', 't00:00:00.000900+08:00'));
    const { sha256: _one, ...twice } = await read([header, ...once, ...again, ...once]);
    const { sha256: _two, ...single } = await read([header, ...once]);
    expect(twice).toStrictEqual(single);
  });

  test('an id that a message, an exclusion and a record share', async () => {
    const evidence = await read([header, { ...sent, id: '1' }, { ...exclusion, id: '1' }, { ...billing, id: '1' }]);
    expect([evidence.messages.length, evidence.exclusions.length, evidence.records.length]).toEqual([1, 1, 1]);
  });

  test('a year so far without an id of its own', async () => {
    const line = without(without(year, 'id'), 'at');
    expect((await read([header, line])).records).toMatchObject([{ id: 'year-to-date', at: Date.UTC(2026, 8, 30, 16) }]);
  });

  test.each<[string, object]>([
    ['spam in a folder, nobody knows since when', { ...without(received, 'visible_at'), kind: 'spam', folder: 'Junk' }],
    ['a message that is on its way', { ...without(received, 'visible_at'), outcome: 'pending' }],
    ['a bounce', { ...without(sent, 'relayed_at'), outcome: 'bounced' }],
    ['a lost message that came after all', { ...received, outcome: 'lost' }],
    ['an arrival before the acceptance', { ...received, visible_at: '2026-09-30T00:00:00Z' }],
    ['a virus with its attachment', { ...received, kind: 'virus', attachment: true }],
    ['a route that the header does not name', { ...received, route: 'internal' }],
  ])('%s', async (_name, message) => {
    expect((await read([header, message])).messages).toHaveLength(1);
  });

  test.each<[string, (file: string) => string]>([
    ['no line feed at the end', (file) => file.trimEnd()],
    ['blank lines at the end', (file) => `${file}\n\r\n`],
    ['carriage returns', (file) => file.replaceAll('\n', '\r\n')],
    ['a byte order mark', (file) => `\uFEFF${file}`],
  ])('a file with %s', async (_name, change) => {
    const bytes = Buffer.from(change(fileOf([header, run, sent]).toString()));
    const evidence = await readEvidence(inPieces(bytes, 1), { file: 'x' });
    expect([evidence.runs.length, evidence.messages.length]).toEqual([1, 1]);
  });

  test('any ground, when no contract is given', async () => {
    expect((await read([header, { ...exclusion, ground: 'z' }])).exclusions).toHaveLength(1);
  });
});

test('an error of the source is passed on as it is', async () => {
  const broken = new Error('the disk is gone');
  async function* source(): AsyncIterable<Uint8Array> {
    yield fileOf([header]);
    throw broken;
  }
  await expect(readEvidence(source(), { file: 'x' })).rejects.toBe(broken);
});
