import { expect, test } from 'vitest';
import { readHop } from './received.ts';

const DATE = 'Sun, 1 Mar 2026 08:00:01 +0000';

test.each([
  [
    'a plain one',
    `from a.example by b.example with ESMTPS id 4cX for <p@b.example>; ${DATE}`,
    { from: 'a.example', by: 'b.example', with: 'ESMTPS', date: DATE },
  ],
  [
    'what a client called itself, in a comment',
    `from [192.0.2.1] (helo=by evil.example with FAKE; Mon) by b.example with ESMTP; ${DATE}`,
    { from: '[192.0.2.1]', by: 'b.example', with: 'ESMTP', date: DATE },
  ],
  [
    'comments in comments, and quoted parentheses',
    String.raw`from a (x (by evil) \) by evil \( y) by b.example (with FAKE) with LMTP; Sun (UTC)`,
    { from: 'a', by: 'b.example', with: 'LMTP', date: 'Sun' },
  ],
  [
    'a parenthesis in a quoted string opens no comment',
    `from "odd ( name" by b.example with ESMTP; ${DATE}`,
    { from: '"odd', by: 'b.example', with: 'ESMTP', date: DATE },
  ],
  [
    'a client that calls itself by',
    `from by by b.example with ESMTP; ${DATE}`,
    { from: 'by', by: 'b.example', with: 'ESMTP', date: DATE },
  ],
  ['no client and no date', 'by b.example with SMTP', { from: null, by: 'b.example', with: 'SMTP', date: null }],
  ['a comment that is never closed takes all behind it', `from a (by evil by b.example; ${DATE}`, null],
  ['a comment alone', '(by evil.example)', null],
  ['no words', ';', null],
])('%s', (_, field, hop) => {
  expect(readHop(field)).toEqual(hop);
});
