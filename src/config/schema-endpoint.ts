import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import type { Files } from './files.ts';
import { address, choice, domain, duration, flag, host, hostMaybePort, line, parsed, port, whole } from './schema-leaf.ts';
import { needs, report, reportRepeated, section, soundItems } from './schema-section.ts';
import { certificateFile, certificatePem, eitherOf, keyKeys, passwordKeys, reportUnlessOne } from './schema-secret.ts';
import { parseAddress } from './host.ts';

// The ways into a mail system.

/** Default ports by `tls` (RFC 8314, RFC 6409). */
const PORTS = {
  submission: { starttls: 587, implicit: 465, none: 587 },
  imap: { starttls: 143, implicit: 993, none: 143 },
  pop3: { starttls: 110, implicit: 995, none: 110 },
} as const;

type Protocol = keyof typeof PORTS;

/** How a server's certificate is judged. */
function trustKeys(files: Files) {
  return {
    ca: certificatePem(
      'Certificates of a private CA as PEM text, trusted in place of the roots of the machine. This or ca_file.',
    ),
    ca_file: certificateFile(
      files,
      'tls/ca.pem',
      'File with the certificates of a private CA in PEM form, relative to this file; trusted in place of the roots of the machine.',
    ),
    server_name: host('mail.example.org')
      .optional()
      .describe(
        'Name that the certificate must carry and that SNI asks for. Default: the host. Needed where the host is an IP address or an internal name.',
      ),
    verify: flag()
      .prefault(true)
      .describe('Verify the certificate. false measures a server that anyone could pose as: for tests only.'),
  };
}

function dialKeys(files: Files, protocol: Protocol, tls: 'starttls' | 'implicit') {
  const ports = PORTS[protocol];
  return {
    host: host('mail.example.org').describe('Name or IP address of the server.'),
    port: port(ports[tls])
      .optional()
      .describe(`TCP port. Default by tls: ${ports.implicit} for implicit, ${ports.starttls} otherwise.`),
    tls: choice(['starttls', 'implicit', 'none'])
      .prefault(tls)
      .describe(
        'implicit: TLS from the first byte. starttls: required, never passed over. none: in the clear, passwords too; for tests only.',
      ),
    ...trustKeys(files),
  };
}

/** `ca_file` was read already: what it holds stands under `ca` from here on. */
function withCa<T extends { ca?: string | undefined; ca_file?: string | undefined }>(
  raw: T,
): Omit<T, 'ca' | 'ca_file'> & { ca?: string | undefined } {
  const { ca, ca_file, ...rest } = raw;
  const pem = ca ?? ca_file;
  return pem === undefined ? rest : { ...rest, ca: pem };
}

function withPort<T extends { port?: number | undefined; tls: 'starttls' | 'implicit' | 'none' }>(
  raw: T,
  protocol: Protocol,
): Omit<T, 'port'> & { port: number } {
  return { ...raw, port: raw.port ?? PORTS[protocol][raw.tls] };
}

const oneCa = [
  (raw: object, context: z.RefinementCtx) => reportUnlessOne(context, raw, ['ca', 'ca_file'], 0),
  needs(),
] as const;

/** IMAP or POP3: where it is; whose mailbox is asked stands with the mailboxes. */
export function endpointSchema(files: Files, protocol: 'imap' | 'pop3') {
  return section(dialKeys(files, protocol, 'implicit'))
    .superRefine(...oneCa)
    .transform((raw) => withPort(withCa(raw), protocol));
}

export function submissionSchema(files: Files) {
  return section({
    ...dialKeys(files, 'submission', 'starttls'),
    user: line('the name to log in with such as probe@example.org').describe(
      'Login of the account that sends the probes.',
    ),
    ...passwordKeys(files),
    mail_from: address('probe@example.org')
      .optional()
      .describe(
        'Envelope sender and From of the probes. Default: user, when that is a mail address. Bounces come back to it.',
      ),
  })
    .superRefine(...oneCa)
    .superRefine((raw, context) => reportUnlessOne(context, raw, ['password', 'password_file']), needs())
    .superRefine(
      (raw, context) => {
        if (raw.mail_from !== undefined || parseAddress(raw.user) !== undefined) return;
        report(context, [], 'the key mail_from such as probe@example.org, because user is no mail address', 'user');
      },
      needs('user', 'mail_from'),
    )
    .transform(({ password, password_file, mail_from, ...raw }) => ({
      ...withPort(withCa(raw), 'submission'),
      password: eitherOf(password, password_file),
      mail_from: mail_from ?? raw.user,
    }));
}

