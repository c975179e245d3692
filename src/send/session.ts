import { isAscii } from 'node:buffer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Clock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import type { Instant, Ms } from '../lib/time.ts';
import type { Deadline } from '../net/deadline.ts';
import { dial, type Dialled } from '../net/dial.ts';
import type { Recorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import type { TlsTarget } from '../net/secure.ts';
import type { Letter } from '../probe/send-result.ts';
import { brokenEnding, endingOfError, expiryOf, refusedEnding, type Ending, type Failed } from './ending.ts';
import { createStage, type Stage } from './stage.ts';
import { startTls } from './starttls.ts';

/** One attempt to hand over a letter: what it writes down, and how long it may take. */
export interface Attempt {
  readonly recorder: Recorder;
  readonly deadline: Deadline;
}

export interface SessionOptions extends TlsTarget {
  /** `submission mail.example.org:587`, for the words of an error. */
  readonly where: string;
  readonly port: number;
  /** opportunistic: STARTTLS when offered, nothing verified, and in plain when it fails. */
  readonly tls: 'implicit' | 'starttls' | 'opportunistic' | 'none';
  /** Name for EHLO. */
  readonly name: string;
  readonly login?: { readonly user: string; readonly password: Secret } | undefined;
  readonly resolver: Resolver;
  readonly clock: Clock;
}

/** An SMTP session ready for letters. It owns its socket until `quit` or `destroy`. */
export interface Session {
  readonly peer: string;
  readonly certificateExpiresAt?: Instant;
  /** False once the other side has closed it or it broke. */
  readonly alive: boolean;
  /** Hands over one letter; never two at once. */
  transmit(letter: Letter, attempt: Attempt): Promise<Transmission>;
  /** RSET when a letter was refused, QUIT, and at most two seconds for both. */
  quit(): Promise<void>;
}

export interface Transmission {
  readonly ending: Ending;
  /** Replies to this letter's commands; 0: the server has seen none of it. */
  readonly replies: number;
}

export type Opened =
  | { readonly kind: 'open'; readonly session: Session }
  | (Failed & {
      readonly peer?: string;
      readonly certificateExpiresAt?: Instant;
      /** When it was clear, before leave was taken. */
      readonly endedAt?: Instant;
    });

/** A server that does not answer QUIT keeps nobody waiting for longer. */
const QUIT_LIMIT: Ms = 2_000;
/** Limits of the library, above any of ours: deadlines are kept by the attempt's clock. */
const NEVER: Ms = 2 ** 31 - 1;
/** No reply of a mail server is longer; endless ones end here. */
const MAX_REPLY = 65_536;

/** Connects, greets, secures and logs in. What the server does is a value; throws for bugs only. */
export async function openSession(options: SessionOptions, attempt: Attempt): Promise<Opened> {
  let dialled: Dialled;
  try {
    dialled = await dial({
      ...options,
      tls: options.tls === 'implicit' ? 'implicit' : 'plain',
      recorder: attempt.recorder,
      timeoutMs: attempt.deadline.remainingMs(),
      signal: attempt.deadline.signal,
    });
  } catch (error) {
    return { ...endingOfError(error), ...expiryOf(error) };
  }
  const { tls } = options;
  if (tls !== 'starttls' && tls !== 'opportunistic') return converse(dialled, false, options, attempt);
  const upgraded = await startTls(dialled, { ...options, tls }, attempt);
  if (upgraded.kind !== 'ready') return { ...upgraded, peer: dialled.peer };
  return converse({ ...upgraded, peer: dialled.peer }, true, options, attempt);
}

/** `greeted`: the greeting was read already, before STARTTLS. */
async function converse(
  dialled: Dialled,
  greeted: boolean,
  options: SessionOptions,
  attempt: Attempt,
): Promise<Opened> {
  const { socket, peer, certificateExpiresAt } = dialled;
  const known = { peer, ...(certificateExpiresAt === undefined ? {} : { certificateExpiresAt }) };
  const { clock, where } = options;
  let stage = createStage(clock, attempt.recorder);
  /** Lines of RSET and QUIT belong to no attempt. */
  let listening = true;
  let skip = greeted;
  let ended = socket.destroyed;
  /** What `quit` has to say: nothing is sent into a dialogue whose other side may take it for something else. */
  let state: 'good' | 'refused' | 'broken' = 'good';

  const connection = new SMTPConnection({
    connection: socket,
    secure: 'encrypted' in socket,
    secured: 'encrypted' in socket,
    // STARTTLS was done before, with our own judgement of certificates.
    ignoreTLS: true,
    host: options.host,
    name: options.name,
    connectionTimeout: NEVER,
    greetingTimeout: NEVER,
    socketTimeout: NEVER,
    socketCloseTimeout: 0,
    maxResponseSize: MAX_REPLY,
    transactionLog: true,
    logger: {
      debug(entry: { readonly tnx?: string }, text: unknown) {
        if (!listening || typeof text !== 'string') return;
        if (entry.tnx === 'client') stage.client(text);
        if (entry.tnx !== 'server') return;
        // What stands in the buffer at the close is half a line, and no reply unless it refuses.
        if (socket.destroyed && !/^[45]\d\d[ -]/u.test(text)) return;
        if (skip) skip = false;
        else stage.server(text);
      },
      info(entry: { readonly tnx?: string }) {
        if (listening && entry.tnx === 'message') stage.dotWritten();
      },
      warn: () => undefined,
      error: () => undefined,
    },
  });

  /** Ends the step under way. */
  let interrupt: (error: Error) => void = () => undefined;
  const onEnd = (error: Error): void => {
    ended = true;
    interrupt(error);
  };
  connection.on('error', onEnd);
  connection.on('end', () => onEnd(new Error('the connection ended')));
  // The library listens a turn later than this; a connection that is cut at once would never be heard of.
  socket.once('close', () => onEnd(new Error('the connection was closed')));

  /** One call of the library: null when it was good. */
  async function step(
    signal: AbortSignal,
    start: (done: (error?: Error | null) => void) => void,
  ): Promise<Error | null> {
    let onAbort = (): void => undefined;
    const outcome = new Promise<Error | null>((resolve) => {
      interrupt = resolve;
      onAbort = () => {
        destroy();
        resolve(new Error('called off'));
      };
      if (ended) resolve(new Error('the connection had ended'));
      else if (signal.aborted) onAbort();
      else {
        signal.addEventListener('abort', onAbort, { once: true });
        start((error) => resolve(error ?? null));
      }
    });
    const error = await outcome;
    signal.removeEventListener('abort', onAbort);
    interrupt = () => undefined;
    return error;
  }

  function destroy(): void {
    ended = true;
    connection.close();
    socket.destroy();
  }

  async function quit(limitMs: Ms = QUIT_LIMIT): Promise<void> {
    listening = false;
    if (ended || socket.destroyed || state === 'broken') return destroy();
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    const limit = clock.after(limitMs, destroy);
    const bye = (): void => {
      if (!ended) connection.quit();
    };
    if (state === 'refused') connection.reset(bye);
    else bye();
    await closed;
    limit.cancel();
  }

  const { signal } = attempt.deadline;
  if (greeted) socket.unshift('220 the greeting was read before STARTTLS\r\n');
  else stage.expectGreeting();
  let error = await step(signal, (done) => connection.connect(done));
  if (error === null && options.login !== undefined) {
    const { user, password } = options.login;
    hideLogin(attempt.recorder, user, password);
    error = await step(signal, (done) => connection.login({ user, pass: password.reveal() }, done));
  }
  if (error !== null) {
    const ending = brokenEnding(error, stage, { where, recorder: attempt.recorder, signal });
    if (ending.kind !== 'refused') state = 'broken';
    attempt.recorder.end();
    const endedAt = clock.now();
    await quit(Math.min(QUIT_LIMIT, attempt.deadline.remainingMs()));
    return { ...ending, ...known, endedAt };
  }

  const session: Session = {
    ...known,
    get alive() {
      return !ended && !socket.destroyed && socket.writable;
    },
    async transmit(letter, { recorder, deadline }) {
      if (options.login !== undefined) hideLogin(recorder, options.login.user, options.login.password);
      stage = createStage(clock, recorder);
      const current = stage;
      const envelope = {
        from: letter.from,
        to: [letter.to],
        size: letter.raw.length,
        use8BitMime: !isAscii(letter.raw),
      };
      const error = await step(deadline.signal, (done) => connection.send(envelope, letter.raw, done));
      recorder.end();
      const circumstances = { where, recorder, signal: deadline.signal };
      const ending = endingOfSend(error, current, circumstances);
      if (ending.kind === 'refused') state = current.letterUnderWay ? 'broken' : 'refused';
      else if (ending.kind !== 'accepted') state = 'broken';
      return { ending, replies: current.replies };
    },
    quit: () => quit(),
  };
  return { kind: 'open', session };
}

function endingOfSend(error: Error | null, stage: Stage, circumstances: Parameters<typeof brokenEnding>[2]): Ending {
  const { verdict, refusal } = stage;
  if (verdict !== null && verdict.reply.code < 300) {
    return { kind: 'accepted', acceptedAt: verdict.at, line: circumstances.recorder.words(verdict.reply.line) };
  }
  if (refusal !== null) return refusedEnding(refusal, circumstances);
  const code = error !== null && 'code' in error ? error.code : '';
  if (code === 'EMESSAGE' && stage.dotAt === null) return tooLarge(circumstances.where);
  // An address that cannot be written in SMTP is a mistake of the caller's.
  if (code === 'EENVELOPE' && stage.replies === 0 && stage.dotAt === null)
    throw new Error('the envelope is none', { cause: error });
  return brokenEnding(error, stage, circumstances);
}

/** The server announced a limit with EHLO (RFC 1870), so it was asked for nothing. */
function tooLarge(where: string): Failed {
  const detail = `${where} takes no letter of this size (SIZE in its answer to EHLO); check the size of the route`;
  return { kind: 'refused', permanent: true, failure: { cause: 'refused', phase: 'mail', detail } };
}

function hideLogin(recorder: Recorder, user: string, password: Secret): void {
  const secret = password.reveal();
  recorder.hide(secret);
  recorder.hide(Buffer.from(secret).toString('base64'));
  recorder.hide(Buffer.from(`\0${user}\0${secret}`).toString('base64'));
}
