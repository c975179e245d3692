import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { Secret } from '../lib/secret.ts';
import type { Files } from './files.ts';
import { report } from './schema-section.ts';

/** What stands under these keys is never printed, whatever is wrong with it. */
export const SECRET_KEYS: ReadonlySet<PropertyKey> = new Set(['password', 'key', 'password_hash', 'metrics_token']);

/** What is shorter would blot out half of what a server says, or stand in it unhidden (see net/mask.ts). */
const SHORTEST = 3;
const TOO_SHORT = `a password of at least ${SHORTEST} characters; a shorter one cannot be hidden in what a server says`;

/** A password, in the file or in one of its own. */
export function passwordKeys(files: Files) {
  const expected =
    'a password as text, best from the environment such as ${MAIL_PASSWORD}; in quotes when it is a number';
  const inFile = fileText(
    files,
    'the path, relative to this file, of one that holds the password such as secrets/mail-password',
    isNotEmpty,
  );
  return {
    password: z
      .string({ error: expected })
      .min(1, { error: expected, abort: true })
      .refine((text) => text.length >= SHORTEST, TOO_SHORT)
      .transform((text) => new Secret(text))
      .optional()
      .describe(
        'Password, best as ${ENV}. It may stand here as text; it prints as *** everywhere. This or password_file.',
      ),
    password_file: inFile
      // Editors end a file with a line feed; no password does.
      .transform((text) => text.replace(/\r?\n$/, ''))
      .refine((text) => text.length >= SHORTEST, TOO_SHORT)
      .transform((text) => new Secret(text))
      .optional()
      .describe(
        'File that holds the password (a Docker or Kubernetes secret), relative to this file. This or password.',
      ),
  };
}

/** A private key in PEM form, in the file or in one of its own. */
export function keyKeys(files: Files, use: string) {
  const expected = 'a private key in PEM form (-----BEGIN PRIVATE KEY-----)';
  const inFile = fileText(
    files,
    'the path, relative to this file, of one that holds a private key in PEM form such as tls/key.pem',
    isPrivateKey,
  );
  return {
    key: pem(expected, isPrivateKey)
      .transform((text) => new Secret(text))
      .optional()
      .describe(`${use} PEM text, best as \${ENV}; it prints as *** everywhere. This or key_file.`),
    key_file: inFile
      .transform((text) => new Secret(text))
      .optional()
      .describe(`${use} File in PEM form, relative to this file. This or key.`),
  };
}

/** Certificates in PEM form (no secret), under `certificate` or `ca`, in the file or in one of its own. */
export function certificatePem(use: string) {
  return pem('certificates in PEM form (-----BEGIN CERTIFICATE-----)', isCertificate).optional().describe(use);
}

export function certificateFile(files: Files, example: string, use: string) {
  const expected = `the path, relative to this file, of one that holds certificates in PEM form such as ${example}`;
  return fileText(files, expected, isCertificate).optional().describe(use);
}

/** Says when both or none of two keys stand there; `least` 0 allows none. */
export function reportUnlessOne(
  context: z.RefinementCtx,
  section: object,
  keys: readonly [string, string],
  least: 0 | 1 = 1,
): void {
  const present = keys.filter((key) => key in section);
  if (present.length === 2) report(context, [], `only one of ${keys.join(' and ')}; both stand here`);
  else if (present.length < least) report(context, [], `one of the keys ${keys.join(' and ')}; neither stands here`);
}

/** The one of two that stands there: the check that exactly one does has passed. */
export function eitherOf<T>(one: T | undefined, other: T | undefined): T {
  const value = one ?? other;
  if (value === undefined) throw new Error('a configuration without a required secret passed its check');
  return value;
}

function pem(expected: string, holds: (text: string) => boolean) {
  return z.string({ error: expected }).refine(holds, expected);
}

/** A path in the configuration, the file's text afterwards. */
function fileText(files: Files, expected: string, holds: (text: string) => boolean) {
  return z
    .string({ error: expected })
    .min(1, expected)
    .transform((path, context): string => {
      const found = files.read(path);
      if ('text' in found && holds(found.text)) return found.text;
      // Without the path itself: it may come from the environment, and what stood there is told anyway.
      const why = 'why' in found ? found.why : 'it holds none';
      context.addIssue({ code: 'custom', message: `${expected} (${why})` });
      return z.NEVER;
    });
}

function isNotEmpty(text: string): boolean {
  return text.trim() !== '';
}

function isPrivateKey(text: string): boolean {
  return succeeds(() => createPrivateKey(text));
}

function isCertificate(text: string): boolean {
  return succeeds(() => new X509Certificate(text));
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
