import { afterEach, beforeAll, expect, test } from 'vitest';
import { allText, checksOf, mailbox, PASSWORD, visitOnce, type Bench } from '../../test/support/check-bench.ts';
import { createStage, type Scene, type Stage } from '../../test/support/mail-stage.ts';
import { CUT, type Rule, type ScriptedLines } from '../../test/support/scripted-lines.ts';
import type { EndpointSettings } from '../config/settings.ts';
import type { CheckPort } from '../probe/ports.ts';
import { createTurns } from '../probe/turns.ts';
import { needsSecond } from '../probe/verdict-of-visits.ts';
import type { Failure, Visit } from '../probe/visit.ts';

const never = new AbortController().signal;

const GOOD: readonly Rule[] = [
  [/^STLS$/, { tls: '+OK go' }],
  [/^(USER|PASS) /, '+OK'],
  [/^STAT$/, '+OK 3 1200'],
  [/^CAPA$/, '-ERR unknown command'],
  [/^QUIT$/, (socket) => void socket.end('+OK bye\r\n')],
];

let stage: Stage;
beforeAll(async () => {
  stage = await createStage(GOOD, '+OK Dovecot ready.');
});
afterEach(() => stage.clear());

async function look(scene: Scene, bench: Partial<Bench> = {}): Promise<{ visit: Visit; server: ScriptedLines }> {
  const server = await stage.serve(scene);
  const pop3: EndpointSettings = {
    host: 'localhost',
    port: server.port,
    tls: scene.implicit === true ? 'implicit' : 'starttls',
    ca: stage.ca,
    verify: true,
  };
  return { server, visit: await visitOnce('pop3', { ...bench, system: { pop3, mailboxes: [mailbox('alice')] } }) };
}

test('a good visit logs in, counts the letters, and takes leave', async () => {
  const { visit, server } = await look({});
  expect(visit.failure).toBeUndefined();
  expect(server.lines).toEqual(['STLS', 'USER alice@corp.example', `PASS ${PASSWORD}`, 'STAT', 'QUIT']);
  expect(visit.phases.map(({ phase }) => phase)).toEqual([
    'dns',
    'connect',
    'greeting',
    'starttls',
    'tls',
    'auth',
    'stat',
    'quit',
  ]);
  expect(allText(visit)).not.toContain('hunter2');
});

test('implicit TLS needs no STLS', async () => {
  const { visit, server } = await look({ implicit: true });
  expect(visit.failure).toBeUndefined();
  expect(server.lines[0]).toBe('USER alice@corp.example');
});

test('a mailbox that our own watcher is in is visited when that is out again', async () => {
  const turns = createTurns();
  const server = await stage.serve({});
  const endTurn = await turns.take({ service: `localhost:${server.port}`, user: 'alice@corp.example' }, never);
  const pop3: EndpointSettings = { host: 'localhost', port: server.port, tls: 'starttls', ca: stage.ca, verify: true };
  const bench = { turns, system: { pop3, mailboxes: [mailbox('alice'), mailbox('bob')] } };
  const visitInTurn = async (port: CheckPort | undefined) => {
    const end = await port?.turn?.(never);
    return port?.visit(never).finally(() => end?.());
  };
  const [ofAlice, ofBob] = checksOf('pop3', bench);
  const waiting = visitInTurn(ofAlice);
  // Another one's mailbox is not waited for: by then the first visit would have come, too.
  expect(await visitInTurn(ofBob)).not.toHaveProperty('failure');
  expect(server.connections).toBe(1);
  endTurn();
  expect(await waiting).not.toHaveProperty('failure');
  expect(server.connections).toBe(2);
});

test.each(['-ERR [IN-USE] locked', '-ERR maildrop already locked', '-ERR unable to lock maildrop'])(
  'a mailbox that another session holds is an answer (%s)',
  async (words) => {
    const { visit, server } = await look({ rules: [[/^PASS/, words]] });
    expect(visit.failure).toBeUndefined();
    expect(server.lines.at(-1)).toBe('QUIT');
  },
);

