import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/**
 * A host name (RFC 1123; underscores too, since container networks use them) or an address literal, IPv6 with or
 * without brackets. Undefined when it is neither. A name in another script comes back in its ASCII form (RFC 5891).
 */
export function parseHost(text: string): string | undefined {
  if (text.startsWith('[')) {
    const inner = text.slice(1, -1);
    return text.endsWith(']') && isIPv6(inner) ? inner : undefined;
  }
  if (isIP(text) !== 0) return text;
  return parseDomain(text);
}

/** A host name alone: no address literal. */
export function parseDomain(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- ASCII is what is asked for
  const ascii = /^[\x00-\x7f]*$/.test(text) ? text : domainToASCII(text);
  const labels = (ascii.endsWith('.') ? ascii.slice(0, -1) : ascii).split('.');
  // A last label of digits alone is a mistyped IPv4 address (300.1.1.1): no top-level domain is a number.
  const sound = labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
  const name = labels.join('.');
  return sound && name.length <= 253 ? name : undefined;
}

/** `host`, `host:port`, `[::1]:port` or a bare address literal; the port is undefined where none stands. */
export function parseHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const alone = parseHost(text);
  if (alone !== undefined) return { host: alone, port: undefined };
  const [, before, digits] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (before === undefined || digits === undefined) return undefined;
  // `2001:db8::1:25` is an address and no port: only brackets tell the two apart.
  const host = before.includes(':') && !before.startsWith('[') ? undefined : parseHost(before);
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** A mailbox address (RFC 5321, plain local part), its domain in ASCII; undefined when it is none. */
export function parseAddress(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || !/^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/i.test(local)) return undefined;
  const domain = text.slice(at + 1);
  const literal = /^\[(?:IPv6:)?([0-9a-f.:]+)\]$/i.exec(domain)?.[1];
  if (literal !== undefined) return isIP(literal) === 0 ? undefined : text;
  const name = parseDomain(domain);
  return name === undefined ? undefined : `${local}@${name}`;
}

/** Whether a host as `parseHost` gives it, or as it stands in a URL, is this machine itself, by its name or address. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  return (
    bare === 'localhost' ||
    bare.endsWith('.localhost') ||
    bare === '::1' ||
    (isIP(bare) === 4 && bare.startsWith('127.'))
  );
}
