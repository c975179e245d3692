import type { Socket } from 'node:net';
import type { EndpointSettings, MailboxSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Instant, Ms } from '../lib/time.ts';
import { createDeadline } from '../net/deadline.ts';
import { dial } from '../net/dial.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { createLineReader, type LineReader } from '../net/line-reader.ts';
import { formsOf } from '../net/mask.ts';
import { pop3Refusal } from '../net/pop3-refusal.ts';
import { createRecorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import { upgrade } from '../net/upgrade.ts';
import type { Cause, Phase } from '../probe/visit.ts';

export interface Pop3SessionOptions {
  readonly mailbox: MailboxSettings;
  readonly pop3: EndpointSettings;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Limit of connecting, and of each answer. */
  readonly limitMs: Ms;
  readonly signal: AbortSignal;
}

/** One POP3 session (RFC 1939). It shows the letters that were there when the login was answered, and no later ones. */
export interface Pop3Session {
  /** When the last line of the login was sent: what the session does not show was not there then. */
  readonly openedAt: Instant;
  /** Unique id to number, the oldest letter first. */
  list(): Promise<ReadonlyMap<string, number>>;
  /** Headers and so many lines of the body. */
  top(number: number, lines: number): Promise<string>;
  delete(number: number): Promise<void>;
  /** Only this carries out the deletions. */
  quit(): Promise<void>;
  close(): void;
}

/** A mailbox of a hundred thousand letters has so many lines in its list; a letter is cut by `MAX_TEXT`. */
const LIMITS = { maxLines: 500_000, maxBytes: 33_554_432 };
const MAX_TEXT = 262_144;

/** Connects and logs in. Throws DialogueError, as every call of the session does; the connection is closed then. */
export async function openPop3Session(options: Pop3SessionOptions): Promise<Pop3Session> {
  const { mailbox, pop3, resolver, clock, limitMs, signal } = options;
  const recorder = createRecorder(clock);
  for (const form of formsOf(mailbox.user, mailbox.password.reveal())) recorder.hide(form);
  const target = { ...pop3, key: 'pop3' } as const;
  const tls = pop3.tls === 'implicit' ? 'implicit' : 'plain';
  const dialled = await dial({ ...target, tls, resolver, clock, recorder, timeoutMs: limitMs, signal });
  const { peer } = dialled;
  let socket: Socket = dialled.socket;
  let reader: LineReader = createLineReader({ socket, peer, recorder, limits: LIMITS });

  function failed(cause: Cause, detail: string, words?: string): DialogueError {
    socket.destroy();
    return new DialogueError({ cause, phase: recorder.phase, detail, ...(words !== undefined && { words }) });
  }

  /** Only a wrong login is one: where the mailbox is in use, or could not be opened now, nothing has to wait for fail2ban. */
  async function causeOf(phase: Phase, words: string, signal: AbortSignal): Promise<Cause> {
    if (phase !== 'auth') return 'refused';
    const lines = { send: (line: string) => void socket.write(`${line}\r\n`), line: () => reader.line(signal) };
    return (await pop3Refusal(words, lines)) === 'login' ? 'auth' : 'refused';
  }

  /** One answer, its further lines handed to `more` where there are any. `what` is shown in its place, and says no secret. */
  async function ask(line: string | null, phase: Phase, what: string, more?: (line: string) => void): Promise<void> {
    recorder.begin(phase);
    const deadline = createDeadline(clock, limitMs, signal);
    try {
      if (line !== null) socket.write(`${line}\r\n`);
      const answer = await reader.line(deadline.signal);
      if (!/^\+OK\b/i.test(answer)) {
        const words = recorder.words(answer.replace(/^-ERR\s*/i, ''));
        const cause = answer.startsWith('-') ? await causeOf(phase, words, deadline.signal) : 'protocol';
        const keys = `mailboxes.${mailbox.name}.user and mailboxes.${mailbox.name}.password`;
        const hint = cause === 'auth' ? `; check ${keys}` : '';
        throw failed(cause, `${peer} refused ${what} for ${mailbox.user} (${words})${hint}`, words);
      }
      if (more === undefined) return;
      for (let next = await reader.line(deadline.signal); next !== '.'; next = await reader.line(deadline.signal)) {
        more(next.startsWith('.') ? next.slice(1) : next);
      }
    } finally {
      deadline.end();
      recorder.end();
    }
  }

  await ask(null, 'greeting', 'to greet');
  if (pop3.tls === 'starttls') {
    await ask('STLS', 'starttls', 'STLS');
    const deadline = createDeadline(clock, limitMs, signal);
    try {
      ({ socket } = await upgrade({ ...target, socket, reader, peer, recorder, signal: deadline.signal }));
    } finally {
      deadline.end();
    }
    reader = createLineReader({ socket, peer, recorder, limits: LIMITS });
  }
  await ask(`USER ${oneLine(mailbox.user)}`, 'auth', 'USER');
  const openedAt = clock.now();
  await ask(`PASS ${oneLine(mailbox.password.reveal())}`, 'auth', 'the login');

  return {
    openedAt,
    async list() {
      const letters = new Map<string, number>();
      await ask('UIDL', 'stat', 'UIDL', (line) => {
        const [, number, uid] = /^(\d{1,9}) ([\x21-\x7e]{1,70})$/.exec(line.trimEnd()) ?? [];
        if (number !== undefined && uid !== undefined) letters.set(uid, Number(number));
      });
      return letters;
    },
    async top(number, lines) {
      const text: string[] = [];
      let length = 0;
      await ask(`TOP ${number} ${lines}`, 'fetch', 'TOP', (line) => {
        length += line.length + 2;
        if (length <= MAX_TEXT) text.push(line);
      });
      return text.join('\r\n');
    },
    delete: (number) => ask(`DELE ${number}`, 'fetch', 'DELE'),
    async quit() {
      await ask('QUIT', 'quit', 'QUIT');
      socket.destroy();
    },
    close: () => void socket.destroy(),
  };
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, '');
}
