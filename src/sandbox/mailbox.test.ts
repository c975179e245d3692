import { describe, expect, it } from 'vitest';
import { Secret } from '../lib/secret.ts';
import { createMailbox } from './mailbox.ts';

const account = { name: 'bob', address: 'bob@sandbox.example', user: 'bob', password: new Secret('x') };
const AT = Date.UTC(2026, 2, 1);

describe('a mailbox', () => {
  it('keeps the newest 1000 letters', () => {
    const box = createMailbox(account, 1);
    for (let letter = 1; letter <= 1_005; letter++) box.deliver('INBOX', Buffer.from(`Subject: ${letter}\r\n\r\n`), AT);
    expect(box.list()).toHaveLength(1_000);
    expect(box.list()[0]?.raw).toContain('Subject: 6\r\n');
    expect(box.list().at(-1)?.uid).toBe(1_005);
  });

  it('keeps 32 MiB', () => {
    const box = createMailbox(account, 1);
    for (let letter = 0; letter < 5; letter++) box.deliver('INBOX', Buffer.alloc(9 * 1024 * 1024, 'x'), AT);
    expect(box.list().map(({ uid }) => uid)).toEqual([3, 4, 5]);
  });

  it.each([
    ['a bare CR', 'a\rb\r\n', 'a\r\nb\r\n'],
    ['a bare LF', 'a\nb\n', 'a\r\nb\r\n'],
    ['bytes above 127', Buffer.from([0xe9, 0x0d, 0x0a]), '\u00e9\r\n'],
  ])('keeps lines that end in CRLF and all bytes: %s', (_name, letter, expected) => {
    const box = createMailbox(account, 1);
    box.deliver('INBOX', Buffer.from(letter as string), AT);
    expect(box.list()[0]?.raw).toBe(expected);
  });
});
