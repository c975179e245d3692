import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerAddress, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { SinkSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Instant } from '../lib/time.ts';
import { readHeaders } from '../probe/headers.ts';
import { isNamedAfter } from '../probe/letter.ts';
import type { Observer, Sink } from '../probe/ports.ts';
import { RETURN_ID, TOKEN_HEADER, type Tokens } from '../probe/token.ts';
import type { ServerCertificate } from './certificate.ts';
import { createListener } from './listener.ts';
import { readOwnReport } from './own-mail.ts';
import { createSinkConnections, type SinkConnection } from './sink-connections.ts';
import { readLetter, type SinkLetter } from './sink-letter.ts';

export interface SinkOptions {
  readonly settings: SinkSettings;
  readonly tokens: Pick<Tokens, 'read' | 'readSinkAddress'>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly certificate: ServerCertificate;
  readonly log: Log;
  /** See Agent.sinkAway. */
  readonly onAway: (since: Instant, whom: 'all' | 'unsettled') => void;
}

/** A letter may take so many times `timeout` as a whole; a mail system that reuses its connection begins anew with each. */
const LETTER_TIMEOUTS = 5;
/** Of a report so much is read: one that embeds a large letter has its status, and the letter's headers, before that. */
const MAX_REPORT = 262_144;
/** Recipients that one connection may guess. */
const MAX_REFUSED = 5;
/**
 * Replies to one connection without a whole letter. Its commands may be pipelined and its replies left unread, and the
 * library would keep them all in memory.
 */
const MAX_REPLIES = 100;
const SILENCED = ['AUTH', 'VRFY', 'HELP', 'WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'];

