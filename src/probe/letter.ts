import { toIso, type Instant } from '../lib/time.ts';
import type { Probe } from './probe.ts';
import { TOKEN_HEADER } from './token.ts';

export interface LetterRequest {
  readonly probe: Probe;
  /** What `Tokens.sign` made of the probe. */
  readonly token: string;
  readonly from: string;
  readonly to: string;
}

/** What stands in a probe's letter, before it is put into MIME. */
export interface LetterContent {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** With its angle brackets. */
  readonly messageId: string;
  readonly date: Instant;
  readonly headers: Readonly<Record<string, string>>;
  /** Lines end in LF and have at most 78 columns. */
  readonly text: string;
}

/** A proper letter: whoever finds it learns what it is and how to stop it. */
export function letterContent({ probe, token, from, to }: LetterRequest): LetterContent {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    from,
    to,
    subject: `mailwitness probe: ${probe.kind} mail of ${probe.system}`,
    messageId: `${nameOf(probe.id)}${domain}>`,
    date: probe.launchedAt,
    headers: {
      [TOKEN_HEADER]: token,
      // RFC 3834: no vacation notice or other robot answers it.
      'Auto-Submitted': 'auto-generated',
      // Exchange's own word for the same. Not `All`: that holds back the reports of failure, too. And no `Precedence`:
      // it says nothing more, and `bulk` or `junk` make filters and queues treat the letter as what it is not.
      'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply',
    },
    text: textOf(probe),
  };
}

/** Whether a Message-ID is the one that the letter of that probe went out with, whatever its domain. */
export function isNamedAfter(messageId: string | null, probeId: string): boolean {
  return messageId?.trim().startsWith(nameOf(probeId)) ?? false;
}

function nameOf(probeId: string): string {
  return `<mailwitness.${probeId}@`;
}

/** Lines of text, CRLF at each end, of exactly `bytes` bytes in all (below 3: of 0 or at least that many). */
export function padding(bytes: number): string {
  if (bytes <= 0) return '';
  const line = `${'mailwitness padding '.repeat(4).slice(0, 74)}\r\n`;
  const whole = Math.floor(bytes / line.length);
  const rest = bytes - whole * line.length;
  // A line end alone takes two bytes, so one left over becomes three.
  return line.repeat(whole) + (rest === 0 ? '' : `${'.'.repeat(Math.max(1, rest - 2)).replace(/^./u, '-')}\r\n`);
}

function textOf(probe: Probe): string {
  const { system, route, id } = probe;
  return `This is a probe: mailwitness measures with it whether mail works here. It
needs no answer and is deleted by itself.
To stop these letters, tell their sender the route below: it is to be
taken out of the configuration.

本邮件由 mailwitness 自动发出，用于测量邮件是否畅通，无需回复，到达后
自动删除。如需停止，请将下面的 route 告知发件人。

system: ${system}
route:  ${route}
probe:  ${id}
sent:   ${toIso(probe.launchedAt)}
`;
}
