import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeLetter, readOwnReport } from '../../src/observe/own-mail.ts';
import { readBounce } from '../../src/probe/bounce.ts';
import { headerBlock, readHeaders } from '../../src/probe/headers.ts';
import type { Probe } from '../../src/probe/probe.ts';
import { createTokens } from '../../src/probe/token.ts';
import { deliveredProbe, returnedProbe } from '../support/real-letters.ts';

// The readers one by one are tried beside their code; here a whole letter goes the way that a mailbox's go.

const tokens = createTokens({ instance: 'here', key: Buffer.alloc(32, 7) });
const another = createTokens({ instance: 'here', key: Buffer.alloc(32, 8) });
const probe: Probe = {
  ...{ id: 's5qf5rgwk3fqldaoro7g', system: 'lab', route: 'inbound', kind: 'inbound', mailbox: 'alice' },
  launchedAt: 1_795_385_872_857.441,
};

type Change = readonly [at: number, drop: number, put: string];

/** Real letters with pieces of themselves, and of anything else, put in, taken out and cut off. */
function changed(seeds: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('\r\n', '\n', '\r\n\r\n', '\r\n ', ':', ';', '--', '\0', 'X-Mailwitness:', 'mac=', '=\r\n', '"'),
    fc.tuple(fc.constantFrom(...seeds), fc.nat(), fc.nat({ max: 200 })).map(([seed, at, length]) => {
      const from = at % seed.length;
      return seed.slice(from, from + length);
    }),
  );
  const change: fc.Arbitrary<Change> = fc.tuple(fc.nat(), fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 4_000 })), piece);
  return fc.tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: 8 })).map(([seed, changes]) =>
    changes.reduce((text, [at, drop, put]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + put + text.slice(index + drop);
    }, seed),
  );
}

/** What is believed of a letter: the probes that it is, or is a report about. */
function believed(text: string): Probe[] {
  const letter = judgeLetter(text, tokens);
  const report = readOwnReport(text, tokens, 'alice', 5);
  return [...(letter.kind === 'probe' ? [letter.probe] : []), ...(report === null ? [] : [report.probe])];
}

const seedsOf = (of: typeof tokens): string[] => [deliveredProbe(of.sign(probe)), returnedProbe(of.sign(probe))];

describe('a letter of any kind', () => {
  test('that is untouched is what it is', () => {
    const [delivered = '', returned = ''] = seedsOf(tokens);
    expect(judgeLetter(delivered, tokens)).toMatchObject({ kind: 'probe', probe });
    expect(judgeLetter(returned, tokens)).toEqual({ kind: 'report' });
    expect(readOwnReport(returned, tokens, 'alice', 5)).toMatchObject({
      probe,
      bounce: { permanent: true, enhanced: '5.2.2', words: expect.stringContaining('Quota exceeded') },
    });
  });

  test('is read without a crash, and is believed of the probe that was signed, or of none', { timeout: 60_000 }, () => {
    const holds = fc.property(changed(seedsOf(tokens)), (text) => {
      for (const it of believed(text)) expect(it).toEqual(probe);
    });
    expect(fc.check(holds, { numRuns: 3_000 }).counterexample).toBeNull();
  });

  test('whose token another key signed is believed in no form', { timeout: 60_000 }, () => {
    const holds = fc.property(fc.oneof(changed(seedsOf(another)), fc.string({ unit: 'binary' })), (text) => {
      expect(believed(text)).toEqual([]);
    });
    expect(fc.check(holds, { numRuns: 3_000 }).counterexample).toBeNull();
  });

  test(
    'is read for its headers alone: one that stands there is found, wherever among the others',
    { timeout: 60_000 },
    () => {
      const letter = fc.tuple(changed(seedsOf(tokens)), fc.nat());
      const holds = fc.property(letter, ([text, at]) => {
        const headers = readHeaders(text);
        const { received } = headers;
        expect(received.length).toBeLessThanOrEqual(50);
        for (const hop of received) expect(hop).toMatch(/^[^\r\n]{0,1000}$/u);
        // Into a place where a field may begin: before one that is no continuation.
        const fields = headerBlock(text)
          .split(/\r?\n(?![ \t])/u)
          .filter((field) => field !== '');
        const place = at % (fields.length + 1);
        const put = [...fields.slice(0, place), 'X-Put-In: here\r\n it is', ...fields.slice(place)].join('\r\n');
        const isCut = place === 0 && /^[ \t]/u.test(fields[0] ?? '');
        const isThere = isCut || headers.first('X-Put-In') !== null;
        expect(isThere ? 'here it is' : readHeaders(put).first('x-put-in')).toBe('here it is');
      });
      expect(fc.check(holds, { numRuns: 2_000 }).counterexample).toBeNull();
    },
  );

  test('says what it says as a report in words that are fit to be shown', { timeout: 60_000 }, () => {
    let reports = 0;
    const holds = fc.property(changed([returnedProbe(tokens.sign(probe))]), (text) => {
      const report = readBounce(text);
      if (report === null) return;
      reports += 1;
      expect(report.recipients.length).toBeLessThanOrEqual(100);
      for (const { recipient, status, words } of report.recipients) {
        expect(status ?? '5.0.0').toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/u);
        for (const shown of [recipient, words]) {
          expect(shown.length).toBeLessThanOrEqual(500);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }
    });
    expect(fc.check(holds, { numRuns: 2_000 }).counterexample).toBeNull();
    expect(reports).toBeGreaterThan(200);
  });

  test(
    'of a piece that comes again and again is read in time that grows with its length alone',
    { timeout: 170_000 },
    () => {
      const pieces = [
        '\r\n',
        '\n',
        ' ',
        '\t',
        ':',
        ';',
        '=',
        '"',
        '--b',
        '\r\n ',
        '\n\n',
        'a: b\r\n',
        'boundary=',
        '; boundary="',
      ];
      const fragment = fc.array(fc.constantFrom(...pieces, 'Action: failed\n', 'Status: 5.', 'mac=', 'Received: x\n'), {
        minLength: 1,
        maxLength: 4,
      });
      const head =
        'Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n';
      const before = fc.constantFrom('', 'X-Mailwitness: v=1; ', 'Content-Type: multipart/report', head);
      const holds = fc.property(before, fragment, fc.constantFrom('', 'x', '\r\n\r\nx'), (begin, parts, end) => {
        const part = parts.join('');
        const text = begin + part.repeat(Math.ceil(200_000 / part.length)) + end;
        const started = process.cpuUsage();
        believed(text);
        tokens.readSinkAddress(text);
        // Some hundred times what it takes; were each character to be looked at once for each other one, it would be minutes.
        expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10);
      });
      expect(fc.check(holds, { numRuns: 150 }).counterexample).toBeNull();
    },
  );
});
