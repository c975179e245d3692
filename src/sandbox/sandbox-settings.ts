import { stringify } from 'yaml';
import { filesOf } from '../config/files.ts';
import { settingsSchema } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import type { SandboxAddresses } from './sandbox.ts';

/** What the agent beside a sandbox is told, besides the sandbox itself. */
export interface SandboxAgent {
  /** SQLite file of the agent's store, relative to `folder` (of `sandboxSettings`) or to the YAML file. */
  readonly store: string;
  /** Where the agent's sink listens: what the sandbox relays to. */
  readonly sink: { readonly host: string; readonly port: number };
  /** `host:port` of the agent's pages; default as in the schema. */
  readonly listen?: string | undefined;
}

/** Settings of an agent that watches the sandbox, paths relative to `folder`. The authority stands in it: no file is needed. */
export function sandboxSettings(addresses: SandboxAddresses, agent: SandboxAgent, folder: string): Settings {
  return settingsSchema(filesOf(folder)).parse(sandboxConfig(addresses, agent));
}

/** The same as the text of a configuration file. */
export function sandboxYaml(addresses: SandboxAddresses, agent: SandboxAgent): string {
  return stringify(sandboxConfig(addresses, agent));
}

function sandboxConfig(addresses: SandboxAddresses, agent: SandboxAgent): object {
  const { host, ports, ca, mailboxes } = addresses;
  const [sender, ...others] = mailboxes;
  if (sender === undefined) throw new Error('sandbox: it has no mailbox');
  const receiver = others[0] ?? sender;
  // Short, so that a newcomer sees the page move.
  const route = { interval: '5s', timeout: '30s' };
  const check = { interval: '3s', timeout: '10s' };
  return {
    agent: {
      vantage: 'sandbox',
      store: agent.store,
      ...(agent.listen === undefined ? {} : { listen: agent.listen }),
      // Nothing of the sandbox leaves this machine, so there is no line of our own to doubt.
      witnesses: [],
      sink: { listen: `${agent.sink.host}:${agent.sink.port}`, domain: addresses.relayDomain },
    },
    systems: [
      {
        name: 'sandbox',
        submission: {
          host,
          port: ports.submission,
          tls: 'starttls',
          ca,
          user: sender.user,
          password: sender.password.reveal(),
          mail_from: sender.address,
        },
        mx: { hosts: [`${host}:${ports.mx}`], ca, helo: addresses.relayDomain, retry_after: '5s' },
        imap: { host, port: ports.imap, tls: 'implicit', ca },
        pop3: { host, port: ports.pop3, tls: 'implicit', ca },
        webmail: { url: addresses.webmail.url, text: addresses.webmail.text },
        mailboxes: mailboxes.map(({ name, address, user, password }) => ({
          name,
          address,
          user,
          password: password.reveal(),
          watch: 'imap',
        })),
        routes: [
          { kind: 'outbound', ...route },
          { kind: 'inbound', mailbox: sender.name, ...route },
          { kind: 'internal', mailbox: receiver.name, ...route },
        ],
        checks: ['submission', 'mx', 'imap', 'pop3', 'webmail'].map((kind) => ({ kind, ...check })),
      },
    ],
  };
}
