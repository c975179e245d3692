import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTE_KINDS, type Probe } from './probe.ts';
import { createTokens, newProbeId } from './token.ts';

const key = Buffer.alloc(32, 7);
const tokens = createTokens({ instance: 'k3v9x', key });
const probe: Probe = {
  id: 'abcdefghijklmnop2345',
  system: 'corp.example',
  route: 'hq-out',
  kind: 'internal',
  mailbox: 'alice',
  launchedAt: 1_763_833_106_123.456,
};

const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,62}$/u);
const anyProbe = fc.record<Probe>({
  id: fc.stringMatching(/^[a-z2-7]{20}$/u),
  system: name,
  route: name,
  kind: fc.constantFrom(...ROUTE_KINDS),
  mailbox: fc.option(name),
  launchedAt: fc.integer({ min: 0, max: 4e15 }).map((us) => us / 1_000),
});

describe('a token', () => {
  it('says what the probe is, in clear', () => {
    expect(tokens.sign(probe)).toMatch(
      /^v=1; instance=k3v9x; system=corp\.example; route=hq-out; kind=internal; mailbox=alice; id=abcdefghijklmnop2345; at=1763833106123456; mac=[0-9a-f]{32}$/u,
    );
  });

  it('has no underscore and folds into lines of 78, whatever the names', () => {
    fc.assert(
      fc.property(anyProbe, (it) => {
        const value = tokens.sign(it);
        expect(value).not.toContain('_');
        expect(Math.max(...value.split(' ').map((word) => word.length))).toBeLessThan(76);
      }),
    );
  });

  it('is read back as the probe it was signed for, to the microsecond', () => {
    fc.assert(
      fc.property(anyProbe, (it) => {
        const launchedAt = Math.floor(it.launchedAt * 1_000) / 1_000;
        expect(tokens.read(tokens.sign(it))).toEqual({ kind: 'ours', probe: { ...it, launchedAt } });
      }),
    );
  });

  const good = tokens.sign(probe);
  const readings: readonly [string, string, string][] = [
    ['survives folding with CRLF and a tab', good.replaceAll(' ', '\r\n\t'), 'ours'],
    ['survives white space taken out', good.replaceAll(' ', ''), 'ours'],
    ['survives white space added around and inside', `  ${good.replaceAll('=', ' = ')} \t`, 'ours'],
    ['survives a fold inside a word', good.replace('mailbox', 'mail\r\n box'), 'ours'],
    ['of another store is another agent’s', createTokens({ instance: 'other', key }).sign(probe), 'other-instance'],
    [
      'signed with another key is forged',
      createTokens({ instance: 'k3v9x', key: Buffer.alloc(32) }).sign(probe),
      'forged',
    ],
    ['with another id is forged', good.replace('abcdefghij', 'bbcdefghij'), 'forged'],
    ['with another instant is forged', good.replace('at=1763', 'at=1764'), 'forged'],
    ['with another mailbox is forged', good.replace('alice', 'bob'), 'forged'],
    ['with its mailbox taken out is forged', good.replace('mailbox=alice; ', ''), 'forged'],
    ['with its last digit changed is forged', good.replace(/.$/u, (it) => (it === '0' ? '1' : '0')), 'forged'],
    ['that is cut is malformed', good.slice(0, -1), 'malformed'],
    ['with more behind it is malformed', `${good};x=1`, 'malformed'],
    ['in upper case is malformed', good.toUpperCase(), 'malformed'],
    ['of an unknown version is malformed', good.replace('v=1', 'v=2'), 'malformed'],
    ['of an unknown kind is malformed', good.replace('kind=internal', 'kind=sideways'), 'malformed'],
    ['that is empty is malformed', '', 'malformed'],
    ['that is a megabyte of white space is malformed', good + ' '.repeat(1 << 20), 'malformed'],
    ['with fullwidth digits is malformed', good.replace('v=1', 'v=１'), 'malformed'],
  ];
  it.each(readings)('%s', (_, value, kind) => {
    expect(tokens.read(value).kind).toBe(kind);
  });

  it('of the longest names fits the bound, folded', () => {
    const long = 'x'.repeat(63);
    const big = createTokens({ instance: long, key });
    const value = big.sign({ ...probe, system: long, route: long, mailbox: long, launchedAt: 9e12 });
    expect(big.read(value.replaceAll(' ', '\r\n        ')).kind).toBe('ours');
  });

  it.each([
    ['a system with an underscore', { system: 'a_b' }],
    ['a route with a separator', { route: 'a;id=x' }],
    ['a mailbox with a line break', { mailbox: 'a\nb' }],
    ['an id of another length', { id: 'abc' }],
    ['an instant that is none', { launchedAt: Number.NaN }],
  ])('is never signed for %s', (_, wrong) => {
    expect(() => tokens.sign({ ...probe, ...wrong })).toThrow('a token cannot say this probe');
  });

  it('is ours only when this store signed it: any text, any change of a good one', () => {
    const bare = (value: string): string => value.replace(/[ \t\r\n]+/gu, '');
    const holds = fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), mutated(good)),
      (value) => tokens.read(value).kind !== 'ours' || bare(value) === bare(good),
    );
    expect(fc.check(holds, { numRuns: 5_000 }).counterexample).toBeNull();
  });

  it('is refused for an instance that is no name', () => {
    expect(() => createTokens({ instance: 'A B', key })).toThrow('not a name');
  });
});