const nothing = (): void => undefined;
const QUIET = { trace: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

type Done = (error?: Error | null) => void;

/**
 * The foreign post office: an SMTP server that takes letters to our own signed addresses and nothing else. It keeps what
 * it learns from a letter and throws the letter away; it has nowhere to relay one to.
 */
export function createSink({ settings, tokens, clock, observer, certificate, log, onAway }: SinkOptions): Sink {
  const writing = new Set<Promise<void>>();
  const connections = createSinkConnections(clock, { ...settings, letterMs: settings.timeout * LETTER_TIMEOUTS });
  const smtp = new SMTPServer({
    name: settings.domain,
    ...certificate,
    minVersion: 'TLSv1.2',
    size: settings.max_size,
    socketTimeout: settings.timeout,
    // A probe has one recipient, and so has a letter: RFC 5321 section 4.5.3.1.10 makes the sender bring others apart.
    maxRecipients: 1,
    maxCommandLength: 2_048,
    disabledCommands: SILENCED,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    logger: { ...QUIET, debug: replied },
    onConnect: (session, done) => done(connections.get(session.id) === undefined ? refusal(421, 'closing') : null),
    onSecure(socket, session, done) {
      connections.replace(session.id, socket);
      done();
    },
    onMailFrom: (_address, session, done) => mail(session, done),
    onRcptTo: (address, session, done) => recipient(address, session, done),
    onData: (stream, session, done) => void answer(stream, session, done),
    onClose: (session) => connections.drop(session.id),
  });
  // What a stranger does wrong is no fault of ours; the events are there for whoever looks into one.
  smtp.on('error', (error) => log.debug({ place: 'sink', error: messageOf(error) }, 'a connection to the sink failed'));

  // A listener of our own instead of the library's, so that each socket can be named before the library has it: its
  // events come 100 ms late, after it has waited for early talkers.
  const listener = createListener({
    ...settings.listen,
    accept,
    clock,
    log,
    onAway: (since) => onAway(since, 'all'),
  });

  function accept(socket: Socket): void {
    const id = randomUUID();
    // smtp-server adds its own; this one is for a socket that it never sees.
    socket.on('error', () => undefined);
    const admission = connections.admit(id, socket);
    if (admission.kind === 'full') {
      observer.foreign('sink', 'limit');
      // Whoever was sent away may have been a mail system: what it puts off now waits for us.
      const { mayBeMail } = admission;
      if (mayBeMail !== 'no') onAway(clock.now(), mayBeMail === 'known' ? 'all' : 'unsettled');
      socket.end('421 4.7.0 too many connections, try again later\r\n', () => socket.destroy());
      return;
    }
    socket.once('close', () => connections.drop(id));
    smtp.connect(socket, { id });
  }

  /** The library's log is the one place that learns of each reply. */
  function replied(entry: unknown): void {
    const { tnx, cid = '' } = entry as { readonly tnx?: string; readonly cid?: string };
    const connection = tnx === 'send' ? connections.get(cid) : undefined;
    if (connection === undefined || ++connection.replies <= MAX_REPLIES) return;
    observer.foreign('sink', 'limit');
    connections.cut(cid);
  }

  function mail(session: SMTPServerSession, done: Done): void {
    const connection = connections.get(session.id);
    if (connection === undefined) return done(refusal(421, 'closing'));
    // Only the first letter's transmission began with the connection.
    connection.beganAt = connection.mails === 0 ? connection.acceptedAt : clock.now();
    connection.mails += 1;
    connection.probeId = null;
    done();
  }

  function recipient({ address }: SMTPServerAddress, session: SMTPServerSession, done: Done): void {
    const connection = connections.get(session.id);
    if (connection === undefined) return done(refusal(421, 'closing'));
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    const id = domain === settings.domain.toLowerCase() ? tokens.readSinkAddress(address) : null;
    // A report has no sender (RFC 3464 section 2), nor has who asks whether the address exists: nobody else has business there.
    connection.probeId = id === RETURN_ID && !hasNullSender(session) ? null : id;
    if (connection.probeId !== null) {
      connections.wanted(session.id);
      return done();
    }
    observer.foreign('sink', 'stranger');
    connection.refused += 1;
    done(
      connection.refused < MAX_REFUSED
        ? refusal(550, 'no such mailbox here')
        : refusal(421, 'too many recipients that are not here'),
    );
  }

  async function answer(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error: Error | null, words?: string) => void,
  ): Promise<void> {
    let words: string;
    try {
      words = await data(stream, session);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(messageOf(error)));
    }
    done(null, words);
  }

  async function data(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const connection = connections.get(session.id);
    const probeId = connection?.probeId ?? null;
    if (connection === undefined || probeId === null) throw refusal(421, 'closing');
    if (probeId === RETURN_ID) return await report(stream, session.id, connection);
    // Not at RCPT: a mail system that asks whether an address exists before it accepts a letter to it goes no further.
    const { beganAt: at, peer, isNew } = connection;
    observer.sighted({ kind: 'contact', probeId, at, peer, ...(isNew && { isNew }) });
    connection.probeId = null;
    const letter = await read(stream, session.id);
    connections.prolong(session.id);
    keepIfBehind();
    copied(connection, probeId, letter);
    await inTheLedger();
    return `probe ${probeId} received`;
  }

  /** A report that an inbound probe of ours could not be delivered. */
  async function report(stream: SMTPServerDataStream, id: string, connection: SinkConnection): Promise<string> {
    connection.probeId = null;
    const { start } = await read(stream, id, MAX_REPORT);
    const own = readOwnReport(start.toString('utf8'), tokens, null, clock.now());
    if (own?.probe.kind !== 'inbound') {
      observer.foreign('sink', 'stranger');
      throw refusal(550, 'this tells of no letter of ours');
    }
    connections.prolong(id);
    keepIfBehind();
    if (own.bounce !== undefined) observer.sighted(own.bounce);
    await inTheLedger();
    return `report of probe ${own.probe.id} received`;
  }

  async function read(stream: SMTPServerDataStream, id: string, keep?: number): Promise<SinkLetter> {
    const letter = await readLetter(stream, settings.max_size, keep);
    if (letter !== null) return letter;
    observer.foreign('sink', 'limit');
    // The library would go on reading to the end, however far that is.
    connections.cut(id);
    throw refusal(552, 'too large');
  }

  /** With our 250 the letter would be gone: while nothing of it can be written down, the mail system keeps it. */
  function keepIfBehind(): void {
    if (observer.ledgerIsBehind()) throw refusal(452, 'no room to write this down, try again later');
  }

  /** What we have said 250 to is nowhere else. */
  async function inTheLedger(): Promise<void> {
    const written = observer.written();
    writing.add(written);
    await written.finally(() => writing.delete(written));
  }

  function copied(
    connection: SinkConnection,
    probeId: string,
    { bytes, headers }: { bytes: number; headers: string },
  ): void {
    const fields = readHeaders(headers);
    const token = fields.first(TOKEN_HEADER);
    const isRenamed = !isNamedAfter(fields.first('Message-ID'), probeId);
    const reading = token === null ? null : tokens.read(token);
    const signed = reading?.kind === 'ours' && reading.probe.id === probeId ? reading.probe : null;
    const altered = signed === null;
    if (altered)
      log.debug({ place: 'sink', probe: probeId, peer: connection.peer }, 'a probe came without its own token');
    observer.sighted({
      kind: 'copy',
      probeId,
      ...(signed !== null && { signed }),
      ...(isRenamed && { renamed: true }),
      at: clock.now(),
      bytes,
      altered,
      headers,
    });
  }

  return {
    get port() {
      return listener.port;
    },
    get state() {
      return listener.state;
    },
    start: () => listener.start(),
    async stop() {
      const stopped = listener.stop();
      // Cut off before its 250, a letter that is in the ledger would come again, as if the mail system had sent it twice.
      await Promise.all(writing);
      await new Promise(setImmediate);
      connections.cutAll();
      await stopped;
    },
  };
}

function hasNullSender({ envelope }: SMTPServerSession): boolean {
  return envelope.mailFrom !== false && envelope.mailFrom.address === '';
}

function refusal(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode });
}
