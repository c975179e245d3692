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
    messageId: `<mailwitness.${probe.id}@${domain}>`,
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
  return `This letter is a probe. The program mailwitness sends one now and then to
measure whether the mail of this system works and how long it takes. It is
harmless, holds nothing that matters, and needs no answer. mailwitness
deletes it by itself once it has arrived; you may delete it, too.

To stop these letters, tell the operator of mailwitness (the sender of this
letter, or whoever runs the mail system), and name the route below. The
operator takes the route out of the configuration, and they end at once.

本邮件是 mailwitness 程序发出的探测邮件，用来测量本邮件系统
是否正常、收发需要多长时间。它没有实际内容，不需要回复；
程序收到后会自行删除，您也可以直接删除。

如不希望再收到，请联系发件人或邮件系统管理员，并告知下面的
路由名称（route）；管理员从配置中去掉该路由后即停止发送。

system: ${system}
route:  ${route}
probe:  ${id}
sent:   ${toIso(probe.launchedAt)}
`;
}
