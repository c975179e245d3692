import { describe, expect, test } from 'vitest';
import type { Probe } from '../probe/probe.ts';
import { createTokens, newProbeId, TOKEN_HEADER } from '../probe/token.ts';
import { judgeLetter, readOwnReport } from './own-mail.ts';

const tokens = createTokens({ instance: 'here', key: Buffer.alloc(32, 7) });
const strangers = createTokens({ instance: 'there', key: Buffer.alloc(32, 8) });
const probe: Probe = { id: newProbeId(), system: 'corp', route: 'out', kind: 'outbound', mailbox: null, launchedAt: 1 };
const REPORT = 'Content-Type: multipart/report; boundary=b';

describe('what a letter is', () => {
  test.each([
    [
      'one with our token is a probe, under a Message-ID of its own or not',
      `${TOKEN_HEADER}: ${tokens.sign(probe)}`,
      { kind: 'probe', probe, renamed: true },
    ],
    [
      'our letter carries its Message-ID',
      `Message-ID: <mailwitness.${probe.id}@corp.example>\r\n${TOKEN_HEADER}: ${tokens.sign(probe)}`,
      { kind: 'probe', probe, renamed: false },
    ],
    [
      'a forged token is none',
      `${TOKEN_HEADER}: ${tokens.sign(probe).replace(/mac=..../, 'mac=0000')}`,
      { kind: 'forgery', what: 'forged' },
    ],
    [
      "nor is another agent's",
      `${TOKEN_HEADER}: ${strangers.sign(probe)}`,
      { kind: 'forgery', what: 'other-instance' },
    ],
    ['nor is one that says nothing', `${TOKEN_HEADER}: 1`, { kind: 'forgery', what: 'malformed' }],
    ['a report may be about a probe', REPORT, { kind: 'report' }],
    ['with a null return path too', `Return-Path: <>\r\n${REPORT}`, { kind: 'report' }],
    ['and with the one that Postfix writes for it', `Return-Path: <MAILER-DAEMON>\r\n${REPORT}`, { kind: 'report' }],
    ['one that somebody has sent is none', `Return-Path: <a@example.org>\r\n${REPORT}`, { kind: 'foreign' }],
    [
      'a token in the body says nothing',
      `Subject: x\r\n\r\n${TOKEN_HEADER}: ${tokens.sign(probe)}`,
      { kind: 'foreign' },
    ],
    ["all else is somebody's letter", 'Subject: dinner', { kind: 'foreign' }],
  ])('%s', (_name, head, kind) => {
    expect(judgeLetter(`${head}\r\n\r\n`, tokens)).toMatchObject(kind);
  });
});

describe('what a report says', () => {
  test.each([
    [
      "a failure is a bounce with the remote's words",
      'failed',
      '5.1.1',
      'smtp; 550 5.1.1 no such user',
      { permanent: true, words: '550 5.1.1 no such user', enhanced: '5.1.1' },
    ],
    [
      'an expired queue is permanent too',
      'failed',
      '4.4.1',
      'smtp; timed out',
      { permanent: true, words: 'timed out', enhanced: '4.4.1' },
    ],
    ['a delay is not', 'delayed', '4.4.1', 'smtp; later', { permanent: false, words: 'later', enhanced: '4.4.1' }],
    [
      'without words its status is told',
      'failed',
      '5.0.0',
      null,
      { permanent: true, words: '5.0.0', enhanced: '5.0.0' },
    ],
  ])('%s', (_name, action, status, diagnostic, bounce) => {
    const read = readOwnReport(report(tokens.sign(probe), action, status, diagnostic), tokens, 'alice', 5);
    expect(read).toEqual({
      probe,
      bounce: { kind: 'bounce', probeId: probe.id, signed: probe, at: 5, mailbox: 'alice', ...bounce },
    });
  });

  test('good news is ours to delete and nothing more', () => {
    expect(readOwnReport(report(tokens.sign(probe), 'relayed', '2.0.0', null), tokens, 'alice', 5)).toEqual({ probe });
  });

  test.each([
    ["somebody else's letter", strangers.sign(probe)],
    ['a letter with a forged token', tokens.sign(probe).replace(/mac=..../, 'mac=0000')],
  ])('one about %s is not ours', (_name, token) => {
    expect(readOwnReport(report(token, 'failed', '5.1.1', null), tokens, 'alice', 5)).toBeNull();
  });
});

function report(token: string, action: string, status: string, diagnostic: string | null): string {
  return [
    REPORT,
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; a@example.org',
    `Action: ${action}`,
    `Status: ${status}`,
    ...(diagnostic === null ? [] : [`Diagnostic-Code: ${diagnostic}`]),
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `${TOKEN_HEADER}: ${token}`,
    '',
    '--b--',
    '',
  ].join('\r\n');
}
