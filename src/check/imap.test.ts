import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { allText, checksOf, mailbox, PASSWORD, visitOnce, type Bench } from '../../test/support/check-bench.ts';
import { createStage, type Scene, type Stage } from '../../test/support/mail-stage.ts';
import { CUT, type Rule, type ScriptedLines } from '../../test/support/scripted-lines.ts';
import type { EndpointSettings, MailboxSettings } from '../config/settings.ts';
import { Secret } from '../lib/secret.ts';
import type { Failure, Visit } from '../probe/visit.ts';

const GREETING = '* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS STARTTLS AUTH=PLAIN] ready';
const tagged =
  (status: string, untagged = ''): Rule[1] =>
  (_socket, match) =>
    `${untagged}${match[1] ?? ''} ${status}`;
const GOOD: readonly Rule[] = [
  [/^(A\d+) CAPABILITY/, tagged('OK done', '* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN STARTTLS\n')],
  [/^(A\d+) STARTTLS/, (_socket, match) => ({ tls: `${match[1]} OK go` })],
  [/^(A\d+) (LOGIN ".*"$|AUTHENTICATE PLAIN .)/, tagged('OK [CAPABILITY IMAP4rev1 IDLE] Logged in')],
  [/^(A\d+) AUTHENTICATE PLAIN$/, '+ '],
  [/^(A\d+) SELECT/, tagged('OK [READ-WRITE] done', '* FLAGS (\\Seen)\n* 3 EXISTS\n* 0 RECENT\n')],
  [/^(A\d+) (UID )?FETCH/, tagged('OK done', '* 3 FETCH (UID 7 FLAGS (\\Seen))\n')],
  [/^(A\d+) LOGOUT/, (socket, match) => void socket.end(`* BYE bye\r\n${match[1]} OK done\r\n`)],
];
const PLAIN = Buffer.from(`\0alice@corp.example\0${PASSWORD}`).toString('base64');

let stage: Stage;
beforeAll(async () => {
  stage = await createStage(GOOD, GREETING);
});
afterEach(() => stage.clear());

async function look(
  scene: Scene,
  given: Partial<EndpointSettings> = {},
  box: Partial<MailboxSettings> = {},
  bench: Partial<Bench> = {},
): Promise<{ visit: Visit; server: ScriptedLines }> {
  const server = await stage.serve(scene);
  const imap: EndpointSettings = {
    host: 'localhost',
    port: server.port,
    tls: scene.implicit === true ? 'implicit' : 'starttls',
    ca: stage.ca,
    verify: true,
    ...given,
  };
  return { server, visit: await visitOnce('imap', { ...bench, system: { imap, mailboxes: [mailbox('alice', box)] } }) };
}

test('a good visit logs in, opens INBOX, fetches the last letter, and takes leave', async () => {
  const { visit, server } = await look({});
  expect(visit.failure).toBeUndefined();
  expect(server.lines).toEqual([
    'A1 STARTTLS',
    'A2 CAPABILITY',
    'A3 LOGIN "alice@corp.example" "hunter2 \\"x\\\\"',
    'A4 SELECT INBOX',
    'A5 FETCH 3 (UID FLAGS)',
    'A6 LOGOUT',
  ]);
  expect(visit.phases.map(({ phase }) => phase)).toEqual([
    'dns',
    'connect',
    'greeting',
    'starttls',
    'tls',
    'auth',
    'select',
    'fetch',
    'quit',
  ]);
  expect(visit.certificateExpiresAt).toBeGreaterThan(visit.endedAt);
  expect(allText(visit)).not.toContain('hunter2');
  expect(visit.transcript.map(({ text }) => text)).toContain('A3 LOGIN ***');
});

test('each mailbox is a target, or those that the check names', () => {
  const system = {
    imap: { host: 'localhost', port: 1, tls: 'none', verify: true } as const,
    mailboxes: ['a', 'b', 'c'].map((name) => mailbox(name)),
  };
  expect(checksOf('imap', { system }).map(({ target }) => target)).toEqual(['a', 'b', 'c']);
  expect(checksOf('imap', { system, check: { mailboxes: ['c', 'b'] } }).map(({ target }) => target)).toEqual([
    'c',
    'b',
  ]);
});

