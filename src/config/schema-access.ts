import { isIP } from 'node:net';
import { z } from 'zod';
import { isOneLine } from '../lib/one-line.ts';
import { parsePasswordHash } from '../lib/password-hash.ts';
import { plainName } from '../lib/plain-name.ts';
import { Secret } from '../lib/secret.ts';
import type { Files } from './files.ts';
import { choice, duration, line, parsed } from './schema-leaf.ts';
import { needs, report, reportRepeated, section, soundItems } from './schema-section.ts';
import { certificateFile, keyKeys } from './schema-secret.ts';

// Who may look at the pages and enter there, and by which way they are reached.

/** viewer: looks. operator: of the provider, enters and withdraws. customer: approves. */
export const ROLES = ['viewer', 'operator', 'customer'] as const;
export type Role = (typeof ROLES)[number];

/** The keys of `agent` about it. */
export function accessKeys(files: Files) {
  return {
    base_path: parsed(
      'a path such as /mailwitness: letters, digits, dots, hyphens and underscores between slashes',
      parseBasePath,
    )
      .prefault('/')
      .describe(
        "Path under which a proxy shows the pages; it stands before every link and in the cookies' path. The proxy may take it off or leave it.",
      ),
    proxies: z
      .array(parsed('an IP address or a network such as 192.0.2.10 or 10.0.0.0/8', parseNetwork), {
        error: 'a list of addresses and networks such as [127.0.0.1, 10.0.0.0/8]',
      })
      .prefault([])
      .describe(
        'Proxies whose X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto are believed. []: nobody is, and these headers are passed over.',
      ),
    tls: tlsSchema(files)
      .optional()
      .describe('TLS of the pages, by files that are read again when they change. Default: none, for a proxy has it.'),
    pages: choice(['open', 'signed-in'])
      .prefault('open')
      .describe(
        'Who may look at pages and reports: open, whoever reaches the listener; signed-in, users, each their own systems. What is entered is for those who signed in, always.',
      ),
    chromium: line('the path of a Chromium such as /usr/bin/chromium, or none')
      .transform((text) => (text === 'none' ? text : files.resolve(text)))
      .optional()
      .describe(
        'Program that makes the PDF of a report, relative to this file; none: the browser of the reader makes it. Default: the first of chromium, chromium-browser, google-chrome on the path.',
      ),
    metrics: choice(['open', 'closed'])
      .prefault('open')
      .describe('Who may read /metrics: open, whoever reaches the listener; closed, who brings metrics_token.'),
    metrics_token: token(),
    metrics_token_file: tokenFile(files),
    users: z
      .array(userSchema(), {
        error: 'a list of users such as [{ name: Li Wei, role: operator, systems: all, password_hash: ... }]',
      })
      .prefault([])
      .describe(
        'Those who may sign in, to enter and approve exclusions and records. []: nobody, and these pages are closed.',
      ),
    session_idle: duration({ min: '1m', max: '24h', example: '30m' })
      .prefault('30m')
      .describe('Who asks for nothing this long is signed out.'),
    session_limit: duration({ min: '1m', max: '7d', example: '12h' })
      .prefault('12h')
      .describe('Who signed in this long ago signs in again.'),
  };
}

function userSchema() {
  const hash = 'a hash that `mailwitness user add` printed, in quotes';
  return section({
    name: z
      .string({ error: NAME })
      .transform((text) => text.normalize('NFC').trim())
      .refine((text) => isOneLine(text, 200), NAME)
      .describe('Name, as it stands in what is entered and in reports; no two users with the same.'),
    role: choice(ROLES).describe(
      'viewer: looks. operator: of the provider, enters, corrects and withdraws. customer: approves what somebody else entered.',
    ),
    systems: z
      .union([z.literal('all'), z.array(z.string()).min(1)], {
        error: 'all, or a list of systems of this file such as [hq]',
      })
      .prefault('all')
      .describe('The systems that it is for: all, or a list of their names.'),
    password_hash: z
      .string({ error: hash })
      .refine((text) => parsePasswordHash(text) !== undefined, hash)
      .transform((text) => new Secret(text))
      .describe('Hash of the password, made by `mailwitness user add NAME --role ROLE`; it prints as *** everywhere.'),
  });
}

const NAME = 'the name of a person, a line of at most 200 characters such as Li Wei';