describe('an address at the sink', () => {
  const address = tokens.sinkAddress(probe.id, 'sink.example');

  it('has a lower-case local part under 64 characters', () => {
    expect(address).toMatch(/^[a-z0-9-]{53}@sink\.example$/u);
  });

  it.each([
    ['as it was made', address, probe.id],
    ['upper-cased by an MTA', address.toUpperCase(), probe.id],
    ['at another domain (the sink looks at that)', address.replace('sink.', 'other.'), probe.id],
    ['with another id', address.replace('abc', 'bbc'), null],
    [
      'of another key',
      createTokens({ instance: 'k3v9x', key: Buffer.alloc(32) }).sinkAddress(probe.id, 'sink.example'),
      null,
    ],
    ['of a stranger', 'postmaster@sink.example', null],
    ['with a tag', address.replace('@', '+x@'), null],
    ['without a domain', address.replace(/@.*/u, ''), null],
    ['empty', '', null],
    ['endless', address + 'x'.repeat(1 << 20), null],
  ])('is read %s', (_, given, id) => {
    expect(tokens.readSinkAddress(given)).toBe(id);
  });

  it('is ours only when this store made it', () => {
    const local = address.replace(/@.*/u, '@');
    const holds = fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), mutated(address)),
      (value) => tokens.readSinkAddress(value) === null || value.toLowerCase().startsWith(local),
    );
    expect(fc.check(holds, { numRuns: 5_000 }).counterexample).toBeNull();
  });
});

it('a MAC of an address is none of a token: the two uses do not mix', () => {
  const mac = tokens.sign(probe).slice(-32);
  expect(tokens.readSinkAddress(`${probe.id}-${mac}@sink.example`)).toBeNull();
});

it('an id is 20 characters of lower-case base32 and never the same', () => {
  const ids = Array.from({ length: 2_000 }, newProbeId);
  expect(new Set(ids).size).toBe(2_000);
  expect(ids.filter((id) => !/^[a-z2-7]{20}$/u.test(id))).toEqual([]);
  expect(new Set(ids.join('')).size).toBe(32);
});

/** The text with a few characters replaced, taken out or put in. */
function mutated(text: string): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat({ max: text.length }), fc.nat({ max: 3 }), fc.string({ maxLength: 3 }));
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce((it, [at, drop, put]) => it.slice(0, at) + put + it.slice(at + drop), text));
}
