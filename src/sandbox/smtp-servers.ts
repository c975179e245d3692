import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerDataStream,
  type SMTPServerError,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import type { Clock } from '../lib/clock.ts';
import { MINUTE, type Instant } from '../lib/time.ts';
import type { ServerCertificate } from './certificates.ts';
import type { SandboxFaults } from './faults.ts';
import type { Account } from './imap-engine.ts';
import type { MailQueue } from './queue.ts';

const MAX_LETTER = 10 * 1024 * 1024;
const MAX_CLIENTS = 200;
const MAX_GREYLIST = 1_000;
/** smtp-server's own idle limit. */
export const SMTP_IDLE = 5 * MINUTE;

export interface SmtpParts {
  readonly hostname: string;
  readonly accounts: readonly Account[];
  /** Domain that the submission server takes mail for, beside the accounts' addresses. */
  readonly relayDomain: string;
  readonly queue: MailQueue;
  readonly faults: SandboxFaults;
  readonly clock: Clock;
  readonly certificate: ServerCertificate;
}

/**
 * Submission: AUTH and TLS are required (smtp-server refuses AUTH before STARTTLS and MAIL before AUTH). It takes mail
 * for the sandbox's mailboxes and for the relay domain.
 * @param implicitTls the sockets that it is given speak TLS already
 */
export function createSubmission(parts: SmtpParts, implicitTls: boolean): SMTPServer {
  const { accounts, faults } = parts;
  return createServer(parts, {
    secure: implicitTls,
    banner: 'mailwitness sandbox submission',
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth(auth, _session, done) {
      const account = accounts.find((one) => one.user === auth.username && one.password.reveal() === auth.password);
      if (faults.get('refuse-auth')) done(refusal(535, 'the sandbox was told to refuse logins'));
      else if (account === undefined) done(refusal(535, 'wrong user or password'));
      else done(null, { user: account.user });
    },
    onRcptTo(address, _session, done) {
      const known = isOwn(parts, address.address) || domainOf(address.address) === parts.relayDomain.toLowerCase();
      if (!known) done(refusal(550, 'the sandbox writes to its own mailboxes and to its sink only'));
      else done(recipientTrouble(parts));
    },
  });
}

/** MX: no AUTH, STARTTLS offered; takes mail for the sandbox's mailboxes, nothing else. */
export function createMx(parts: SmtpParts): SMTPServer {
  const firstSeen = new Map<string, Instant>();

  // A letter passes once; the next one between the same two is refused again, so that the fault shows on every probe.
  function greylisted(from: string, to: string): boolean {
    const ms = parts.faults.get('greylist');
    if (ms === 0) firstSeen.clear();
    if (ms === 0) return false;
    const now = parts.clock.now();
    const key = keyOf(from, to);
    const seenAt = firstSeen.get(key);
    if (seenAt !== undefined) return now - seenAt < ms;
    if (firstSeen.size >= MAX_GREYLIST) firstSeen.delete(firstSeen.keys().next().value ?? '');
    firstSeen.set(key, now);
    return true;
  }

  return createServer(
    parts,
    {
      banner: 'mailwitness sandbox MX',
      disabledCommands: ['AUTH'],
      onRcptTo(address, session, done) {
        if (!isOwn(parts, address.address)) {
          done(refusal(550, `no mailbox ${address.address} here`));
          return;
        }
        const trouble = recipientTrouble(parts);
        const from = senderOf(session);
        if (trouble === null && greylisted(from, address.address)) {
          done(refusal(450, 'greylisted, try again later'));
          return;
        }
        done(trouble);
      },
    },
    (from, to) => firstSeen.delete(keyOf(from, to)),
  );
}

function createServer(
  parts: SmtpParts,
  options: SMTPServerOptions,
  accepted: (from: string, to: string) => void = () => {},
): SMTPServer {
  const { queue, faults } = parts;
  const server = new SMTPServer({
    name: parts.hostname,
    ...parts.certificate,
    minVersion: 'TLSv1.2',
    size: MAX_LETTER,
    rejectOversized: true,
    maxClients: MAX_CLIENTS,
    maxRecipients: 100,
    socketTimeout: SMTP_IDLE,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    logger: false,
    ...options,
    onData(stream, session, done) {
      read(stream, (raw) => {
        // The connection broke in the middle of the letter, or rejectOversized answers.
        if (raw === null) done(refusal(451, 'the letter did not come in full'));
        else if (faults.get('refuse-data')) done(refusal(451, 'the sandbox was told to refuse letters for now'));
        else if (queue.full) done(refusal(452, 'the queue is full, try again later'));
        else {
          const from = senderOf(session);
          const ids = session.envelope.rcptTo.map(({ address }) => {
            accepted(from, address);
            return queue.accept({ from, to: address, raw, received: receivedFrom(session) });
          });
          done(null, `Ok: queued as ${ids.join(' ')}`);
        }
      });
    },
  });
  // A client that breaks off is no event here.
  server.on('error', () => {});
  return server;
}

function recipientTrouble(parts: SmtpParts): SMTPServerError | null {
  if (parts.queue.full) return refusal(452, 'the queue is full, try again later');
  if (parts.faults.get('refuse-rcpt')) return refusal(450, 'the sandbox was told to refuse recipients for now');
  return null;
}

/** Tells the whole letter; null when it did not come in full or is larger than allowed. */
function read(stream: SMTPServerDataStream, done: (raw: Buffer | null) => void): void {
  let chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => {
    // smtp-server reads on past the limit.
    if (stream.sizeExceeded) chunks = [];
    else chunks.push(chunk);
  });
  stream.on('end', () => done(stream.sizeExceeded ? null : Buffer.concat(chunks)));
  stream.on('error', () => done(null));
}

function refusal(responseCode: number, text: string): SMTPServerError {
  return Object.assign(new Error(text), { responseCode });
}

function isOwn(parts: SmtpParts, address: string): boolean {
  return parts.accounts.some((account) => account.address === address.toLowerCase());
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

function keyOf(from: string, to: string): string {
  return `${from} ${to}`.toLowerCase();
}

function senderOf(session: SMTPServerSession): string {
  const from: SMTPServerAddress | false = session.envelope.mailFrom;
  return from === false ? '' : from.address;
}

// smtp-server refuses control characters in the EHLO name, so nothing can be smuggled into the header.
function receivedFrom(session: SMTPServerSession): string {
  return `from ${session.hostNameAppearsAs} ([${session.remoteAddress}]) with ${session.transmissionType}`;
}
