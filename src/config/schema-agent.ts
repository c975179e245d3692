import { X509Certificate, createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import type { Files } from './files.ts';
import { parseHostPort } from './host.ts';
import { accessKeys, checkAccess, checkSessions, checkUserNames } from './schema-access.ts';
import { timeout } from './schema-endpoint.ts';
import { choice, domain, duration, host, hostPort, line, name, parsed, size, whole } from './schema-leaf.ts';
import { certificateFile, certificatePem, eitherOf, keyKeys, reportUnlessOne } from './schema-secret.ts';
import { needs, report, reportRepeated, section, soundItems } from './schema-section.ts';
import { isIP } from 'node:net';

/** The foreign post office that receives outbound probes. */
function sinkSchema(files: Files) {
  return section({
    listen: hostPort('0.0.0.0:25', { listens: true })
      .prefault('127.0.0.1:2525')
      .describe(
        'Where the sink listens: loopback unless told otherwise. Other mail servers know no port but 25, so it is 0.0.0.0:25 (or "[::]:25", with IPv6) where the port is not forwarded.',
      ),
    domain: domain('probe.example.net').describe(
      'Domain whose MX record points here; outbound probes are addressed to it. Mail of strangers to it is refused before any data.',
    ),
    certificate: certificateSchema(files)
      .optional()
      .describe(
        'TLS certificate that STARTTLS shows. Default: a self-signed one, which is what mail servers expect of each other.',
      ),
    max_size: size({ min: '1kB', max: '100MB', example: '2MB' })
      .prefault('2MB')
      .describe('Largest letter that is taken; past it the connection is cut. Must hold the largest outbound probe, and 64kB for what mail servers add to it.'),
    max_connections: whole('a number of connections from 1 to 10000 such as 200', 1, 10_000)
      .prefault(200)
      .describe('Connections at once, from all addresses together: the bound of what strangers can take.'),
    max_connections_per_address: whole('a number of connections from 1 to 10000 such as 50', 1, 10_000)
      .prefault(50)
      .describe(
        'Connections at once from one address. Postfix opens 20 to one destination; the mail system must never be held up here.',
      ),
    timeout: duration({ min: '1s', max: '1h', example: '5m' })
      .prefault('5m')
      .describe('A connection that is silent this long is cut. RFC 5321 (4.5.3.2.7) grants a sender 5m.'),
  }).superRefine(
    (raw, context) => {
      if (raw.max_connections_per_address <= raw.max_connections) return;
      report(
        context,
        ['max_connections_per_address'],
        `a number of at most max_connections, which is ${raw.max_connections}`,
      );
    },
    needs('max_connections', 'max_connections_per_address'),
  );
}

function certificateSchema(files: Files) {
  return section({
    certificate: certificatePem('Certificate with its chain as PEM text. This or certificate_file.'),
    certificate_file: certificateFile(
      files,
      'tls/sink.pem',
      'File with the certificate and its chain in PEM form, relative to this file. This or certificate.',
    ),
    ...keyKeys(files, 'Private key of the certificate.'),
  })
    .superRefine((raw, context) => reportUnlessOne(context, raw, ['certificate', 'certificate_file']), needs())
    .superRefine((raw, context) => reportUnlessOne(context, raw, ['key', 'key_file']), needs())
    .superRefine(
      (raw, context) => {
        const certificate = raw.certificate ?? raw.certificate_file;
        const key = raw.key ?? raw.key_file;
        if (certificate === undefined || key === undefined) return;
        if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key.reveal()))) return;
        report(context, [], 'a certificate and its own private key; this key belongs to another certificate');
      },
      needs('certificate', 'certificate_file', 'key', 'key_file'),
    )
    .transform((raw) => ({
      certificate: eitherOf(raw.certificate, raw.certificate_file),
      key: eitherOf(raw.key, raw.key_file),
    }));
}

