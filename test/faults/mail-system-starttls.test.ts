import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import type { Undo } from '../lab/faults.ts';
import { startLab, type Lab, type LabPorts } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { proveOutage, type Outage, type What } from './mail-system-outage.ts';
import { configureDovecot, configurePostfix } from './mail-system-servers.ts';

/** What a server is while it restarts. */
const AWAY: readonly What[] = [
  { cause: 'connect' },
  { cause: 'closed' },
  { cause: 'timeout' },
  { cause: 'tls', line: 'cut' },
  // Postfix has nobody to ask.
  { cause: 'refused', code: 454, enhanced: '4.7.0' },
];

interface Row extends Pick<Outage, 'bad' | 'perhaps'> {
  readonly where: 'submission' | 'the MX' | 'IMAP' | 'POP3';
  readonly injected: string;
  readonly port: keyof LabPorts;
  readonly weaken: (lab: Lab) => Promise<Undo>;
  readonly system: (lab: Lab) => Readonly<Record<string, unknown>>;
  /** What the server itself offers then, in plain text. */
  readonly offers: { readonly ask: string; readonly answered: RegExp };
}

const rows: readonly Row[] = [
  {
    where: 'submission',
    injected: 'Postfix restarts without TLS there, with AUTH in plain text, and at the end as before',
    port: 'submission',
    weaken: (lab) =>
      configurePostfix(lab, 'master.cf', (text) =>
        text.replace('security_level=encrypt', 'security_level=none\n  -o smtpd_tls_auth_only=no'),
      ),
    system: () => ({}),
    offers: { ask: 'EHLO test.example\r\n', answered: /^(?![^]*STARTTLS)[^]*250-AUTH PLAIN/u },
    bad: {
      submission: { cause: 'tls', phase: 'ehlo', detail: /does not offer STARTTLS; check submission\.tls/u },
      outbound: { cause: 'tls', phase: 'starttls', detail: /submission\.tls asks for it/u },
      internal: { cause: 'tls', phase: 'starttls', detail: /submission\.tls asks for it/u },
    },
    perhaps: ['mx', 'inbound'],
  },
  {
    where: 'the MX',
    injected: 'Postfix restarts without TLS there, and at the end with it; mx.starttls is required',
    port: 'smtp',
    weaken: (lab) => configurePostfix(lab, 'main.cf', (text) => `${text}\nsmtpd_tls_security_level = none\n`),
    system: (lab) => ({
      mx: {
        hosts: [`127.0.0.1:${lab.ports.smtp}`],
        helo: 'probe.sink.example',
        retry_after: '1s',
        starttls: 'required',
        ca_file: lab.caFile,
        server_name: lab.hostname,
      },
    }),
    offers: { ask: 'EHLO test.example\r\n', answered: /^(?![^]*STARTTLS)[^]*^250 /mu },
    bad: {
      mx: { cause: 'tls', phase: 'ehlo', detail: /does not offer STARTTLS; check mx\.starttls/u },
      inbound: { cause: 'tls', phase: 'starttls', detail: /mx\.starttls asks for it/u },
    },
    perhaps: ['submission', 'outbound', 'internal'],
  },
  {
    where: 'IMAP',
    injected: 'Dovecot restarts without TLS there, and at the end with it; the system has no POP3',
    port: 'imap',
    weaken: (lab) => configureDovecot(lab, 'protocol imap {\n  ssl = no\n}'),
    system: (lab) => ({ imap: { ...trust(lab), port: lab.ports.imap }, pop3: undefined }),
    offers: { ask: 'a CAPABILITY\r\n', answered: /^(?![^]*STARTTLS)[^]*a OK/u },
    // The greeting's capabilities tell that there is none.
    bad: { imap: { cause: 'tls', phase: 'greeting', detail: /does not offer STARTTLS; check imap\.tls/u } },
    perhaps: ['submission', 'outbound', 'internal'],
  },
  {
    where: 'POP3',
    injected: 'Dovecot restarts without TLS there, and at the end with it; the system has no IMAP',
    port: 'pop3',
    weaken: (lab) => configureDovecot(lab, 'protocol pop3 {\n  ssl = no\n}'),
    system: (lab) => ({
      pop3: { ...trust(lab), port: lab.ports.pop3 },
      imap: undefined,
      mailboxes: Object.entries(lab.users).map(([name, { address, login, password }]) => ({
        ...{ name, address, user: login, password, watch: 'pop3' },
      })),
    }),
    offers: { ask: 'CAPA\r\n', answered: /^(?![^]*STLS)[^]*^\.\r$/mu },
    bad: { pop3: { cause: 'tls', phase: 'starttls', detail: /refused STLS .*check pop3\.tls/u } },
    perhaps: ['submission', 'outbound', 'internal'],
  },
];

describeLab('TLS that is required and not offered', () => {
  let lab: Lab;
  const lines: FaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('TLS that is required and not offered', lines);
  });

  test.each(rows.map((row) => [row.where, row] as const))(
    'a server without STARTTLS though it is required, at %s',
    async (where, { injected, port, weaken, system, offers, bad, perhaps }) => {
      let already = 0;
      lines.push(
        await proveOutage(lab, {
          name: `a server without STARTTLS though it is required, at ${where}`,
          injected,
          stage: { system: system(lab) },
          async inject() {
            const undo = await weaken(lab);
            expect(await answerTo(lab.ports[port], offers.ask, offers.answered)).toMatch(offers.answered);
            already = lab.truth.lines.length;
            return async () => {
              // It would have taken the password in plain text.
              const said = lab.truth.lines.slice(already).filter((line) => LOGINS[where].test(line));
              expect(said).toEqual([]);
              await undo();
            };
          },
          bad,
          ...(perhaps && { perhaps }),
          besides: AWAY,
          // Postfix starts no smtpd for a second after one that found no Dovecot.
          lingersMs: 1_500,
          also({ stage }) {
            expect(JSON.stringify(stage.events)).not.toMatch(/(?:alice|bob|carol)-secret/u);
          },
        }),
      );
      expect(lines.at(-1)?.recorded).not.toBe('');
    },
    90_000,
  );
});

/** What the logs of Postfix and Dovecot say of a login. Nobody of ours logs in to the MX. */
const LOGINS: Readonly<Record<Row['where'], RegExp>> = {
  submission: /submission\/smtpd.*(?:sasl_username|authentication failed)/u,
  'the MX': /postfix\/smtpd.*(?:sasl_username|authentication failed)/u,
  IMAP: /imap-login: (?:Info: )?(?:Login|.*auth failed)/u,
  POP3: /pop3-login: (?:Info: )?(?:Login|.*auth failed)/u,
};

function trust(lab: Lab) {
  return { ca_file: lab.caFile, server_name: lab.hostname, host: '127.0.0.1', tls: 'starttls' };
}

/** What a server says in plain text, from its greeting on, until that fulfils the pattern or the server closes. */
async function answerTo(port: number, ask: string, until: RegExp): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  let said = '';
  socket.on('error', (error) => (said += error.message));
  socket.setTimeout(20_000, () => socket.destroy());
  socket.once('data', () => socket.write(ask));
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    // The greeting alone is no answer.
    if (said.includes('\n', said.indexOf('\n') + 1) && until.test(said)) socket.end();
  });
  await once(socket, 'close');
  return said;
}
