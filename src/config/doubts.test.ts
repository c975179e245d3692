import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readFileSync } from 'node:fs';
import { examineText } from './load.ts';

const submission = { host: 'mail.example.org', user: 'probe@example.org', password: 'hunter2' };
const imap = { host: 'mail.example.org' };
const mailboxes = [{ name: 'a', address: 'probe@example.org', password: 'hunter2' }];
const webmail = { url: 'https://webmail.example.org/', text: 'Log in' };
const mx = { domain: 'example.org', helo: 'probe.example.net' };
const sink = { domain: 'probe.example.net' };

function doubts(system: object, agent: object = {}): readonly string[] {
  const text = stringify({ agent: { witnesses: [], ...agent }, systems: [{ name: 'hq', ...system }] });
  return examineText(text, { file: 'agent.yaml', folder: '/', env: {} }).doubts;
}

const cases: readonly (readonly [string, readonly string[], RegExp | null])[] = [
  ['nothing odd', doubts({ submission, mx, imap, mailboxes, webmail }, { sink }), null],
  ['465 is implicit TLS', doubts({ submission: { ...submission, port: 465 } }), /submission\.port: port 465 speaks TLS from/],
  ['587 is not', doubts({ submission: { ...submission, port: 587, tls: 'implicit' } }), /submission\.port: port 587 begins/],
  ['993 with starttls', doubts({ imap: { ...imap, port: 993, tls: 'starttls' }, mailboxes }), /imap\.port: port 993 speaks/],
  ['143 with implicit', doubts({ imap: { ...imap, port: 143 }, mailboxes }), /imap\.port: port 143 begins in the clear/],
  ['995 with starttls', doubts({ pop3: { ...imap, port: 995, tls: 'starttls' }, mailboxes }), /pop3\.port: port 995 speaks/],
  ['another port may be either', doubts({ imap: { ...imap, port: 10993, tls: 'starttls' }, mailboxes }), null],
  ['a password in the clear', doubts({ imap: { ...imap, tls: 'none' }, mailboxes }), /imap\.tls: the password goes out in the clear/],
  ['in the clear to this machine', doubts({ imap: { host: '127.0.0.1', tls: 'none' }, mailboxes }), null],
  ['anyone as the server', doubts({ imap: { ...imap, verify: false }, mailboxes }), /imap\.verify: anyone could pose/],
  ['a page without a text', doubts({ webmail: { url: webmail.url } }), /webmail: without text/],
  ['nothing to do', doubts({ webmail, checks: [], routes: [] }), /systems\[0\]: neither a check nor a route/],
  ['a throttling host', doubts({ imap: { host: 'outlook.office365.com' }, mailboxes }), /imap\.host: it throttles; pace: hosted/],
  ['a throttling host, hosted', doubts({ pace: 'hosted', imap: { host: 'imap.gmail.com' }, mailboxes }), null],
  [
    "the sink at the system's own domain",
    doubts({ submission, imap, mailboxes, routes: [{ kind: 'outbound' }] }, { sink: { domain: 'Example.org' } }),
    /systems\[0\]\.routes: outbound probes to agent\.sink\.domain example\.org stay inside/,
  ],
  [
    'a mailbox elsewhere than the MX',
    doubts({ mx: { ...mx, domain: 'other.example' }, imap, mailboxes, routes: [{ kind: 'inbound' }] }),
    /routes\[0\]: its mailbox a is not in mx\.domain other\.example/,
  ],
  ['this machine as a witness', doubts({ webmail }, { witnesses: ['localhost:22', 'dns.example.net:443'] }), /witnesses\[0\]: this machine/],
  ['witnesses without a name', doubts({ webmail }, { witnesses: ['192.0.2.1:443', '[2001:db8::1]:53'] }), /agent\.witnesses: none of them has a name/],
  ['a sink for nobody', doubts({ webmail }, { sink }), /agent\.sink: no system has an outbound route/],
  [
    'one login twice',
    doubts({ imap, mailboxes: [...mailboxes, { name: 'b', address: 'alias@example.org', user: 'Probe@example.org', password: 'hunter2' }] }),
    /mailboxes\[1\]: the same login at the same server as hq\/a/,
  ],
];

test.each(cases)('%s', (_, found, expected) => {
  expect(found).toHaveLength(expected === null ? 0 : 1);
  expect(found.join()).toMatch(expected ?? /^$/);
});

test('a doubt has its line, and they come in the order of lines', () => {
  const text = `agent:
  witnesses: []
systems:
  - name: hq
    submission:
      host: mail.example.org
      port: 465
      user: probe@example.org
      password: hunter2
    webmail: { url: https://webmail.example.org/ }
`;
  expect(examineText(text, { file: 'agent.yaml', folder: '/', env: {} }).doubts).toEqual([
    'agent.yaml:7: systems[0].submission.port: port 465 speaks TLS from the first byte; tls says starttls, not implicit',
    'agent.yaml:10: systems[0].webmail: without text, a page that says "out of order" with status 200 is good',
  ]);
});

test.each(['agent.example.yaml', 'agent.minimal.yaml'])('there is nothing odd in config/%s', (name) => {
  const text = readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8');
  const env = { HQ_PASSWORD: 'hunter2', HOSTED_PASSWORD: 'hunter2', MAIL_PASSWORD: 'hunter2' };
  expect(examineText(text, { file: name, folder: '/', env }).doubts).toEqual([]);
});