/** A path alone: what stands in the files is read when the listener starts, and again when they change. */
function tlsSchema(files: Files) {
  const pathKeys = { certificate_file: certificateFile(files, 'tls/pages.pem', ''), ...keyKeys(files, '') };
  const path = (key: 'certificate_file' | 'key_file', expected: string, use: string) =>
    z
      .string({ error: expected })
      .superRefine((text, context) => {
        for (const { message } of pathKeys[key].safeParse(text).error?.issues ?? [])
          context.addIssue({ code: 'custom', message });
      })
      .transform((text) => files.resolve(text))
      .describe(use);
  return section({
    certificate_file: path(
      'certificate_file',
      'the path, relative to this file, of one that holds certificates in PEM form such as tls/pages.pem',
      'File with the certificate and its chain in PEM form, relative to this file.',
    ),
    key_file: path(
      'key_file',
      'the path, relative to this file, of one that holds a private key in PEM form such as tls/pages.key',
      'File with its private key in PEM form, relative to this file.',
    ),
  });
}

const TOKEN = 'a token of at least 16 letters, digits and - . _ ~ + / =, best from the environment such as ${METRICS_TOKEN}';

/** RFC 6750 2.1: what may follow `Bearer`. */
function isToken(text: string): boolean {
  return /^[A-Za-z0-9._~+/-]{16,500}=*$/.test(text);
}

function token() {
  return z
    .string({ error: TOKEN })
    .refine(isToken, TOKEN)
    .transform((text) => new Secret(text))
    .optional()
    .describe(
      'Token that Prometheus sends (`authorization: { credentials_file: ... }`), best as ${ENV}; it prints as *** everywhere. This or metrics_token_file.',
    );
}

function tokenFile(files: Files) {
  const expected = 'the path, relative to this file, of one that holds a token of at least 16 characters';
  return z
    .string({ error: expected })
    .transform((path, context): Secret => {
      const found = files.read(path);
      const text = 'text' in found ? found.text.trim() : '';
      if (isToken(text)) return new Secret(text);
      context.addIssue({ code: 'custom', message: `${expected} (${'why' in found ? found.why : 'it holds none'})` });
      return z.NEVER;
    })
    .optional()
    .describe('File that holds the token, relative to this file. This or metrics_token.');
}

interface Access {
  readonly pages: 'open' | 'signed-in';
  readonly metrics: 'open' | 'closed';
  readonly users: readonly { readonly name: string; readonly systems: 'all' | readonly string[] }[];
  readonly session_idle: number;
  readonly session_limit: number;
}

/** What these keys must hold together; `raw` is all of `agent`. */
export function checkAccess(raw: Access, context: z.RefinementCtx): void {
  if (raw.pages === 'signed-in' && Array.isArray(raw.users) && raw.users.length === 0)
    report(context, ['pages'], 'at least one entry in users, for nobody could look at the pages');
  if ('metrics_token' in raw && 'metrics_token_file' in raw)
    report(context, [], 'only one of metrics_token and metrics_token_file; both stand here');
  const hasToken = 'metrics_token' in raw || 'metrics_token_file' in raw;
  if (raw.metrics === 'closed' && !hasToken)
    report(context, ['metrics'], 'the key metrics_token or metrics_token_file, for nobody could read them');
}

export function checkUserNames(raw: Pick<Access, 'users'>, context: z.RefinementCtx): void {
  const names = soundItems(context, 'users', raw.users, ['name']).map(({ item, index }) => ({
    value: plainName(item.name),
    path: ['users', index, 'name'],
  }));
  reportRepeated(context, names, 'each name once, however it is spaced and capitalised; it stands further up already');
}

export const checkSessions = [
  (raw: Access, context: z.RefinementCtx): void => {
    if (raw.session_idle > raw.session_limit)
      report(context, ['session_idle'], 'a duration of at most session_limit');
  },
  needs('session_idle', 'session_limit'),
] as const;

/** Users are for systems that there are; says nothing while a system has a name that is none: it may be the one that is meant. */
export function checkUserSystems(
  { agent, systems }: { readonly agent: Pick<Access, 'users'>; readonly systems: readonly { readonly name: string }[] },
  context: z.RefinementCtx,
): void {
  const sound = soundItems(context, 'systems', systems, ['name']);
  if (!Array.isArray(systems) || sound.length !== systems.length) return;
  const known = sound.map(({ item }) => item.name);
  for (const [index, user] of agent.users.entries()) {
    if (user.systems === 'all') continue;
    for (const [at, name] of user.systems.entries())
      if (!known.includes(name))
        report(
          context,
          ['agent', 'users', index, 'systems', at],
          `the name of a system of this file: ${known.join(', ')}`,
        );
  }
}

/** Without its last slash: empty for the root, so that links are `${base_path}/report`. */
function parseBasePath(text: string): string | undefined {
  if (text === '/') return '';
  return /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+\/?$/.test(text) ? text.replace(/\/$/, '') : undefined;
}

export interface Network {
  readonly address: string;
  /** Leading bits that count. */
  readonly bits: number;
}

function parseNetwork(text: string): Network | undefined {
  const [, address = '', written] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const family = isIP(address);
  const all = family === 4 ? 32 : 128;
  const bits = written === undefined ? all : Number(written);
  return family === 0 || bits > all ? undefined : { address, bits };
}