const rows: readonly [string, Scene, Partial<Failure>, RegExp][] = [
  [
    '-ERR for a greeting',
    { greeting: '-ERR [SYS/TEMP] too busy' },
    { cause: 'refused', phase: 'greeting' },
    /refused the connection \(-ERR \[SYS\/TEMP\] too busy\); check pop3\.host/,
  ],
  ['a close for a greeting', { greeting: CUT }, { cause: 'closed', phase: 'greeting' }, /closed/],
  ['another protocol', { greeting: '* OK IMAP4 ready' }, { cause: 'protocol', phase: 'greeting' }, /what is no POP3/],
  [
    'STLS refused',
    { rules: [[/^STLS/, '-ERR unknown command']] },
    { cause: 'tls', phase: 'starttls' },
    /refused STLS .*check pop3\.tls/,
  ],
  [
    'an answer injected after STLS',
    { rules: [[/^STLS/, { tls: '+OK go', inject: '+OK injected\r\n' }]] },
    { cause: 'protocol', phase: 'starttls' },
    /in plain text/,
  ],
  [
    'a certificate for another name',
    { certificate: 'other-name' },
    { cause: 'certificate', phase: 'tls' },
    /made out to other names/,
  ],
  [
    'a wrong password',
    { rules: [[/^PASS/, '-ERR [AUTH] Authentication failed.']] },
    { cause: 'auth', phase: 'auth', words: '-ERR [AUTH] Authentication failed.' },
    /check mailboxes\.alice\.user and mailboxes\.alice\.password/,
  ],
  ['a wrong password without a code', { rules: [[/^PASS/, '-ERR no']] }, { cause: 'auth' }, /refused the login/],
  [
    'a login that can not be judged now',
    { rules: [[/^PASS/, '-ERR [SYS/TEMP] Temporary authentication failure.']] },
    { cause: 'refused', phase: 'auth' },
    /could not judge/,
  ],
  ['STAT refused', { rules: [[/^STAT/, '-ERR disk']] }, { cause: 'refused', phase: 'stat' }, /disk/],
  [
    'a STAT without numbers',
    { rules: [[/^STAT/, '+OK many']] },
    { cause: 'protocol', phase: 'stat' },
    /without two numbers: "many"/,
  ],
  [
    'an endless line',
    { rules: [[/^STAT/, '+'.repeat(20_000)]] },
    { cause: 'protocol', phase: 'stat' },
    /more than 8192 bytes/,
  ],
  ['an account that is locked', { rules: [[/^PASS/, '-ERR account locked']] }, { cause: 'auth' }, /refused the login/],
  [
    'a password that comes back',
    { rules: [[/^PASS/, `-ERR not ${PASSWORD}`]] },
    { cause: 'auth', words: '-ERR not ***' },
    /not \*\*\*/,
  ],
];
test.each(rows)('it meets %s', async (_title, scene, failure, words) => {
  const { visit } = await look(scene);
  expect(visit.failure).toMatchObject({ ...failure, detail: expect.stringMatching(words) });
  expect(allText(visit)).not.toContain('hunter2');
});

const CODES = '+OK\nUSER\nRESP-CODES\nAUTH-RESP-CODE\n.';
const refusals: readonly [string, string, string, Rule[1], Failure['cause'], boolean][] = [
  ['with [AUTH] is a wrong login', 'PASS', '-ERR [AUTH] no', CODES, 'auth', false],
  ['with [SYS/TEMP] is none', 'PASS', '-ERR [SYS/TEMP] later', CODES, 'refused', true],
  ['with [LOGIN-DELAY] is none', 'PASS', '-ERR [LOGIN-DELAY] too soon', CODES, 'refused', true],
  ['without a code, of a server that gives wrong logins one, is none', 'PASS', '-ERR sorry', CODES, 'refused', true],
  ['the same at USER', 'USER', '-ERR sorry', CODES, 'refused', true],
  ['without a code, of a server that knows others only', 'PASS', '-ERR no', '+OK\nRESP-CODES\n.', 'auth', false],
  ['without a code, of a server that knows no CAPA', 'PASS', '-ERR no', '-ERR unknown command', 'auth', false],
  ['without a code, of a server that hangs up then', 'PASS', '-ERR no', CUT, 'auth', false],
  ['without a code at STAT has nothing to do with the login', 'STAT', '-ERR no', CODES, 'refused', true],
];
test.each(refusals)('a refusal %s', async (_title, command, words, capabilities, cause, second) => {
  const { visit } = await look({
    rules: [
      [new RegExp(`^${command}`, 'u'), words],
      [/^CAPA$/, capabilities],
    ],
  });
  expect(visit.failure).toMatchObject({ cause, words });
  const { failure } = visit;
  expect(needsSecond({ ...(failure && { failure }), lagMs: 0, timeoutMs: 1_000 })).toBe(second);
});

test('silence ends with the time limit', async () => {
  const { visit } = await look({ rules: [[/^USER/, '']] }, { check: { timeout: 300 } });
  expect(visit.failure).toMatchObject({ cause: 'timeout', phase: 'auth' });
});
