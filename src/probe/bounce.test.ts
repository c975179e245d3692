import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBounce } from './bounce.ts';
import { createTokens } from './token.ts';

const tokens = createTokens({ instance: 'k3v9x', key: Buffer.alloc(32, 7) });
const probe = {
  id: 'abcdefghijklmnop2345',
  system: 'corp',
  route: 'in',
  kind: 'inbound',
  mailbox: 'bob',
  launchedAt: 1e12,
} as const;
const token = tokens.sign(probe);
const original = [
  'X-Mailwitness: ' + token.replace('kind', '\r\n\tkind'),
  'Subject: mailwitness probe',
  'From: probe@agent.example',
];

const lines = (...parts: readonly (string | readonly string[])[]): string => parts.flat().join('\r\n');

/** As Postfix 3.7 writes it. */
const postfix = lines(
  'Return-Path: <>',
  'Date: Sun, 22 Nov 2026 17:00:01 +0000 (UTC)',
  'From: MAILER-DAEMON@mail.corp.example (Mail Delivery System)',
  'Subject: Undelivered Mail Returned to Sender',
  'To: probe@agent.example',
  'Auto-Submitted: auto-replied',
  'MIME-Version: 1.0',
  'Content-Type: multipart/report; report-type=delivery-status;',
  '\tboundary="4dDZ5k0Kzbz1F.1795366801/mail.corp.example"',
  'Content-Transfer-Encoding: 8bit',
  'Message-Id: <4dDZ5k1F@mail.corp.example>',
  '',
  'This is a MIME-encapsulated message.',
  '',
  '--4dDZ5k0Kzbz1F.1795366801/mail.corp.example',
  'Content-Description: Notification',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'This is the mail system at host mail.corp.example.',
  '',
  '<bob@corp.example>: host mail.corp.example[private/dovecot-lmtp] said: 552 5.2.2',
  '    <bob@corp.example> Quota exceeded (mailbox for user is full) (in reply to',
  '    end of DATA command)',
  '',
  '--4dDZ5k0Kzbz1F.1795366801/mail.corp.example',
  'Content-Description: Delivery report',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; mail.corp.example',
  'X-Postfix-Queue-ID: 4dDZ5k0Kzbz1F',
  'X-Postfix-Sender: rfc822; probe@agent.example',
  'Arrival-Date: Sun, 22 Nov 2026 17:00:01 +0000 (UTC)',
  '',
  'Final-Recipient: rfc822; bob@corp.example',
  'Original-Recipient: rfc822;bob@corp.example',
  'Action: failed',
  'Status: 5.2.2',
  'Remote-MTA: dns; mail.corp.example',
  'Diagnostic-Code: smtp; 552 5.2.2 <bob@corp.example> Quota exceeded (mailbox for',
  '    user is full)',
  '',
  '--4dDZ5k0Kzbz1F.1795366801/mail.corp.example',
  'Content-Description: Undelivered Message',
  'Content-Type: message/rfc822',
  'Content-Transfer-Encoding: 8bit',
  '',
  original,
  '',
  'body',
  '',
  '--4dDZ5k0Kzbz1F.1795366801/mail.corp.example--',
);

/** As Exim 4.96 writes it. */
const exim = lines(
  'X-Failed-Recipients: gone@other.example',
  'Auto-Submitted: auto-replied',
  'From: Mail Delivery System <Mailer-Daemon@other.example>',
  'To: probe@agent.example',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=1795366801-eximdsn-181173861',
  'MIME-Version: 1.0',
  'Subject: Mail delivery failed: returning message to sender',
  '',
  '--1795366801-eximdsn-181173861',
  'Content-type: text/plain; charset=us-ascii',
  '',
  'This message was created automatically by mail delivery software.',
  '',
  '--1795366801-eximdsn-181173861',
  'Content-type: message/delivery-status',
  '',
  'Reporting-MTA: dns; other.example',
  '',
  'Action: failed',
  'Final-Recipient: rfc822;gone@other.example',
  'Status: 5.0.0',
  'Remote-MTA: dns; mx.other.example',
  'Diagnostic-Code: smtp; 550 5.1.1 <gone@other.example>: Recipient address rejected: User unknown',
  '',
  '--1795366801-eximdsn-181173861',
  'Content-type: message/rfc822',
  '',
  original,
  '',
  'body',
  '',
  '--1795366801-eximdsn-181173861--',
);

/** As Exchange Online writes it: an alternative inside, two recipients, headers of the original only. */
const exchange = lines(
  'From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example>',
  'To: <probe@agent.example>',
  'Subject: Undeliverable: mailwitness probe',
  'MIME-Version: 1.0',
  'Content-Type: multipart/report; report-type=delivery-status;',
  ' boundary="bd9cc21f-0e60-428c-a218-1caeda839964"',
  'X-Mailwitness: v=1; not of the letter',
  '',
  '--bd9cc21f-0e60-428c-a218-1caeda839964',
  'Content-Type: multipart/alternative; differences=Content-Type; boundary="0626feff-75ff-4662-bf00-fec84a4483de"',
  '',
  '--0626feff-75ff-4662-bf00-fec84a4483de',
  'Content-Type: text/plain; charset="us-ascii"',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Delivery has failed to these recipients or groups:=20',
  '',
  '--0626feff-75ff-4662-bf00-fec84a4483de--',
  '',
  '--bd9cc21f-0e60-428c-a218-1caeda839964',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.exchangelabs.example',
  'Received-From-MTA: dns;mx.agent.example',
  'Arrival-Date: Sun, 22 Nov 2026 17:00:01 +0000',
  '',
  'Final-Recipient: rfc822;gone@contoso.example',
  'Action: failed',
  'Status: 5.1.10',
  'Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient gone@contoso.example not found by SMTP address lookup',
  'X-Display-Name: gone',
  '',
  'Final-Recipient: rfc822;slow@contoso.example',
  'Action: delayed',
  'Status: 4.4.7',
  '',
  '',
  '--bd9cc21f-0e60-428c-a218-1caeda839964',
  'Content-Type: text/rfc822-headers',
  '',
  original,
  '',
  '--bd9cc21f-0e60-428c-a218-1caeda839964--',
);

