import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { allText, mailbox, PASSWORD, visitOnce, type Bench } from '../../test/support/check-bench.ts';
import { createStage, type Scene, type Stage } from '../../test/support/mail-stage.ts';
import { CUT, RESET, type Act, type Rule, type ScriptedLines } from '../../test/support/scripted-lines.ts';
import type { SubmissionSettings } from '../config/settings.ts';
import { Secret } from '../lib/secret.ts';
import type { Failure, Visit } from '../probe/visit.ts';

const USER = 'alice@corp.example';
let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterEach(() => stage.clear());

async function submit(
  scene: Scene,
  given: Partial<SubmissionSettings> = {},
  bench: Partial<Bench> = {},
  signal?: AbortSignal,
): Promise<{ visit: Visit; server: ScriptedLines }> {
  const server = await stage.serve(scene);
  const submission: SubmissionSettings = {
    host: 'localhost',
    port: server.port,
    tls: scene.implicit === true ? 'implicit' : 'starttls',
    ca: stage.ca,
    verify: true,
    user: USER,
    password: new Secret(PASSWORD),
    mail_from: USER,
    ...given,
  };
  const sink = {
    listen: { host: '127.0.0.1', port: 25 },
    domain: 'sink.example',
    max_size: 1,
    max_connections: 1,
    max_connections_per_address: 1,
    timeout: 1,
  };
  const visit = await visitOnce(
    'submission',
    { agent: { sink }, ...bench, system: { submission, ...bench.system } },
    signal,
  );
  return { visit, server };
}

const phasesOf = (visit: Visit): readonly string[] => visit.phases.map(({ phase }) => phase);

