import { expect, test } from 'vitest';
import { inNetworks, parseSpf } from './spf.ts';

test.each([
  [
    'v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx:mail.example include:_spf.example -all',
    {
      all: 'fail',
      networks: ['192.0.2.0/24', '2001:db8::/32'],
      a: [''],
      mx: ['mail.example'],
      includes: ['_spf.example'],
    },
  ],
  ['V=SPF1 +a:host.example/28 ~ALL', { all: 'softfail', networks: [], a: ['host.example'], mx: [], includes: [] }],
  ['v=spf1 -ip4:192.0.2.1 -a ?all', { all: 'neutral', networks: [], a: [], mx: [], includes: [] }],
  ['v=spf1 redirect=_spf.example', { all: 'redirect', networks: [], a: [], mx: [], includes: [] }],
  ['v=spf1 all', { all: 'pass', networks: [], a: [], mx: [], includes: [] }],
  ['v=spf1', { all: 'none', networks: [], a: [], mx: [], includes: [] }],
])('%s', (record, expected) => {
  expect(parseSpf(record)).toEqual(expected);
});

test.each(['v=spf10 -all', 'google-site-verification=abc', ''])('"%s" is no SPF record', (record) => {
  expect(parseSpf(record)).toBeNull();
});

test.each([
  ['192.0.2.7', ['192.0.2.0/24'], true],
  ['192.0.3.7', ['192.0.2.0/24'], false],
  ['192.0.2.7', ['192.0.2.7'], true],
  ['2001:db8::5', ['2001:db8::/32'], true],
  ['192.0.2.7', ['2001:db8::/32'], false],
  ['192.0.2.7', ['192.0.2.0/99', 'nonsense', '192.0.2.0/x', ''], false],
])('%s in %j: %s', (address, networks, expected) => {
  expect(inNetworks(address, networks)).toBe(expected);
});
