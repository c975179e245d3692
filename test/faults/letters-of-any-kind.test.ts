import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeLetter, readOwnReport } from '../../src/observe/own-mail.ts';
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
});