describe('submission', () => {
  test('a good visit goes as far as RCPT, inside and outside, sends no letter, and ends with RSET and QUIT', async () => {
    const { visit, server } = await submit({});
    expect(visit.failure).toBeUndefined();
    expect(server.lines).toEqual([
      'EHLO [127.0.0.1]',
      'STARTTLS',
      'EHLO [127.0.0.1]',
      `AUTH PLAIN ${Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64')}`,
      `MAIL FROM:<${USER}>`,
      `RCPT TO:<${USER}>`,
      'RCPT TO:<outside@sink.example>',
      'RSET',
      'QUIT',
    ]);
    expect(phasesOf(visit)).toEqual([
      'dns',
      'connect',
      'greeting',
      'ehlo',
      'starttls',
      'tls',
      'auth',
      'mail',
      'rcpt',
      'rset',
      'quit',
    ]);
    expect(visit.certificateExpiresAt).toBeGreaterThan(visit.endedAt);
    expect(visit.endedAt).toBeGreaterThanOrEqual(visit.startedAt);
  });

  test('implicit TLS needs no STARTTLS', async () => {
    const { visit, server } = await submit({ implicit: true });
    expect(visit.failure).toBeUndefined();
    expect(server.lines).not.toContain('STARTTLS');
    expect(phasesOf(visit).slice(0, 5)).toEqual(['dns', 'connect', 'tls', 'greeting', 'ehlo']);
  });

  test('without a sink no outside address is asked for, and the check names its mailboxes', async () => {
    const server = await stage.serve({});
    const submission = {
      host: 'localhost',
      port: server.port,
      tls: 'none',
      verify: true,
      user: USER,
      password: new Secret(PASSWORD),
      mail_from: USER,
    } as const;
    const mailboxes = [mailbox('alice'), mailbox('bob'), mailbox('carol')];
    const visit = await visitOnce('submission', {
      system: { submission, mailboxes },
      check: { mailboxes: ['bob', 'carol'] },
    });
    expect(visit.failure).toBeUndefined();
    expect(server.lines.filter((line) => line.startsWith('RCPT'))).toEqual([
      'RCPT TO:<bob@corp.example>',
      'RCPT TO:<carol@corp.example>',
    ]);
  });

  test('a password that the server repeats stands nowhere, nor does its base64', async () => {
    const { visit } = await submit({
      rules: [[/^AUTH/, `535 5.7.8 wrong: ${PASSWORD} (${Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64')})`]],
    });
    expect(visit.failure?.cause).toBe('auth');
    expect(allText(visit)).not.toContain(JSON.stringify(PASSWORD).slice(1, -1));
    expect(allText(visit)).not.toContain('hunter2');
    expect(allText(visit)).not.toContain(Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64').slice(0, 20));
  });

  test('a password that stands where what is no reply is cut stands nowhere either', async () => {
    const { visit } = await submit({ rules: [[/^AUTH/, `${'?'.repeat(76)}${PASSWORD}`]] });
    expect(visit.failure?.cause).toBe('protocol');
    expect(allText(visit)).not.toContain('hunt');
  });

  test('a short login that the server says back in base64 stands nowhere', async () => {
    const response = Buffer.from('\0me\0tiny').toString('base64');
    const { visit } = await submit(
      { rules: [[/^AUTH/, `535 bad ${response}`]] },
      { user: 'me', password: new Secret('tiny') },
    );
    expect(visit.failure?.words).toBe('535 bad ***');
    expect(allText(visit)).not.toContain(response);
  });

  const mechanisms: readonly [string, string, readonly Rule[], readonly string[]][] = [
    [
      'LOGIN where PLAIN is missing',
      'AUTH LOGIN',
      [
        [/^AUTH LOGIN/, '334 VXNlcm5hbWU6'],
        [/^YWxpY2VA/, '334 UGFzc3dvcmQ6'],
        [/^aHVudGVy/, '235 ok'],
      ],
      ['AUTH LOGIN', Buffer.from(USER).toString('base64'), Buffer.from(PASSWORD).toString('base64')],
    ],
    [
      'the old spelling AUTH=',
      'AUTH=PLAIN',
      [],
      [`AUTH PLAIN ${Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64')}`],
    ],
    [
      'CRAM-MD5 where nothing else is known',
      'AUTH GSSAPI CRAM-MD5',
      [
        [/^AUTH CRAM-MD5/, '334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2U+'],
        [/^YWxpY2VA/, '235 ok'],
      ],
      ['AUTH CRAM-MD5'],
    ],
  ];
  test.each(mechanisms)('it logs in by %s', async (_title, offer, rules, said) => {
    const { visit, server } = await submit({ rules: [[/^EHLO/, `250-x\n250-STARTTLS\n250 ${offer}`], ...rules] });
    expect(visit.failure).toBeUndefined();
    expect(server.lines).toEqual(expect.arrayContaining([...said]));
  });
});

const oddities: readonly [string, Scene, Partial<Failure>, RegExp][] = [
  [
    'a server that greets with 554',
    { greeting: '554 5.7.1 go away' },
    { cause: 'refused', phase: 'greeting', code: 554, enhanced: '5.7.1' },
    /refused the connection \(554 5\.7\.1 go away\); check submission\.host and submission\.port/,
  ],
  [
    'a server that greets with 421',
    { greeting: '421 4.3.2 too busy' },
    { cause: 'refused', phase: 'greeting', code: 421, enhanced: '4.3.2' },
    /too busy/,
  ],
  ['a server that closes at once', { greeting: CUT }, { cause: 'closed', phase: 'greeting' }, /closed the connection/],
  [
    'a server that says something else',
    { greeting: 'SSH-2.0-OpenSSH_9.2p1' },
    { cause: 'protocol', phase: 'greeting' },
    /what is no SMTP reply: "SSH-2\.0/,
  ],
  [
    'a banner of 10 MB',
    { greeting: `220-${'x'.repeat(10_485_760)}` },
    { cause: 'protocol', phase: 'greeting' },
    /a line of more than 8192 bytes/,
  ],
  [
    'a code that changes within a reply',
    { greeting: '220-one\n250 two' },
    { cause: 'protocol', phase: 'greeting' },
    /changed its code from 220 to 250/,
  ],
  [
    'an EHLO answered with 421',
    { rules: [[/^EHLO/, '421 4.7.0 later']] },
    { cause: 'refused', phase: 'ehlo', code: 421 },
    /refused EHLO/,
  ],
  [
    'a server that resets at EHLO',
    { rules: [[/^EHLO/, RESET]] },
    { cause: 'closed', phase: 'ehlo' },
    /broke the connection off|closed the connection/,
  ],
  [
    'STARTTLS missing where it is required',
    { rules: [[/^EHLO/, '250-x\n250 AUTH PLAIN']] },
    { cause: 'tls', phase: 'ehlo' },
    /does not offer STARTTLS; check submission\.tls/,
  ],
  [
    'a server that knows HELO only',
    { rules: [[/^EHLO/, '502 5.5.1 what?']] },
    { cause: 'tls', phase: 'ehlo' },
    /does not offer STARTTLS/,
  ],
  [
    'STARTTLS refused',
    { rules: [[/^STARTTLS/, '454 4.7.0 TLS not available']] },
    { cause: 'tls', phase: 'starttls', code: 454 },
    /refused STARTTLS/,
  ],
  [
    'an answer injected after STARTTLS',
    { rules: [[/^STARTTLS/, { tls: '220 go', inject: '250 injected\r\n' }]] },
    { cause: 'protocol', phase: 'starttls' },
    /in plain text between its reply to STARTTLS/,
  ],
  [
    'an expired certificate',
    { certificate: 'expired' },
    { cause: 'certificate', phase: 'tls' },
    /certificate of localhost expired on/,
  ],
  [
    'a certificate for another name',
    { certificate: 'other-name' },
    { cause: 'certificate', phase: 'tls' },
    /made out to other names/,
  ],
  [
    'a wrong password',
    { rules: [[/^AUTH/, '535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6']] },
    { cause: 'auth', phase: 'auth', command: 'AUTH PLAIN', code: 535, enhanced: '5.7.8' },
    /refused the login for alice@corp\.example \(535 5\.7\.8 .*check submission\.user and submission\.password/,
  ],
  [
    'a login that can not be judged now',
    { rules: [[/^AUTH/, '454 4.7.0 Temporary authentication failure']] },
    { cause: 'refused', phase: 'auth', code: 454 },
    /could not judge the login/,
  ],
  [
    'no login on offer',
    { rules: [[/^EHLO/, '250-x\n250-STARTTLS\n250 AUTH GSSAPI']] },
    { cause: 'refused', phase: 'auth' },
    /no login that is known here \(offered: GSSAPI\)/,
  ],
  [
    'a sender that is refused',
    { rules: [[/^MAIL/, '553 5.7.1 not your address']] },
    { cause: 'refused', phase: 'mail', command: 'MAIL FROM:<alice@corp.example>', code: 553 },
    /refused the sender .*check submission\.mail_from/,
  ],
  [
    'an inside recipient that is refused',
    { rules: [[/^RCPT.*corp/, '550 5.1.1 no such user']] },
    { cause: 'refused', phase: 'rcpt', command: 'RCPT TO:<alice@corp.example>', code: 550, enhanced: '5.1.1' },
    /refused the recipient alice@corp\.example .*check mailboxes\.alice\.address/,
  ],
  [
    'an outside recipient that is refused',
    { rules: [[/^RCPT.*sink/, '554 5.7.1 Relay access denied']] },
    { cause: 'refused', phase: 'rcpt', code: 554 },
    /outside@sink\.example \(554 5\.7\.1 Relay access denied\)/,
  ],
  [
    'a recipient that shall wait: a user of the system is not greylisted',
    { rules: [[/^RCPT/, '451 4.3.0 lookup failure']] },
    { cause: 'refused', phase: 'rcpt', code: 451 },
    /lookup failure/,
  ],
  [
    'a reply of many lines',
    { rules: [[/^MAIL/, '550-5.7.1 one\n550-5.7.1 two\n550 5.7.1 three']] },
    { cause: 'refused', code: 550, enhanced: '5.7.1', words: '550 5.7.1 one 5.7.1 two 5.7.1 three' },
    /three/,
  ],
  [
    'control characters in a refusal',
    { rules: [[/^MAIL/, '550 \u001b[2Jred\u0000\u0007']] },
    { cause: 'refused', words: '550  [2Jred' },
    /\(550  \[2Jred\)/,
  ],
];

describe('submission meets', () => {
  test.each(oddities)('%s', async (_title, scene, failure, words) => {
    const { visit } = await submit(scene);
    expect(visit.failure).toMatchObject({ ...failure, detail: expect.stringMatching(words) });
    expect(visit.failure?.detail).toMatch(/localhost/);
    expect(visit.failure?.words ?? '').not.toMatch(/\p{Cc}/u);
  });

  test.each(oddities.filter(([, , { cause }]) => cause === 'refused' || cause === 'auth'))(
    '%s, and takes leave all the same',
    async (_title, scene) => {
      const { server } = await submit(scene);
      expect(server.lines.at(-1)).toBe('QUIT');
      const inTransaction = server.lines.some((line) => line.startsWith('MAIL'));
      expect(server.lines.includes('RSET')).toBe(inTransaction);
    },
  );

  test('an enhanced code of another class, which is none', async () => {
    const { visit } = await submit({ rules: [[/^MAIL/, '550 2.0.0 confused']] });
    expect(visit.failure).toMatchObject({ cause: 'refused', code: 550 });
    expect(visit.failure).not.toHaveProperty('enhanced');
  });

  test('silence at a command, and the visit ends with its time limit', async () => {
    const { visit } = await submit({ rules: [[/^MAIL/, '']] }, {}, { check: { timeout: 300 } });
    expect(visit.failure).toMatchObject({
      cause: 'timeout',
      phase: 'mail',
      detail: expect.stringContaining('sent no complete line within 300 ms'),
    });
  });

  test('a call to stop, and ends at once', async () => {
    const controller = new AbortController();
    const stop: Act = () => {
      controller.abort();
      return '';
    };
    const { visit } = await submit({ rules: [[/^MAIL/, stop]] }, {}, { check: { timeout: 60_000 } }, controller.signal);
    expect(visit.failure).toMatchObject({
      cause: 'timeout',
      phase: 'mail',
      detail: expect.stringContaining('before the visit was called off'),
    });
  });

  test('a byte now and then, and the visit ends with its time limit', async () => {
    const trickle: Act = (socket) => {
      const timer = setInterval(() => socket.write('2'), 20);
      socket.on('close', () => clearInterval(timer));
    };
    const { visit } = await submit({ greeting: trickle }, {}, { check: { timeout: 200 } });
    expect(visit.failure).toMatchObject({ cause: 'timeout', phase: 'greeting' });
  });

  test.each([
    ['silent', ''],
    ['gone', CUT],
    ['cross', '421 4.4.2 enough'],
  ])('a server that is %s at QUIT: its work was done, the visit is good', async (_title, act) => {
    const { visit } = await submit({ rules: [[/^QUIT/, act]] }, {}, { check: { timeout: 600 } });
    expect(visit.failure).toBeUndefined();
    expect(phasesOf(visit)).toContain('quit');
  });

  test('a login with a line break: nothing of it is sent', async () => {
    const { visit, server } = await submit({}, { mail_from: 'a@b.example>\r\nRCPT TO:<c@d.example' });
    expect(visit.failure).toMatchObject({ cause: 'protocol', phase: 'mail' });
    expect(server.lines.some((line) => line.startsWith('RCPT'))).toBe(false);
  });
});