describe('a delivery report', () => {
  it('of Postfix tells the recipient, the status and the remote’s words, and whose letter it is about', () => {
    const report = readBounce(postfix);
    expect(report?.recipients).toEqual([
      {
        recipient: 'bob@corp.example',
        action: 'failed',
        status: '5.2.2',
        words: '552 5.2.2 <bob@corp.example> Quota exceeded (mailbox for user is full)',
      },
    ]);
    expect(tokens.read(report?.token ?? '')).toEqual({ kind: 'ours', probe });
    expect(readBounce(Buffer.from(postfix))).toEqual(report);
    expect(readBounce(postfix.replaceAll('\r\n', '\n'))).toEqual(report);
  });

  it('of Exim tells the same', () => {
    const report = readBounce(exim);
    expect(report?.recipients).toEqual([
      {
        recipient: 'gone@other.example',
        action: 'failed',
        status: '5.0.0',
        words: '550 5.1.1 <gone@other.example>: Recipient address rejected: User unknown',
      },
    ]);
    expect(tokens.read(report?.token ?? '').kind).toBe('ours');
  });

  it('of Exchange tells each recipient, and its own headers are not taken for those of the letter', () => {
    const report = readBounce(exchange);
    expect(report?.recipients.map(({ recipient, action, status }) => [recipient, action, status])).toEqual([
      ['gone@contoso.example', 'failed', '5.1.10'],
      ['slow@contoso.example', 'delayed', '4.4.7'],
    ]);
    expect(tokens.read(report?.token ?? '').kind).toBe('ours');
  });

  const statusPart = /Reporting-MTA[\s\S]*?full\)\r\n/u;
  const encoded = (encoding: string, encode: (text: string) => string): string =>
    postfix
      .replace(
        'Content-Type: message/delivery-status',
        `Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: ${encoding}`,
      )
      .replace(statusPart, encode);
  it.each([
    ['base64', encoded('base64', (text) => Buffer.from(text).toString('base64').replace(/.{76}/gu, '$&\r\n') + '\r\n')],
    [
      'quoted-printable',
      encoded('Quoted-Printable', (text) => text.replaceAll('=', '=3D').replace('Action', '=41ction')),
    ],
  ])('whose status a gateway has put into %s is read all the same', (_, message) => {
    expect(message).not.toBe(postfix);
    expect(readBounce(message)).toEqual(readBounce(postfix));
  });

  it('that lost its embedded letter has no token', () => {
    expect(readBounce(postfix.slice(0, postfix.indexOf('Content-Description: Undelivered')))?.token ?? null).toBeNull();
  });

  it.each([
    ['a plain letter', 'Subject: x\r\n\r\nAction: failed\r\n'],
    ['a letter with parts', postfix.replace('multipart/report', 'multipart/mixed')],
    ['a report without its status', postfix.replace('message/delivery-status', 'text/plain')],
    ['a report without recipients', postfix.replace('Action: failed', 'X: y')],
    ['a report without a boundary', postfix.replace(/\tboundary=.*\r\n/u, '\tx=y\r\n')],
    ['a read receipt', postfix.replace('message/delivery-status', 'message/disposition-notification')],
    ['nothing', ''],
  ])('is not %s', (_, message) => {
    expect(readBounce(message)).toBeNull();
  });

  it('has words without control characters, on one line, cut', () => {
    const hostile = postfix.replace(
      /Diagnostic-Code: .*/u,
      `Diagnostic-Code: smtp; \u001b[31m\u202e${'x'.repeat(60_000)}`,
    );
    const words = readBounce(hostile)?.recipients[0]?.words ?? '';
    expect(words).toMatch(/^\[31m x+$/u);
    expect(words.length).toBe(500);
  });

  it('never makes the reader throw, and no token that this store did not sign comes out of it as ours', () => {
    const seeds = [postfix, exim, exchange];
    const change = fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.string({ unit: 'binary', maxLength: 20 }));
    const mutated = fc.tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: 6 })).map(([seed, changes]) =>
      changes.reduce((it, [at, drop, put]) => {
        const index = at % (it.length + 1);
        return it.slice(0, index) + put + it.slice(index + drop);
      }, seed),
    );
    const holds = fc.property(fc.oneof(mutated, fc.string({ unit: 'binary' })), (message) => {
      const report = readBounce(message);
      const reading = tokens.read(report?.token ?? '');
      return reading.kind !== 'ours' || reading.probe.id === probe.id;
    });
    expect(fc.check(holds, { numRuns: 2_000 }).counterexample).toBeNull();
  });

  it('takes no time that grows with the square of a hostile message', () => {
    const head = 'Content-Type: multipart/report; boundary=b\r\n\r\n';
    const started = process.cpuUsage();
    for (const body of [
      '--b\r\n'.repeat(1e5),
      '\r\n'.repeat(3e5),
      '--b\r\nContent-Type: message/delivery-status\r\n\r\n' + '\n \n'.repeat(2e5),
      ' '.repeat(1e6),
    ]) {
      readBounce(head + body);
    }
    readBounce(`Content-Type: multipart/report${'; boundary'.repeat(1e5)}\r\n\r\n`);
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10);
  });
});
