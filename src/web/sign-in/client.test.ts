import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createClientReader } from './client.ts';

const PROXIES = [
  { address: '10.0.0.0', bits: 8 },
  { address: 'fd00::', bits: 8 },
];

const FORWARDED = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-host': 'w.example.net', 'x-forwarded-proto': 'https' };

test.each([
  ['nobody is believed who is no proxy', '192.0.2.1', FORWARDED, '192.0.2.1', 'own:9725', false],
  ['a proxy is', '10.1.2.3', FORWARDED, '192.0.2.7', 'w.example.net', true],
  ['a proxy over an IPv6 socket is', '::ffff:10.1.2.3', FORWARDED, '192.0.2.7', 'w.example.net', true],
  ['a proxy with an IPv6 address is', 'fd00::1', FORWARDED, '192.0.2.7', 'w.example.net', true],
  ['a proxy that says nothing', '10.1.2.3', {}, '10.1.2.3', 'own:9725', false],
  [
    'what a stranger wrote before the proxy did not',
    '10.1.2.3',
    { 'x-forwarded-for': '127.0.0.1, 192.0.2.7' },
    '192.0.2.7',
    'own:9725',
    false,
  ],
  [
    'proxies behind each other',
    '10.1.2.3',
    { 'x-forwarded-for': '192.0.2.7, 10.9.9.9' },
    '192.0.2.7',
    'own:9725',
    false,
  ],
  ['no address at all', '10.1.2.3', { 'x-forwarded-for': 'unknown' }, '10.1.2.3', 'own:9725', false],
  ['http before https', '10.1.2.3', { 'x-forwarded-proto': 'https, http' }, '10.1.2.3', 'own:9725', false],
])('%s', (_, remoteAddress, headers, address, host, secure) => {
  const request = { socket: { remoteAddress }, headers: { host: 'own:9725', ...headers } };
  expect(createClientReader(PROXIES)(request as unknown as IncomingMessage)).toEqual({ address, host, secure });
});
