import { z } from 'zod';
import { DURATION, parseDuration } from './duration.ts';
import { parseAddress, parseDomain, parseHost, parseHostPort } from './host.ts';
import { section } from './schema-section.ts';
import { parseSize, SIZE } from './size.ts';

// Single values. Each carries one phrase that says what is expected, with an example: whatever is wrong with the
// value, that phrase is the message.

/** Text that `parse` understands; its undefined is the refusal. `pattern` is for editors, who cannot run `parse`. */
export function parsed<T>(expected: string, parse: (text: string) => T | undefined, pattern?: RegExp) {
  const text = z.string({ error: expected });
  return (pattern === undefined ? text.min(1, expected) : text.regex(pattern, expected)).transform(
    (written, context): T => {
      const value = parse(written);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    },
  );
}

/** One line of text, not empty. Control characters are refused: they would end a line of a mail dialogue. */
export function line(expected: string) {
  // eslint-disable-next-line no-control-regex -- they are what is refused
  return z.string({ error: expected }).regex(/^[^\x00-\x1f\x7f]{1,1000}$/, expected);
}

/** One of a few words. */
export function choice<const T extends readonly string[]>(words: T) {
  return z.enum(words, { error: `one of ${words.join(', ')}` });
}

/** A whole number; as text too, since `${ENV}` always gives text. */
export function whole(expected: string, min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int({ error: expected }).min(min, expected).max(max, expected),
  );
}

export function port(example: number) {
  return whole(`a port from 1 to 65535 such as ${example}`, 1, 65_535);
}

/** true or false; as text too, since `${ENV}` always gives text. */
export function flag() {
  const words = new Map<unknown, boolean>([
    ['true', true],
    ['false', false],
  ]);
  return z.preprocess((value) => words.get(value) ?? value, z.boolean({ error: 'true or false' }));
}

/** A duration in milliseconds, within bounds that are written as durations. */
export function duration(bounds: { readonly min: string; readonly max?: string; readonly example: string }) {
  const { min, max, example } = bounds;
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const [least, most] = [parseDuration(min) ?? 0, parseDuration(max ?? '') ?? Infinity];
  const bounded = (text: string) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= least && ms <= most ? ms : undefined;
  };
  return parsed(`a duration ${range} such as ${example}`, bounded, DURATION);
}

/** A size in bytes: a number, or a decimal with its unit. */
export function size(bounds: { readonly min: string; readonly max: string; readonly example: string }) {
  const { min, max, example } = bounds;
  const expected = `a size from ${min} to ${max} such as ${example}`;
  const [least, most] = [parseSize(min) ?? 0, parseSize(max) ?? Infinity];
  const text = z.string({ error: expected }).regex(SIZE, expected);
  return z.union([z.number(), text], { error: expected }).transform((value, context): number => {
    const bytes = parseSize(String(value));
    if (bytes !== undefined && bytes >= least && bytes <= most) return bytes;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

const NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** A name that fits a probe's token, a metric's label and a file name alike: no underscore, no upper case. */
export function name(example: string) {
  const expected = `a name of at most 63 lower-case letters, digits, dots and hyphens such as ${example}`;
  return z.string({ error: expected }).regex(NAME, expected);
}

export function address(example: string) {
  return parsed(`a mail address such as ${example}`, parseAddress);
}

export function host(example: string) {
  return parsed(`a host name or an IP address such as ${example}`, parseHost);
}

export function domain(example: string) {
  return parsed(`a domain such as ${example}`, parseDomain);
}

/** `host:port`, or a mapping of the two. Port 0 ("any free one") only where something of ours listens. */
export function hostPort(example: string, options: { readonly listens?: boolean } = {}) {
  const expected = hostPortPhrase(example);
  return hostMaybePort(example, options.listens === true ? 0 : 1).transform((found, context) => {
    if (found.port !== undefined) return { host: found.host, port: found.port };
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

/** The same where a default port stands beside it. */
export function hostMaybePort(example: string, leastPort = 1) {
  const expected = hostPortPhrase(example);
  const mapping = section({
    host: host(example.replace(/:\d+$/, '')).describe('Name or address of the host.'),
    port: whole(`a port from ${leastPort} to 65535`, leastPort, 65_535).optional().describe('Its TCP port.'),
  });
  return z.union([z.string(), mapping], { error: expected }).transform((value, context) => {
    const found = typeof value === 'string' ? parseHostPort(value) : { host: value.host, port: value.port };
    if (found !== undefined && (found.port ?? leastPort) >= leastPort) return found;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

function hostPortPhrase(example: string): string {
  return `host:port such as ${example} or "[2001:db8::1]:${example.split(':').at(-1) ?? ''}"`;
}