export function mxSchema(files: Files) {
  return section({
    hosts: z
      .array(hostMaybePort('mx1.example.org:25'), {
        error: 'a list of hosts such as [mx1.example.org, mx2.example.org]',
      })
      .min(1, 'at least one host such as mx1.example.org')
      .optional()
      .describe('Hosts in order of preference, host or host:port. This or domain.'),
    domain: domain('example.org')
      .optional()
      .describe('Domain whose MX records are looked up, as a foreign mail server does. This or hosts.'),
    port: port(25).prefault(25).describe('TCP port of hosts that name none.'),
    starttls: choice(['opportunistic', 'required', 'none'])
      .prefault('opportunistic')
      .describe(
        'opportunistic: STARTTLS when offered, the certificate not verified, as mail servers do. required: offered and verified, or it failed. none: never.',
      ),
    ...trustKeys(files),
    helo: domain('probe.example.net').describe(
      'Name given in EHLO. It should resolve to this machine, and its address back to it, or the probes look like spam.',
    ),
    mail_from: senderOrSink('probe@probe.example.net')
      .optional()
      .describe(
        'Envelope sender and From of inbound probes; the SPF record of its domain should allow this machine. sink: an address at agent.sink.domain, so that the sink takes their bounces. Default: mailwitness@ and the helo.',
      ),
    retry_after: duration({ min: '1s', max: '1h', example: '60s' })
      .prefault('60s')
      .describe(
        'Wait after the first temporary refusal (4xx) of an inbound probe; each further one doubles it, up to 15 minutes. Greylisting asks for one to five minutes.',
      ),
    dkim: dkimSchema(files)
      .optional()
      .describe('Signs inbound probes, so that they are not taken for spam. Default: not signed.'),
  })
    .superRefine(...oneCa)
    .superRefine((raw, context) => reportUnlessOne(context, raw, ['hosts', 'domain']), needs())
    .superRefine((raw, context) => {
      const named = soundItems(context, 'hosts', raw.hosts, []).map(({ item, index }) => ({
        value: `${item.host} ${item.port ?? raw.port}`.toLowerCase(),
        path: ['hosts', index],
      }));
      reportRepeated(context, named, 'each host once; it stands further up already');
    }, needs('port'))
    .transform(({ hosts, ...raw }) => ({ ...withCa(raw), ...withPorts(hosts, raw.port) }));
}

/** The word is no address, for it has no domain. */
function senderOrSink(example: string) {
  return parsed(`a mail address such as ${example}, or the word sink`, (text) =>
    text === 'sink' ? text : parseAddress(text),
  );
}

function withPorts(
  hosts: readonly { host: string; port: number | undefined }[] | undefined,
  port: number,
): { hosts?: { host: string; port: number }[] | undefined } {
  return hosts === undefined ? {} : { hosts: hosts.map((entry) => ({ host: entry.host, port: entry.port ?? port })) };
}

function dkimSchema(files: Files) {
  return section({
    domain: domain('probe.example.net').describe('Signing domain (d=), best that of mail_from.'),
    selector: domain('mailwitness').describe('Selector (s=): the public key stands at SELECTOR._domainkey.DOMAIN.'),
    ...keyKeys(files, 'RSA private key that signs.'),
  })
    .superRefine((raw, context) => reportUnlessOne(context, raw, ['key', 'key_file']), needs())
    .superRefine(
      (raw, context) => {
        const key = raw.key ?? raw.key_file;
        if (key === undefined || createPrivateKey(key.reveal()).asymmetricKeyType === 'rsa') return;
        // Signed as rsa-sha256 (RFC 6376): with another key the signature would be one that nobody can verify.
        report(context, [raw.key === undefined ? 'key_file' : 'key'], 'an RSA key, for it signs as rsa-sha256');
      },
      needs('key', 'key_file'),
    )
    .transform(({ key, key_file, ...raw }) => ({ ...raw, key: eitherOf(key, key_file) }));
}

export function webmailSchema(files: Files) {
  const expected = 'an http or https address without a login such as https://webmail.example.org/';
  return section({
    url: z
      .string({ error: expected })
      .refine(isWebAddress, expected)
      .describe('Page that is asked for with GET. No redirect to another host is followed.'),
    status: whole('an HTTP status from 100 to 599 such as 200', 100, 599)
      .prefault(200)
      .describe('Status that the page must answer with.'),
    text: line('a piece of text on one line such as Log in')
      .optional()
      .describe('Text that the page must hold. Without it a page that says "out of order" with status 200 is good.'),
    ...trustKeys(files),
  })
    .superRefine(...oneCa)
    .transform(withCa);
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

/** Limit of one visit, of one hand-over, of one question. */
export function timeout(example: string, max: string, use: string) {
  return duration({ min: '1s', max, example }).prefault(example).describe(use);
}