describe('ways of logging in', () => {
  const rows: readonly [string, Scene, string, readonly string[]][] = [
    [
      'a password outside ASCII goes by AUTHENTICATE PLAIN',
      {},
      'pässwörd',
      [`A1 AUTHENTICATE PLAIN ${Buffer.from('\0alice@corp.example\0pässwörd').toString('base64')}`],
    ],
    [
      'where login is disabled, by AUTHENTICATE PLAIN',
      { greeting: '* OK [CAPABILITY IMAP4rev1 SASL-IR LOGINDISABLED AUTH=PLAIN] ready' },
      PASSWORD,
      [`A1 AUTHENTICATE PLAIN ${PLAIN}`],
    ],
    [
      'without SASL-IR the response waits for its turn',
      { greeting: '* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready', rules: [[/^AGFsaWNl/, 'A1 OK in']] },
      PASSWORD,
      ['A1 AUTHENTICATE PLAIN', PLAIN],
    ],
    [
      'a password outside ASCII goes as a literal where PLAIN is missing',
      {
        greeting: '* OK [CAPABILITY IMAP4rev1] ready',
        rules: [
          [/^A1 LOGIN \{18\}/, '+ go'],
          [/^alice@corp\.example \{10\}/, '+ go'],
          [/^pässwörd$/, 'A1 OK in'],
        ],
      },
      'pässwörd',
      ['A1 LOGIN {18}', 'alice@corp.example {10}', 'pässwörd'],
    ],
    [
      'one who is logged in already says nothing',
      { greeting: '* PREAUTH [CAPABILITY IMAP4rev1] hello' },
      PASSWORD,
      ['A1 SELECT INBOX'],
    ],
    [
      'capabilities are asked for when the greeting has none',
      { greeting: '* OK hello' },
      PASSWORD,
      ['A1 CAPABILITY', 'A2 LOGIN "alice@corp.example" "hunter2 \\"x\\\\"'],
    ],
  ];
  test.each(rows)('%s', async (_title, scene, password, said) => {
    const { visit, server } = await look({ ...scene, implicit: true }, {}, { password: new Secret(password) });
    expect(visit.failure).toBeUndefined();
    expect(server.lines.slice(0, said.length)).toEqual(said);
    expect(allText(visit)).not.toContain(password);
    expect(allText(visit)).not.toContain(PLAIN.slice(0, 24));
  });
});

test('an empty INBOX is asked by UID, which may match nothing', async () => {
  const { visit, server } = await look({
    rules: [
      [/^(A\d+) SELECT/, tagged('OK', '* 0 EXISTS\n')],
      [/^(A\d+) UID FETCH/, tagged('OK nothing')],
    ],
  });
  expect(visit.failure).toBeUndefined();
  expect(server.lines).toContain('A5 UID FETCH 1:* (UID FLAGS)');
});

test('literals in answers are read over, line ends and all', async () => {
  const { visit } = await look({
    rules: [[/^(A\d+) FETCH/, tagged('OK done', '* 3 FETCH (UID 7 BODY[] {9}\nA5 NO\nx\n FLAGS ())\n')]],
  });
  expect(visit.failure).toBeUndefined();
});

