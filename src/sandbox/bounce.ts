import type { Instant } from '../lib/time.ts';
import { cleanWords } from '../net/words.ts';

export interface Undelivered {
  readonly id: string;
  /** Envelope sender, who gets the report. */
  readonly from: string;
  /** The recipient it was for. */
  readonly to: string;
  /** The original letter; its headers go into the report. */
  readonly raw: Buffer;
  readonly arrivedAt: Instant;
  /** Enhanced status code (RFC 3463), `5.1.1`. */
  readonly status: string;
  /** The refusing server's words; ours where there was none. */
  readonly words: string;
  /** `host:port` of the server that refused; absent: the sandbox itself did. */
  readonly remote?: string | undefined;
}

/** A report of non-delivery: multipart/report as RFC 3462 and 3464 have it, with the original's headers. */
export function composeBounce(failed: Undelivered, hostname: string, domain: string, at: Instant): Buffer {
  const words = cleanWords(failed.words);
  const boundary = `=_bounce_${failed.id}`;
  const lines = [
    `Date: ${mailDate(at)}`,
    `From: Mail Delivery System <MAILER-DAEMON@${domain}>`,
    `To: <${failed.from}>`,
    'Subject: Undelivered Mail Returned to Sender',
    `Message-ID: <bounce-${failed.id}@${hostname}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    `This is the mail system of the mailwitness sandbox (${hostname}).`,
    `Your letter to <${failed.to}> could not be delivered:`,
    '',
    `    ${words}`,
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${mailDate(failed.arrivedAt)}`,
    '',
    `Final-Recipient: rfc822; ${failed.to}`,
    'Action: failed',
    `Status: ${failed.status}`,
    ...(failed.remote === undefined ? [] : [`Remote-MTA: dns; ${failed.remote}`]),
    `Diagnostic-Code: smtp; ${words}`,
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    headersOf(failed.raw),
    '',
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

/** RFC 5322 section 3.3, in UTC. */
export function mailDate(at: Instant): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

// Latin1 carries any byte through unchanged.
function headersOf(raw: Buffer): string {
  const text = raw.toString('latin1');
  const end = text.search(/\r?\n\r?\n/);
  return end < 0 ? text : text.slice(0, end);
}
