import { expect, test } from 'vitest';
import { isOwnOrigin } from './origin.ts';

test.each([
  ['http://witness.example.net:9725', 'witness.example.net:9725', false, true],
  ['https://witness.example.net', 'witness.example.net', true, true],
  ['https://witness.example.net', 'witness.example.net:443', true, true],
  ['https://witness.example.net', 'witness.example.net', false, true],
  ['http://witness.example.net', 'witness.example.net', true, false],
  ['http://witness.example.net:81', 'witness.example.net', false, false],
  ['http://attacker.example', 'witness.example.net', false, false],
  ['http://witness.example.net.attacker.example', 'witness.example.net', false, false],
  ['null', 'witness.example.net', false, false],
  ['', 'witness.example.net', false, false],
  ['file://witness.example.net', 'witness.example.net', false, false],
  ['http://witness.example.net', undefined, false, false],
])('%s of %s, by TLS %s: %s', (origin, host, secure, own) => {
  expect(isOwnOrigin(origin, { host, secure })).toBe(own);
});