export function agentSchema(files: Files) {
  return section({
    vantage: name('office')
      .prefault('main')
      .describe(
        'Name of the place that this agent stands at. It marks all evidence, so no two agents that watch one system may share it.',
      ),
    store: line('the path of a file such as mailwitness.db')
      .transform((path) => files.resolve(path))
      .prefault('mailwitness.db')
      .describe(
        'SQLite file of all that was seen, relative to this file. On a local disk: SQLite and network disks do not go together.',
      ),
    listen: hostPort('127.0.0.1:9725', { listens: true })
      .prefault('127.0.0.1:9725')
      .describe(
        'Where pages, /metrics and /healthz are served. Before others reach it, think of tls, pages and metrics, or put a proxy before it.',
      ),
    host_names: z
      .array(host('mailwitness.example.net'), { error: 'a list of host names such as [mailwitness.example.net]' })
      .prefault([])
      .describe(
        'Further names under which pages and /metrics are asked for, say that of a container or of a proxy. Any other name is refused, because a web page elsewhere could point one at this machine.',
      ),
    ...accessKeys(files),
    witnesses: z
      .array(hostPort('dns.example.net:443'), {
        error:
          'a list of at least two host:port that are not the mail system such as [dns.example.net:443, "192.0.2.53:53"], or [] when there is nobody to ask',
      })
      .describe(
        'Hosts that are not the mail system, asked before a network failure is booked: is it me? At least two, best by name and with different providers. []: nobody to ask, and a cut line of our own is booked as that of the mail system.',
      ),
    witness_timeout: timeout('5s', '1m', 'Limit of one question to a witness.'),
    resolvers: z
      .array(parsed('the IP address of a DNS server such as 192.0.2.53 or "[2001:db8::53]:53"', parseResolver), {
        error: 'a list of DNS servers such as [192.0.2.53]',
      })
      .prefault([])
      .describe('DNS servers that are asked. []: those of the machine.'),
    address_family: choice(['ipv4-first', 'ipv6-first', 'ipv4-only', 'ipv6-only'])
      .prefault('ipv4-first')
      .describe(
        'Which addresses of a host are tried, and in what order. A family that this machine has no line for must be ruled out, or its failures are booked.',
      ),
    sink: sinkSchema(files)
      .optional()
      .describe('The foreign post office that outbound probes come out at. Without it there are no outbound routes.'),
    log_level: choice(['error', 'warn', 'info', 'debug'])
      .prefault('info')
      .describe('error: a person must act. warn: coped. info: the flow, one line an event. debug: more.'),
  })
    .superRefine(checkWitnesses, needs())
    .superRefine(checkAccess, needs('pages', 'metrics'))
    .superRefine(...checkSessions)
    .superRefine(checkUserNames, needs())
    .superRefine(
      (raw, context) => {
        const [pages, sink] = [raw.listen, raw.sink?.listen];
        if (sink === undefined || pages.port === 0 || sink.port !== pages.port || sink.host !== pages.host) return;
        report(context, ['sink', 'listen'], 'another host:port than agent.listen such as 127.0.0.1:2525');
      },
      needs('listen', 'sink.listen'),
    )
    .transform(({ metrics_token, metrics_token_file, ...rest }) => ({
      ...rest,
      metrics_token: metrics_token ?? metrics_token_file,
    }));
}

function checkWitnesses(
  raw: { readonly witnesses: readonly { readonly host: string }[] },
  context: z.RefinementCtx,
): void {
  if (!Array.isArray(raw.witnesses)) return;
  if (raw.witnesses.length === 1) {
    const expected = 'at least two witnesses, since one alone may be down itself, or [] when there is nobody to ask';
    report(context, ['witnesses'], expected);
  }
  const hosts = soundItems(context, 'witnesses', raw.witnesses, []).map(({ item, index }) => ({
    value: item.host.toLowerCase(),
    path: ['witnesses', index],
  }));
  reportRepeated(context, hosts, 'each witness on a host of its own; this host stands further up already');
}

/** As Node's resolver takes it: an IP address, with a port or not. */
function parseResolver(text: string): string | undefined {
  const found = parseHostPort(text);
  if (found === undefined || isIP(found.host) === 0 || found.port === 0) return undefined;
  if (found.port === undefined) return found.host;
  return found.host.includes(':') ? `[${found.host}]:${found.port}` : `${found.host}:${found.port}`;
}
