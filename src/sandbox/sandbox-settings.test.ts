import { expect, it } from 'vitest';
import { parseSettings } from '../config/load.ts';
import { Secret } from '../lib/secret.ts';
import { createCertificates } from './certificates.ts';
import { sandboxSettings, sandboxYaml } from './sandbox-settings.ts';
import type { SandboxAddresses } from './sandbox.ts';

const AGENT = { store: 'data/sandbox.db', sink: { host: '127.0.0.1', port: 2525 }, listen: '127.0.0.1:0' };

async function addresses(): Promise<SandboxAddresses> {
  const { ca } = await createCertificates('mail.sandbox.example');
  const accounts = ['alice', 'bob'].map((name) => {
    const address = `${name}@sandbox.example`;
    return { name, address, user: address, password: new Secret(`${name}'s`) };
  });
  return {
    host: '127.0.0.1',
    hostname: 'mail.sandbox.example',
    domain: 'sandbox.example',
    relayDomain: 'sink.example',
    ports: { submission: 587, submissions: 465, mx: 25, imap: 993, pop3: 995, webmail: 80 },
    ca,
    mailboxes: accounts,
    webmail: { url: 'http://127.0.0.1:80/', text: 'Sign in' },
  };
}

it('an agent beside the sandbox watches all three routes and all five ways in', async () => {
  const here = await addresses();
  const settings = sandboxSettings(here, AGENT, '/srv/witness');
  const [system] = settings.systems;
  expect(settings.agent.store).toBe('/srv/witness/data/sandbox.db');
  expect(settings.agent.sink).toMatchObject({ listen: AGENT.sink, domain: 'sink.example' });
  expect(system?.routes.map(({ kind, mailbox, interval }) => [kind, mailbox, interval])).toEqual([
    ['outbound', undefined, 5_000],
    ['inbound', 'alice', 5_000],
    ['internal', 'bob', 5_000],
  ]);
  expect(system?.checks.map(({ kind, interval }) => [kind, interval])).toEqual([
    ['submission', 3_000],
    ['mx', 3_000],
    ['imap', 3_000],
    ['pop3', 3_000],
    ['webmail', 3_000],
  ]);
  expect(system?.submission).toMatchObject({ port: 587, tls: 'starttls', ca: here.ca, verify: true });
  expect(system?.submission?.password.reveal()).toBe("alice's");
});

it('its YAML says the same to the loader of configurations', async () => {
  const here = await addresses();
  const read = parseSettings(sandboxYaml(here, AGENT), { file: 'sandbox.yaml', folder: '/srv/witness', env: {} });
  expect(read).toEqual(sandboxSettings(here, AGENT, '/srv/witness'));
});
