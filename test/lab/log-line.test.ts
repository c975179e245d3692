import { expect, test } from 'vitest';
import { parseLogLine, queueIdInstant, type LogEvent } from './log-line.ts';

const POSTFIX = 'Nov 22 17:44:22 mail postfix';
const rows: [string, string, LogEvent][] = [
  [
    'a client of submission',
    `${POSTFIX}/submission/smtpd[1]: 4jXbzp51fLzJ9MS: client=unknown[127.0.0.1], sasl_method=PLAIN`,
    { kind: 'client', queueId: '4jXbzp51fLzJ9MS', acceptedAt: 1_795_369_462_707.53 },
  ],
  [
    'the queue manager takes a bounce',
    `${POSTFIX}/qmgr[2]: 4jXbzp51fLzJ9MS: from=<>, size=445, nrcpt=1 (queue active)`,
    { kind: 'active', queueId: '4jXbzp51fLzJ9MS', sender: '' },
  ],
  [
    'an attempt that was deferred',
    `${POSTFIX}/lmtp[3]: 4jXbzp51fLzJ9MS: to=<b@x.example>, relay=none, delay=0.03, delays=0.014/0.016/0.5/0.25, dsn=4.4.1, status=deferred (connect to x: refused)`,
    {
      kind: 'attempt',
      queueId: '4jXbzp51fLzJ9MS',
      agent: 'lmtp',
      recipient: 'b@x.example',
      relay: 'none',
      status: 'deferred',
      reply: 'connect to x: refused',
      durationMs: 750,
    },
  ],
  [
    'Dovecot saved it',
    '1795369462.741163 lmtp(bob@x.example)<12989><w3i0K>: Info: msgid=<b85@x.example>: saved mail to INBOX',
    {
      kind: 'saved',
      at: 1_795_369_462_741.163,
      login: 'bob@x.example',
      mailbox: 'INBOX',
      messageId: '<b85@x.example>',
    },
  ],
  ['a line about no message', `${POSTFIX}/smtpd[1]: connect from unknown[127.0.0.1]`, { kind: 'other' }],
];

test.each(rows)('%s', (_name, line, event) => {
  expect(parseLogLine(line)).toEqual(event);
});

test('the instant in a long queue id is the one Postfix put there', () => {
  expect(queueIdInstant('4jXbzp51fLzJ9MS')).toBeCloseTo(1_795_369_462_707.53, 2);
});
