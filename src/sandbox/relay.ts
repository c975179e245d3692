import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SECOND } from '../lib/time.ts';

/** What the next post office said to a letter. */
export type RelayResult =
  | { readonly kind: 'sent' }
  /** 4xx, or it could not be reached: to be tried again. */
  | { readonly kind: 'deferred'; readonly words: string }
  /** 5xx. */
  | { readonly kind: 'refused'; readonly words: string; readonly status: string };

export interface RelayedLetter {
  readonly from: string;
  readonly to: string;
  readonly raw: Buffer;
}

/**
 * One letter over one connection, as a small MTA does it: STARTTLS when it is offered, the certificate not verified.
 * Never rejects; an abort counts as deferred.
 */
export function relay(
  to: { readonly host: string; readonly port: number },
  hostname: string,
  letter: RelayedLetter,
  signal: AbortSignal,
): Promise<RelayResult> {
  return new Promise((resolve) => {
    const connection = new SMTPConnection({
      host: to.host,
      port: to.port,
      name: hostname,
      secure: false,
      opportunisticTLS: true,
      tls: { rejectUnauthorized: false },
      connectionTimeout: 10 * SECOND,
      greetingTimeout: 30 * SECOND,
      socketTimeout: 60 * SECOND,
      // `close` cuts at once.
      socketCloseTimeout: 0,
    });
    let ended = false;
    const finish = (result: RelayResult): void => {
      if (ended) return;
      ended = true;
      // RFC 5321 section 4.1.1.10: a session ends with QUIT.
      connection.quit();
      resolve(result);
    };
    // Also cuts a connection whose letter is through and whose QUIT was not answered yet.
    const abort = (): void => {
      connection.close();
      finish({ kind: 'deferred', words: 'the sandbox stops' });
    };
    signal.addEventListener('abort', abort);
    connection.on('end', () => signal.removeEventListener('abort', abort));
    connection.on('error', (error: unknown) => finish(failed(error)));
    connection.connect((error) => {
      if (error) {
        finish(failed(error));
        return;
      }
      connection.send({ from: letter.from, to: [letter.to] }, letter.raw, (refused) => {
        finish(refused ? failed(refused) : { kind: 'sent' });
      });
    });
  });
}

function failed(error: unknown): RelayResult {
  const told = error as { responseCode?: number; response?: string; message?: string };
  const words = told.response ?? told.message ?? 'no answer';
  if (told.responseCode === undefined || told.responseCode < 500) return { kind: 'deferred', words };
  return { kind: 'refused', words, status: /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(words)?.[1] ?? '5.0.0' };
}