const rows: readonly [string, Scene, Partial<Failure>, RegExp][] = [
  [
    'BYE for a greeting',
    { greeting: '* BYE too many connections' },
    { cause: 'refused', phase: 'greeting', words: 'BYE too many connections' },
    /ended the session/,
  ],
  ['a close for a greeting', { greeting: CUT }, { cause: 'closed', phase: 'greeting' }, /closed/],
  [
    'another protocol',
    { greeting: '220 mail ESMTP' },
    { cause: 'protocol', phase: 'greeting' },
    /what is no IMAP: "220 mail ESMTP"/,
  ],
  [
    'STARTTLS missing',
    { greeting: '* OK [CAPABILITY IMAP4rev1] ready' },
    { cause: 'tls' },
    /does not offer STARTTLS; check imap\.tls/,
  ],
  [
    'STARTTLS refused',
    { rules: [[/^(A\d+) STARTTLS/, tagged('BAD no')]] },
    { cause: 'tls', phase: 'starttls' },
    /refused STARTTLS/,
  ],
  [
    'a greeting as one who is logged in, where STARTTLS is required',
    { greeting: '* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome' },
    { cause: 'protocol', phase: 'greeting' },
    /logged in already .*imap\.tls/,
  ],
  [
    'an answer injected after STARTTLS',
    { rules: [[/^A1 STARTTLS/, { tls: 'A1 OK go', inject: '* OK injected\r\n' }]] },
    { cause: 'protocol', phase: 'starttls' },
    /in plain text/,
  ],
  ['an expired certificate', { certificate: 'expired' }, { cause: 'certificate', phase: 'tls' }, /expired on/],
  [
    'a wrong password',
    { rules: [[/^(A\d+) LOGIN/, tagged('NO [AUTHENTICATIONFAILED] Authentication failed.')]] },
    { cause: 'auth', phase: 'auth', words: 'NO [AUTHENTICATIONFAILED] Authentication failed.' },
    /refused the login for alice@corp\.example .*check mailboxes\.alice\.user and mailboxes\.alice\.password/,
  ],
  [
    'a login that can not be judged now',
    { rules: [[/^(A\d+) LOGIN/, tagged('NO [UNAVAILABLE] Temporary authentication failure.')]] },
    { cause: 'refused', phase: 'auth' },
    /could not judge/,
  ],
  [
    'BYE at the login',
    { rules: [[/^A\d+ LOGIN/, '* BYE server shutting down']] },
    { cause: 'refused', phase: 'auth', words: 'BYE server shutting down' },
    /shutting down/,
  ],
  ['a cut at the login', { rules: [[/^A\d+ LOGIN/, CUT]] }, { cause: 'closed', phase: 'auth' }, /closed/],
  [
    'login disabled and nothing else on offer',
    { rules: [[/^(A\d+) CAPABILITY/, tagged('OK', '* CAPABILITY IMAP4rev1 LOGINDISABLED\n')]] },
    { cause: 'refused', phase: 'auth' },
    /permits no login .*check imap\.tls/,
  ],
  [
    'an INBOX that does not open',
    { rules: [[/^(A\d+) SELECT/, tagged('NO [SERVERBUG] Internal error')]] },
    { cause: 'refused', phase: 'select' },
    /refused to open INBOX/,
  ],
  [
    'an INBOX that does not count',
    { rules: [[/^(A\d+) SELECT/, tagged('OK')]] },
    { cause: 'protocol', phase: 'select' },
    /no EXISTS/,
  ],
  [
    'a FETCH that fails',
    { rules: [[/^(A\d+) FETCH/, tagged('NO disk error')]] },
    { cause: 'refused', phase: 'fetch' },
    /disk error/,
  ],
  [
    'a continuation that nobody asked for',
    { rules: [[/^A\d+ SELECT/, '+ more?']] },
    { cause: 'protocol', phase: 'select' },
    /continuation/,
  ],
  [
    'a tag that is not ours',
    { rules: [[/^A\d+ SELECT/, 'B7 OK']] },
    { cause: 'protocol', phase: 'select' },
    /no IMAP: "B7 OK"/,
  ],
  [
    'a literal of 4 GB',
    { rules: [[/^A\d+ FETCH/, '* 3 FETCH (BODY[] {4000000000}']] },
    { cause: 'protocol', phase: 'fetch' },
    /announced 4000000000 bytes/,
  ],
  [
    'untagged lines without end',
    { rules: [[/^A\d+ SELECT/, '* OK still here\n'.repeat(3_000)]] },
    { cause: 'protocol', phase: 'select' },
    /sent more than 2000 lines/,
  ],
];
test.each(rows)('it meets %s', async (_title, scene, failure, words) => {
  const { visit } = await look(scene);
  expect(visit.failure).toMatchObject({ ...failure, detail: expect.stringMatching(words) });
  expect(visit.failure?.detail).toMatch(/localhost/);
});

test.each(
  rows.filter(
    ([, { greeting }, { cause, words }]) =>
      greeting === undefined && (cause === 'refused' || cause === 'auth') && words?.startsWith('BYE') !== true,
  ),
)('it meets %s, and takes leave', async (_title, scene) => {
  expect((await look(scene)).server.lines.at(-1)).toMatch(/^A\d+ LOGOUT$/);
});

test('another client expunged the letter meanwhile: no failure', async () => {
  expect((await look({ rules: [[/^(A\d+) FETCH/, tagged('NO [EXPUNGEISSUED] gone')]] })).visit.failure).toBeUndefined();
});

test('silence ends with the time limit', async () => {
  const { visit } = await look({ rules: [[/SELECT/, '']] }, {}, {}, { check: { timeout: 300 } });
  expect(visit.failure).toMatchObject({ cause: 'timeout', phase: 'select' });
});
