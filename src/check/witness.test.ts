import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startBlackHole, type BlackHole } from '../../test/support/black-hole.ts';
import { startDnsStub, type DnsStub } from '../../test/support/dns-stub.ts';
import { CUT, startScriptedLines, type ScriptedLines } from '../../test/support/scripted-lines.ts';
import type { HostPort } from '../config/settings.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createResolver } from '../net/resolve.ts';
import type { Question } from '../probe/verdict-of-visits.ts';
import { createWitness } from './witness.ts';

let dns: DnsStub;
let open: ScriptedLines;
let hole: BlackHole;
let closedPort: number;

beforeAll(async () => {
  dns = await startDnsStub({
    'witness.example A': ['127.0.0.1'],
    'witness.example AAAA': [],
    'mute.example A': 'silent',
    'mute.example AAAA': 'silent',
  });
  hole = await startBlackHole('127.0.0.2');
});
afterAll(async () => {
  hole.close();
  await dns.close();
});
beforeEach(async () => {
  const closed = await startScriptedLines({ greeting: CUT });
  closedPort = closed.port;
  await closed.close();
  open = await startScriptedLines({ greeting: CUT });
});
afterEach(() => open.close());

function ask(what: Question, witnesses: readonly HostPort[]): Promise<string> {
  const resolver = createResolver({ servers: [dns.server], family: 'ipv4-first' });
  return createWitness({ witnesses, witness_timeout: 200 }, { clock: createSystemClock(), resolver }).ask(
    what,
    new AbortController().signal,
  );
}

type Where = 'open' | 'closed' | 'hole';
const rows: readonly [string, Question, readonly (readonly [string, Where])[], string][] = [
  ['nobody is configured', 'network', [], 'none'],
  ['one that accepts has answered', 'network', [['127.0.0.1', 'open']], 'answered'],
  ['one that refuses has answered: its RST came back', 'network', [['127.0.0.1', 'closed']], 'answered'],
  ['a RST that may be of our own firewall is no answer', 'connect', [['127.0.0.1', 'closed']], 'silent'],
  [
    'one of two that accepts is no firewall of ours',
    'connect',
    [
      ['127.0.0.1', 'closed'],
      ['127.0.0.1', 'open'],
    ],
    'answered',
  ],
  ['one that swallows packets is silent', 'network', [['127.0.0.2', 'hole']], 'silent'],
  [
    'one of two is enough',
    'network',
    [
      ['127.0.0.2', 'hole'],
      ['127.0.0.1', 'open'],
    ],
    'answered',
  ],
  ['a name that does not resolve is silent', 'network', [['missing.example', 'open']], 'silent'],
  ['a name that resolves is touched', 'network', [['witness.example', 'open']], 'answered'],
  [
    'addresses have no name to ask for',
    'dns',
    [
      ['127.0.0.1', 'open'],
      ['::1', 'open'],
    ],
    'unnamed',
  ],
  ['a name that resolves', 'dns', [['witness.example', 'closed']], 'answered'],
  ['a name that does not resolve', 'dns', [['missing.example', 'open']], 'silent'],
  [
    'one name of two resolves',
    'dns',
    [
      ['mute.example', 'open'],
      ['witness.example', 'open'],
    ],
    'answered',
  ],
  ['a DNS server that is silent', 'dns', [['mute.example', 'open']], 'silent'],
  ['a name of the hosts file says nothing of DNS', 'dns', [['localhost', 'open']], 'silent'],
];
test.each(rows)('%s', async (_title, what, witnesses, expected) => {
  const ports: Record<Where, number> = { open: open.port, closed: closedPort, hole: hole.port };
  expect(
    await ask(
      what,
      witnesses.map(([host, where]) => ({ host, port: ports[where] })),
    ),
  ).toBe(expected);
});

describe('a resolver that makes up an address for every name', () => {
  beforeEach(() => void (dns.zone['mailwitness.invalid A'] = ['127.0.0.1']));
  afterEach(() => void delete dns.zone['mailwitness.invalid A']);

  test.each<[string, Question, string, string]>([
    ['lets no name of a witness resolve', 'dns', 'witness.example', 'silent'],
    ['lets no witness be touched by its name', 'network', 'witness.example', 'silent'],
    ['changes nothing for one that is given by its address', 'network', '127.0.0.1', 'answered'],
  ])('%s', async (_title, what, host, expected) => {
    expect(await ask(what, [{ host, port: open.port }])).toBe(expected);
  });
});

describe('a resolver that does not tell whether it makes names up', () => {
  const questions = ['mailwitness.invalid A', 'mailwitness.invalid AAAA'];
  beforeEach(() => {
    for (const question of questions) dns.zone[question] = 'silent';
  });
  afterEach(() => {
    for (const question of questions) delete dns.zone[question];
  });

  test.each<[string, Question, string, string]>([
    ['keeps no witness that is given by its address from answering', 'network', '127.0.0.1', 'answered'],
    ['lets a name count that it knows', 'network', 'witness.example', 'answered'],
    ['lets the name of a witness resolve', 'dns', 'witness.example', 'answered'],
    ['makes no answer of a name that it does not know', 'dns', 'mute.example', 'silent'],
  ])('%s', async (_title, what, host, expected) => {
    const beside = { host: 'mute.example', port: open.port };
    expect(await ask(what, [{ host, port: open.port }, beside])).toBe(expected);
  });
});

test('called off it is silent at once', async () => {
  const resolver = createResolver({ servers: [dns.server], family: 'ipv4-first' });
  const witness = createWitness(
    { witnesses: [{ host: '127.0.0.2', port: hole.port }], witness_timeout: 60_000 },
    { clock: createSystemClock(), resolver },
  );
  const controller = new AbortController();
  const asked = witness.ask('network', controller.signal);
  controller.abort();
  expect(await asked).toBe('silent');
});
