import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Fact, HeaderFact, RunFact } from '../facts/facts.ts';
import { hashOf } from './seal.ts';
import { writeEvidence, type WriteOptions } from './write.ts';

const START = Date.UTC(2026, 8, 30, 16);

const header: HeaderFact = {
  product: 'mailwitness 0.1.0',
  checks: { imap: { hold_s: 180, interval_s: 60 }, submission: { interval_s: 15 } },
  type: 'header',
  format: 'mailwitness-evidence',
  version: 1,
  system: 'corp.example',
  timezone: 'Asia/Shanghai',
  from: START,
  to: Date.UTC(2026, 9, 31, 16),
};
const run: RunFact = {
  detail: 'imap.corp.example said NO',
  type: 'run',
  samples: 3,
  vantage: 'hq',
  check: 'imap',
  target: 'imap.corp.example',
  ok: false,
  from: START,
  to: START + 120_250,
  cause: 'auth',
};

async function linesOf(facts: Iterable<Fact>, options?: WriteOptions): Promise<string[]> {
  const lines: string[] = [];
  await writeEvidence(facts, (line) => void lines.push(line), options);
  return lines;
}

test('a line a fact: keys in one order, instants in UTC, no key that is absent, the seal last', async () => {
  const lines = await linesOf([header, run]);
  expect(lines).toEqual([
    '{"type":"header","format":"mailwitness-evidence","version":1,"system":"corp.example","timezone":"Asia/Shanghai","from":"2026-09-30T16:00:00Z","to":"2026-10-31T16:00:00Z","checks":{"submission":{"interval_s":15},"imap":{"interval_s":60,"hold_s":180}},"product":"mailwitness 0.1.0"}\n',
    '{"type":"run","vantage":"hq","check":"imap","target":"imap.corp.example","ok":false,"from":"2026-09-30T16:00:00Z","to":"2026-09-30T16:02:00.250Z","samples":3,"cause":"auth","detail":"imap.corp.example said NO"}\n',
    `{"type":"seal","sha256":"${hashOf(lines.slice(0, 2).join(''))}","previous":""}\n`,
  ]);
});

test('line feeds and quotes in words stay inside their line', async () => {
  const lines = await linesOf([header, { ...run, detail: 'a\n"b"\r\n\u2028\uD800' }]);
  expect(lines.map((line) => line.indexOf('\n') === line.length - 1)).toEqual([true, true, true]);
});

test('a stream gets the same bytes as a function, is left open, and the hashes are those of the bytes', async () => {
  const facts: Fact[] = [header, ...many(5_000)];
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const written = await writeEvidence(asked(facts), out);
  expect(out.writableEnded).toBe(false);
  const file = Buffer.concat(chunks);
  const lines = await linesOf(facts);
  expect(file.toString()).toBe(lines.join(''));
  expect(written).toEqual({
    lines: 5_002,
    bytes: file.length,
    sha256: hashOf(file),
    seal: hashOf(lines.slice(0, -1).join('')),
  });
  expect([out.listenerCount('error'), out.listenerCount('close')]).toEqual([0, 0]);
});

test('a slow reader slows the facts down: no more than a block waits', async () => {
  let taken = 0;
  function* counted(): Iterable<Fact> {
    yield header;
    for (const fact of many(10_000)) {
      taken += 1;
      yield fact;
    }
  }
  let goOn = (): void => {};
  const out = new Writable({
    write(_chunk, _encoding, done) {
      goOn = done;
      out.emit('block');
    },
  });
  const first = once(out, 'block');
  const writing = writeEvidence(counted(), out);
  await first;
  const before = taken;
  expect(before).toBeLessThan(1_000);
  await new Promise(setImmediate);
  expect(taken).toBe(before);
  out.on('block', () => setImmediate(() => goOn()));
  goOn();
  expect((await writing).lines).toBe(10_002);
});

test('a function that waits is waited for', async () => {
  const order: string[] = [];
  await writeEvidence([header, run], async (line) => {
    order.push('begin');
    await new Promise(setImmediate);
    order.push(line.slice(9, 12));
  });
  expect(order).toEqual(['begin', 'hea', 'begin', 'run', 'begin', 'sea']);
});

describe('it rejects', () => {
  test('with the error of a stream that takes no more', async () => {
    const full = new Error('no space left');
    const out = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done, full) });
    await expect(writeEvidence([header, ...many(5_000)], out)).rejects.toBe(full);
  });

  test('when the stream is closed half-way', async () => {
    const out = new Writable({ write: () => out.destroy() });
    await expect(writeEvidence([header, ...many(5_000)], out)).rejects.toThrow(/closed|destroyed/);
  });

  test('with the error of the facts, and leaves no seal', async () => {
    const lines: string[] = [];
    function* broken(): Iterable<Fact> {
      yield header;
      throw new Error('the store is gone');
    }
    await expect(writeEvidence(broken(), (line) => void lines.push(line))).rejects.toThrow('the store is gone');
    expect(lines).toHaveLength(1);
  });

  test.each<[string, Fact[]]>([
    ['facts without a header', [run]],
    ['two headers', [header, header]],
    ['nothing at all', []],
  ])('%s', async (_name, facts) => {
    await expect(linesOf(facts)).rejects.toThrow(/header/);
  });
});

function* many(count: number): Iterable<Fact> {
  for (let at = 0; at < count; at += 1) {
    const from = START + at * 60_000;
    yield { ...run, ok: at % 2 === 0, from, to: from + 60_000, detail: `line ${at}` };
  }
}

async function* asked(facts: readonly Fact[]): AsyncIterable<Fact> {
  yield* facts;
}
