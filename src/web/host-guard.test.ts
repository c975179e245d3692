import { expect, test } from 'vitest';
import { createHostGuard } from './host-guard.ts';

const rows: readonly (readonly [string, string, string | undefined, boolean])[] = [
  ['the address it listens on', '10.1.2.3', '10.1.2.3:9464', true],
  ['that address without a port', '10.1.2.3', '10.1.2.3', true],
  ['localhost, whatever the port: it may be forwarded', '10.1.2.3', 'localhost:8080', true],
  ['localhost in capitals with a final dot', '127.0.0.1', 'LOCALHOST.:9464', true],
  ['another loopback address', '127.0.0.1', '127.9.9.9', true],
  ['IPv6 loopback in brackets', '::1', '[::1]:9464', true],
  ['a name that the operator listens on', 'witness.example.net', 'witness.example.net', true],
  ['a name that was configured', '127.0.0.1', 'status.example.net', true],
  ['a foreign name that resolves to us', '127.0.0.1', 'rebind.attacker.example', false],
  ['a foreign name though it listens everywhere', '0.0.0.0', 'rebind.attacker.example', false],
  ['any bare address where it listens everywhere', '0.0.0.0', '192.0.2.7:9464', true],
  ['any bare IPv6 address where it listens everywhere', '::', '[2001:db8::7]', true],
  ['another bare address where it listens on one', '10.1.2.3', '10.9.9.9', false],
  ['a name that begins like a loopback address', '127.0.0.1', '127.0.0.1.attacker.example', false],
  ['a name that begins like localhost', '127.0.0.1', 'localhost.attacker.example', false],
  ['user info before the name', '127.0.0.1', 'x@127.0.0.1', false],
  ['an empty one', '127.0.0.1', '', false],
  ['none', '127.0.0.1', undefined, false],
];

test.each(rows)('%s', (_, listen, header, answered) => {
  expect(createHostGuard({ host: listen, port: 9464 }, ['status.example.net'])(header)).toBe(answered);
});
