import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerBlock, readHeaders } from './headers.ts';
import { createTokens } from './token.ts';

const letter = [
  'Return-Path: <probe@corp.example>',
  'Received: from mail.corp.example (mail.corp.example [192.0.2.1])',
  '\tby sink.example with ESMTPS id 1;',
  '\tSun, 22 Nov 2026 17:00:01 +0000',
  'Received: from agent by mail.corp.example; Sun, 22 Nov 2026 17:00:00 +0000',
  'Subject: one',
  'SUBJECT: two',
  'X-Mailwitness: v=1;',
  ' instance=a',
  'Empty:',
  'Odd : spaced',
  'this is no field',
  '',
  'Subject: of the body',
];

describe('the headers of a message', () => {
  const cases: readonly [string, string, string, string | null][] = [
    ['the first of two fields of one name is read', letter.join('\r\n'), 'Subject', 'one'],
    ['bare line feeds will do', letter.join('\n'), 'Subject', 'one'],
    [
      'the case of a name does not matter',
      letter.join('\r\n').replace('X-Mailwitness', 'x-MAILWITNESS'),
      'X-Mailwitness',
      'v=1; instance=a',
    ],
    ['a folded value is unfolded', letter.join('\r\n'), 'x-mailwitness', 'v=1; instance=a'],
    ['an empty value is empty', letter.join('\r\n'), 'empty', ''],
    ['white space before the colon is let pass', letter.join('\r\n'), 'odd', 'spaced'],
    ['the body is not read', letter.join('\r\n').replace(/^subject: .*\r\n/gimu, ''), 'Subject', null],
    ['a message without headers has none', '\r\nSubject: x', 'Subject', null],
    ['a message without a body has headers', 'Subject: x', 'Subject', 'x'],
    ['a first line that is a continuation is passed over', ' x\r\nSubject: y', 'Subject', 'y'],
    ['an empty message has none', '', 'Subject', null],
    ['a name of the prototype is no field', 'Subject: x', 'constructor', null],
    ['a field past the bound is not read', `${'A: b\r\n'.repeat(20_000)}Subject: x`, 'Subject', null],
  ];
  it.each(cases)('%s', (_, message, name, value) => {
    expect(readHeaders(message).first(name)).toBe(value);
    expect(readHeaders(Buffer.from(message)).first(name)).toBe(value);
  });

  it('the Received hops are told as they stand, one line each', () => {
    expect(readHeaders(letter.join('\r\n')).received).toEqual([
      'from mail.corp.example (mail.corp.example [192.0.2.1]) by sink.example with ESMTPS id 1; Sun, 22 Nov 2026 17:00:01 +0000',
      'from agent by mail.corp.example; Sun, 22 Nov 2026 17:00:00 +0000',
    ]);
  });

  it('the block ends at the first empty line and at its bound', () => {
    expect(headerBlock('a: b\r\nc: d\r\n\r\nbody')).toBe('a: b\r\nc: d');
    expect(headerBlock('x'.repeat(100), 10)).toBe('x'.repeat(10));
    expect(headerBlock(Buffer.from('ä'.repeat(100)), 10)).toBe('ä'.repeat(10));
  });

  it('hold a signed token through folding at any of its spaces', () => {
    const tokens = createTokens({ instance: 'k3v9x', key: Buffer.alloc(32, 7) });
    const probe = {
      id: 'abcdefghijklmnop2345',
      system: 's',
      route: 'r',
      kind: 'outbound',
      mailbox: null,
      launchedAt: 1e12,
    } as const;
    const folded = tokens.sign(probe).replaceAll(' ', '\r\n\t ');
    const value = readHeaders(`Subject: x\r\nx-mailwitness: ${folded}\r\n\r\n`).first('X-Mailwitness') ?? '';
    expect(tokens.read(value)).toEqual({ kind: 'ours', probe });
  });

  it('never throw, whatever the bytes', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('Subject: a', ' b', '\t', '', ':', 'Received: x', '\u0000'),
    );
    const text = fc.array(line, { maxLength: 40 }).map((lines) => lines.join('\r\n'));
    const holds = fc.property(
      fc.oneof(
        text,
        fc.uint8Array({ maxLength: 2_000 }).map((it) => Buffer.from(it)),
      ),
      (message) => {
        const headers = readHeaders(message);
        return (
          headers.received.every((hop) => hop.length <= 1_000) && (headers.first('subject') ?? '').length <= 65_536
        );
      },
    );
    expect(fc.check(holds, { numRuns: 2_000 }).counterexample).toBeNull();
  });

  it('take no time that grows with the square of a hostile message', () => {
    const started = process.cpuUsage();
    for (const text of [' '.repeat(1e6), '\r\n '.repeat(3e5), 'a'.repeat(1e6), 'a:\r'.repeat(3e5)]) readHeaders(text);
    // A thousand times what it takes; a quadratic reader would need minutes.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10);
  });
});
