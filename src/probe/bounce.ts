import { readHeaders, type Headers } from './headers.ts';
import { TOKEN_HEADER } from './token.ts';

/** What a report says of one recipient (RFC 3464 section 2.3). */
export interface ReportedRecipient {
  /** `Final-Recipient` without its type; empty where it is missing. */
  readonly recipient: string;
  /** `failed` ends a probe; `delayed` does not; the rest are good news. Anything else is `other`. */
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded' | 'other';
  /** RFC 3463 status, `5.1.1`; null where it is missing or none. */
  readonly status: string | null;
  /** The remote's own words (`Diagnostic-Code` without its type), one line of at most 500 characters; may be empty. */
  readonly words: string;
}

export interface DeliveryReport {
  readonly recipients: readonly ReportedRecipient[];
  /** `X-Mailwitness` of the letter that the report is about, not of the report; to be verified with `Tokens.read`. */
  readonly token: string | null;
}

/** What is looked at: a report that embeds a large letter has its status before it. */
const MAX_MESSAGE = 256 * 1_024;
const MAX_PARTS = 20;
const MAX_GROUPS = 100;
const MAX_WORDS = 500;

/** Reads a delivery report (RFC 3464) that another host wrote; null for what is none. Never throws. */
export function readBounce(message: string | Buffer): DeliveryReport | null {
  const text =
    typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : message.subarray(0, MAX_MESSAGE).toString('utf8');
  const type = contentType(readHeaders(text));
  if (type.name !== 'multipart/report' || type.boundary === null) return null;
  const parts = split(text, type.boundary).map(readPart);
  const status = parts.find((part) => STATUS_TYPES.has(part.type));
  if (status === undefined) return null;
  const recipients = groupsOf(status.body).flatMap(recipientOf);
  if (recipients.length === 0) return null;
  const original = parts.find((part) => ORIGINAL_TYPES.has(part.type));
  return { recipients, token: original === undefined ? null : readHeaders(original.body).first(TOKEN_HEADER) };
}

// The `global` ones are of RFC 6533.
const STATUS_TYPES: ReadonlySet<string> = new Set(['message/delivery-status', 'message/global-delivery-status']);
const ORIGINAL_TYPES: ReadonlySet<string> = new Set([
  'message/rfc822',
  'text/rfc822-headers',
  'message/rfc822-headers',
  'message/global',
  'message/global-headers',
]);

function contentType(headers: Headers): { readonly name: string; readonly boundary: string | null } {
  const value = (headers.first('Content-Type') ?? 'text/plain').slice(0, 2_000);
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s";]{1,200}))/iu.exec(value) ?? [];
  return { name: (value.split(';')[0] ?? '').trim().toLowerCase(), boundary: quoted ?? bare ?? null };
}

/** The parts between the delimiter lines (RFC 2046 section 5.1.1), preamble and epilogue left out; the last may be cut. */
function split(text: string, boundary: string): string[] {
  const delimiter = `--${boundary}`;
  const parts: string[][] = [];
  for (const line of text.split(/\r?\n/u)) {
    const bare = line.startsWith(delimiter) ? line.trimEnd() : '';
    if (bare === `${delimiter}--` || parts.length > MAX_PARTS) break;
    if (bare === delimiter) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts.map((lines) => lines.join('\n'));
}

interface Part {
  readonly type: string;
  readonly body: string;
}

function readPart(text: string): Part {
  const headers = readHeaders(text);
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const body = end === -1 ? '' : text.slice(end).replace(/^\n+/u, '');
  return { type: contentType(headers).name, body: decode(body, headers.first('Content-Transfer-Encoding')) };
}

/** RFC 3464 wants 7bit; some gateways encode these parts all the same. */
function decode(body: string, encoding: string | null): string {
  switch (encoding?.toLowerCase() ?? '') {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8').replace(/\r\n/gu, '\n');
    case 'quoted-printable': {
      const bytes = body
        .replace(/=[ \t]{0,20}\n/gu, '')
        .replace(/=([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    }
    default:
      return body;
  }
}

/** Groups of fields: the first is of the message, each other of one recipient (RFC 3464 section 2.1). */
function groupsOf(body: string): Headers[] {
  return body
    .split(/\n(?:[ \t]*\n)+/u, MAX_GROUPS)
    .filter((group) => group.trim() !== '')
    .map((group) => readHeaders(group.replace(/^\n+/u, '')));
}

/** None for the group of the message: it has no action. */
function recipientOf(group: Headers): ReportedRecipient[] {
  const action = group.first('Action')?.toLowerCase();
  if (action === undefined) return [];
  const status = /^([245]\.\d{1,3}\.\d{1,3})(?!\d)/u.exec(group.first('Status') ?? '')?.[1] ?? null;
  return [
    {
      recipient: withoutType(group.first('Final-Recipient') ?? group.first('Original-Recipient') ?? ''),
      action: ACTIONS.find((it) => it === action) ?? 'other',
      status,
      words: withoutType(group.first('Diagnostic-Code') ?? ''),
    },
  ];
}

const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;

/** `rfc822; alice@example.org`, `smtp; 550 5.1.1 ...`: the value behind its type, fit to be shown. */
function withoutType(value: string): string {
  const bare = value.slice(0, MAX_WORDS * 4).replace(/^[a-z0-9-]{1,40}\s*;/iu, '');
  // Control and format characters (they turn the writing direction) of another host have no place in a page or terminal.
  return bare
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_WORDS);
}
