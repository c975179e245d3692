import { expect, test } from 'vitest';
import { createMask } from './mask.ts';

type Said = readonly ['C' | 'S', string, string];

const rows: readonly [string, readonly Said[]][] = [
  ['AUTH PLAIN with its response', [['C', 'AUTH PLAIN AGEAYg==', 'AUTH PLAIN ***']]],
  [
    'AUTH LOGIN asks twice',
    [
      ['C', 'auth login', 'auth login'],
      ['S', '334 VXNlcm5hbWU6', '334 ***'],
      ['C', 'YWxpY2U=', '***'],
      ['S', '334 UGFzc3dvcmQ6', '334 ***'],
      ['C', 'aHVudGVyMg==', '***'],
      ['S', '235 2.7.0 welcome', '235 2.7.0 welcome'],
      ['C', 'MAIL FROM:<a@b.example>', 'MAIL FROM:<a@b.example>'],
    ],
  ],
  [
    'a login that is refused is over: what follows is shown',
    [
      ['C', 'AUTH PLAIN AGEAYg==', 'AUTH PLAIN ***'],
      ['S', '535-5.7.8 Error:', '535-5.7.8 Error:'],
      ['S', '535 5.7.8 authentication failed', '535 5.7.8 authentication failed'],
      ['C', 'QUIT', 'QUIT'],
    ],
  ],
  ['IMAP LOGIN with strings', [['C', 'A1 LOGIN "alice" "hunter2"', 'A1 LOGIN ***']]],
  [
    'IMAP LOGIN with literals',
    [
      ['C', 'A1 LOGIN {5}', 'A1 LOGIN ***'],
      ['S', '+ OK', '+ ***'],
      ['C', 'alice {7}', '***'],
      ['S', '* CAPABILITY IMAP4rev1', '* CAPABILITY IMAP4rev1'],
      ['C', 'hunter2', '***'],
      ['S', 'A1 OK Logged in', 'A1 OK Logged in'],
      ['C', 'A2 SELECT INBOX', 'A2 SELECT INBOX'],
    ],
  ],
  ['IMAP AUTHENTICATE with a first response', [['C', 'A1 AUTHENTICATE PLAIN AGEAYg==', 'A1 AUTHENTICATE PLAIN ***']]],
  [
    'LOGOUT is no LOGIN',
    [
      ['C', 'A9 LOGOUT', 'A9 LOGOUT'],
      ['C', 'A10 NOOP', 'A10 NOOP'],
    ],
  ],
  [
    'POP3 USER is shown, PASS is not, spaces and all',
    [
      ['C', 'USER alice', 'USER alice'],
      ['C', 'PASS a b c', 'PASS ***'],
      ['S', '+OK Logged in.', '+OK Logged in.'],
      ['C', 'STAT', 'STAT'],
    ],
  ],
  ['APOP carries a digest', [['C', 'APOP alice c4c9334bac560ecc979e58001b3e22fb', 'APOP ***']]],
  ['long base64 is masked whoever says it', [['S', `250 ok ${'QUJD'.repeat(12)}==`, '250 ok ***']]],
  [
    'a queue id is shown',
    [['S', '250 2.0.0 Ok: queued as 4cXyZk1QpWz9vLt', '250 2.0.0 Ok: queued as 4cXyZk1QpWz9vLt']],
  ],
];

test.each(rows)('%s', (_title, said) => {
  const mask = createMask();
  for (const [who, line, shown] of said) expect(who === 'C' ? mask.client(line) : mask.server(line)).toBe(shown);
});

test('a hidden text is masked wherever it stands, the longest first', () => {
  const mask = createMask();
  mask.hide('hunter');
  mask.hide('hunter2');
  mask.hide('x');
  expect(mask.server('-ERR no such password: hunter2, hunter, x')).toBe('-ERR no such password: ***, ***, x');
});
