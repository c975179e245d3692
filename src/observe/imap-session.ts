import { ImapFlow, type MailboxObject } from 'imapflow';
import type { EndpointSettings, MailboxSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { HOUR, humanMs, type Ms } from '../lib/time.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { createMask, formsOf } from '../net/mask.ts';
import type { Resolver } from '../net/resolve.ts';
import type { Failure, Phase } from '../probe/visit.ts';
import { imapFailure } from './imap-failure.ts';
import { openImapSocket } from './imap-socket.ts';

export interface ImapSessionOptions {
  readonly mailbox: MailboxSettings;
  readonly imap: EndpointSettings;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Limit of connecting, and of the wait for the next line of any answer. */
  readonly limitMs: Ms;
  readonly signal: AbortSignal;
  /** EXISTS: the selected folder now has `count` letters; it had `before`. */
  readonly onCount: (folder: string, count: number, before: number) => void;
  readonly onExpunge: (folder: string, seq: number) => void;
  /** Each command as it is sent. */
  readonly onCommand?: ((name: string) => void) | undefined;
}

export interface FolderState {
  readonly uidValidity: string;
  readonly uidNext: number;
  readonly count: number;
}

export interface ImapRow {
  readonly uid: number;
  readonly seq: number;
  readonly text: string;
}

/** What of each letter is fetched, each cut so that no letter can fill the memory. None of them sets \Seen. */
export type FetchWhat = 'headers' | 'token' | 'report';

/** One logged-in connection. Every call throws DialogueError when it fails, and the connection is closed when it is of no more use. */
export interface ImapSession {
  readonly usable: boolean;
  /** How letters can be deleted for good here; `flag` when neither is possible without harming others' letters. */
  readonly disposal: 'expunge' | 'move' | 'flag';
  folders(): Promise<{ readonly junk: string | null; readonly trash: string | null }>;
  select(folder: string): Promise<FolderState>;
  noop(): Promise<void>;
  /** Null when there is no such folder. */
  status(folder: string): Promise<Omit<FolderState, 'count'> | null>;
  /** `range` in UIDs, as IMAP writes it. */
  fetch(range: string, what: FetchWhat, row: (row: ImapRow) => void): Promise<void>;
  /** \Deleted and UID EXPUNGE of these alone. Only where `disposal` is `expunge`. */
  expunge(range: string): Promise<void>;
  move(range: string, folder: string): Promise<void>;
  flagDeleted(range: string): Promise<void>;
  /** UIDs of the selected folder's letters that carry \Deleted, whoever marked them. */
  flagged(): Promise<readonly number[]>;
  logout(): Promise<void>;
  close(): void;
}

// Typed as an option of STORE only, and handed on by the library: the server need not repeat every flag.
const QUIETLY = { uid: true, silent: true };
/** A whole answer may take so many times the wait for its next line. */
const MOST_LIMITS = 4;
/** Bytes of an answer until the next letter in it: the library has bounds for each line, and none for how many there are. */
const MOST_BYTES = 8_388_608;
const FLOOD_LOOK_MS: Ms = 100;
const HEADER_BYTES = 65_536;
const REPORT_BYTES = 262_144;
const QUERIES = {
  headers: { uid: true, bodyParts: [{ key: 'HEADER', start: 0, maxLength: HEADER_BYTES }] },
  token: { uid: true, headers: ['X-Mailwitness', 'Content-Type'] },
  report: { uid: true, source: { start: 0, maxLength: REPORT_BYTES } },
} satisfies Readonly<Record<FetchWhat, object>>;

/** Connects, logs in, and has selected nothing yet. Throws DialogueError. */
export async function openImapSession(options: ImapSessionOptions): Promise<ImapSession> {
  const { mailbox, imap, clock, limitMs, signal } = options;
  const who = `${imap.host}:${imap.port}`;
  const mask = createMask();
  for (const form of formsOf(mailbox.user, mailbox.password.reveal())) mask.hide(form);
  const refusals: unknown[] = [];
  let lastAnswer = 'OK';
  let broken: unknown = null;
  const socket = await openImapSocket(options);
  const client = new ImapFlow({
    host: imap.host,
    port: imap.port,
    // The connection below is dialled, judged and secured by net/; to the library it is a TLS one that is there already.
    secure: true,
    transport: {
      connect(_target, connected) {
        setImmediate(connected);
        return socket;
      },
    },
    auth: { user: mailbox.user, pass: mailbox.password.reveal() },
    logger: loggerInto(refusals),
    clientInfo: { name: 'mailwitness' },
    disableAutoIdle: true,
    disableCompression: true,
    disableAutoEnable: true,
    greetingTimeout: limitMs,
    // Each command has its limit here; the library's own would also end a connection that is quiet between questions.
    socketTimeout: HOUR,
    maxLineLength: 1_048_576,
    maxLiteralSize: 1_048_576,
    maxResponseSize: 4_194_304,
    maxResponseTokens: 50_000,
  });
  // What broke the connection is told here; the command that was under way only learns that there is none any more.
  client.on('error', (error) => (broken ??= error));
  client.on('response', ({ response }) => (lastAnswer = response));
  client.on('exists', ({ path, count, prevCount }) => options.onCount(path, count, prevCount));
  client.on('expunge', (event) => {
    if (event.seq !== undefined) options.onExpunge(event.path, event.seq);
  });

  // Once a connection: a listener for each command would cost more than its line does.
  const callOff = (): void => client.close();
  signal.addEventListener('abort', callOff, { once: true });
  client.once('close', () => signal.removeEventListener('abort', callOff));

  /** One command with its time limit; `moved` begins the limit anew while an answer is coming in. */
  async function command<T>(
    name: string,
    phase: Phase,
    run: (moved: () => void) => Promise<T>,
  ): Promise<Exclude<T, false>> {
    const what = `${name} for ${mailbox.user}`;
    const deadline = { passed: false, flooded: false };
    const giveUp = (): void => {
      deadline.passed = true;
      client.close();
    };
    let timer = clock.after(limitMs, giveUp);
    // An answer that never ends moves all the time.
    const overall = clock.after(limitMs * MOST_LIMITS, giveUp);
    let readBefore = socket.bytesRead;
    const lookForFlood = (): void => {
      flood = clock.after(FLOOD_LOOK_MS, lookForFlood);
      if (socket.bytesRead - readBefore <= MOST_BYTES) return;
      deadline.flooded = true;
      client.close();
      socket.destroy();
    };
    let flood = clock.after(FLOOD_LOOK_MS, lookForFlood);
    const moved = (): void => {
      readBefore = socket.bytesRead;
      timer.cancel();
      timer = clock.after(limitMs, giveUp);
    };
    options.onCommand?.(name);
    refusals.length = 0;
    lastAnswer = 'OK';
    try {
      const result = await run(moved);
      // Many calls of the library return as if all were well when the command failed.
      if (result === false || !client.usable || lastAnswer !== 'OK') throw refusals[0] ?? unsaid(client);
      return result as Exclude<T, false>;
    } catch (error) {
      const failure: Failure = deadline.flooded
        ? {
            cause: 'protocol',
            phase,
            detail: `${who} sent more than ${MOST_BYTES} bytes in answer to ${what}, and no end of it`,
          }
        : deadline.passed
          ? {
              cause: 'timeout',
              phase,
              detail: `${who} did not answer ${what} in time (${humanMs(limitMs)} for the next line, ${humanMs(limitMs * MOST_LIMITS)} for all)`,
            }
          : imapFailure(broken ?? error, { phase, what, who, mailbox: mailbox.name, hidden: mask.hidden });
      throw new DialogueError(failure, { cause: error });
    } finally {
      timer.cancel();
      overall.cancel();
      flood.cancel();
    }
  }

  await command('the login', 'auth', () => client.connect());

  return {
    get usable() {
      return client.usable;
    },
    get disposal() {
      const { capabilities } = client;
      // Gmail takes an expunged letter out of the folder only; what is to go has to go to its Trash.
      if (capabilities.has('UIDPLUS') && !capabilities.has('X-GM-EXT-1')) return 'expunge';
      return capabilities.has('MOVE') ? 'move' : 'flag';
    },
    async folders() {
      const list = await command('LIST', 'select', () => client.list());
      const named = (use: string): string | null => list.find((folder) => folder.specialUse === use)?.path ?? null;
      return { junk: named('\\Junk'), trash: named('\\Trash') };
    },
    async select(folder) {
      const state: MailboxObject = await command('SELECT', 'select', () => client.mailboxOpen(folder));
      // RFC 3501 lets SELECT leave UIDNEXT out; STATUS has to tell it.
      const asked =
        state.uidNext === undefined
          ? await command('STATUS', 'stat', () => client.status(folder, { uidNext: true }))
          : state;
      return { uidValidity: String(state.uidValidity ?? 0), uidNext: asked.uidNext ?? 0, count: state.exists ?? 0 };
    },
    async noop() {
      await command('NOOP', 'fetch', () => client.noop());
    },
    async status(folder) {
      try {
        const status = await command('STATUS', 'stat', () =>
          client.status(folder, { uidNext: true, uidValidity: true }),
        );
        return { uidValidity: String(status.uidValidity ?? 0), uidNext: status.uidNext ?? 0 };
      } catch (error) {
        if (error instanceof DialogueError && error.failure.cause === 'refused' && client.usable) return null;
        throw error;
      }
    },
    async fetch(range, what, row) {
      await command('FETCH', 'fetch', async (moved) => {
        for await (const { uid, seq, headers, source, bodyParts } of client.fetch(range, QUERIES[what], {
          uid: true,
        })) {
          moved();
          const part =
            what === 'report' ? source : what === 'token' ? headers : (bodyParts?.values().next().value ?? headers);
          row({ uid, seq, text: part?.toString('utf8') ?? '' });
        }
      });
    },
    async expunge(range) {
      options.onCommand?.('UID STORE');
      await command('UID EXPUNGE', 'fetch', () => client.messageDelete(range, QUIETLY));
    },
    async move(range, folder) {
      await command('UID MOVE', 'fetch', () => client.messageMove(range, folder, { uid: true }));
    },
    async flagDeleted(range) {
      await command('UID STORE', 'fetch', () => client.messageFlagsAdd(range, ['\\Deleted'], QUIETLY));
    },
    async flagged() {
      return (await command('UID SEARCH', 'fetch', () => client.search({ deleted: true }, { uid: true }))) ?? [];
    },
    async logout() {
      await command('LOGOUT', 'quit', () => client.logout()).catch(() => undefined);
      client.close();
    },
    close: () => client.close(),
  };
}

/** A command that came to nothing and left no error anywhere. */
function unsaid(client: ImapFlow): Error {
  const facts = client.usable ? { responseStatus: 'NO' } : { code: 'NoConnection', reason: client.byeReason };
  return Object.assign(new Error('it answered nothing of use'), facts);
}

/** The library tells refusals that it does not throw to its log only: they are kept until the command returns. */
function loggerInto(refusals: unknown[]) {
  const note = (entry: { readonly err?: unknown }): void => {
    if (entry.err !== undefined) refusals.push(entry.err);
  };
  const nothing = (): void => undefined;
  return {
    // Asked before each line is made: without it every command would be printed twice for nobody.
    isLevelEnabled: (level: string) => level === 'warn' || level === 'error',
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: note,
    error: note,
    fatal: note,
  };
}
