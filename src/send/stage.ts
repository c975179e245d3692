import type { Clock } from '../lib/clock.ts';
import type { Instant } from '../lib/time.ts';
import type { Recorder } from '../net/recorder.ts';
import type { Phase } from '../probe/visit.ts';
import { readReply, type Reply } from './reply.ts';

export interface Refusal {
  /** The command that was refused, `RCPT TO:<...>`, of a login no more than `AUTH PLAIN`; null: the connection was. */
  readonly command: string | null;
  readonly phase: Phase;
  readonly reply: Reply;
}

/**
 * How far a dialogue has come, from the lines of both sides. nodemailer reports the same error for a cut before MAIL and
 * for one after the final dot, so this is the one place that knows the difference.
 */
export interface Stage {
  /** The server speaks first. */
  expectGreeting(): void;
  client(line: string): void;
  /** A whole reply; its lines are parted by LF. */
  server(text: string): void;
  /** The final dot was handed to the socket: from here on the letter may be accepted. */
  dotWritten(): void;
  /** What the dialogue waits for, or waited for last. */
  readonly phase: Phase;
  readonly dotAt: Instant | null;
  /** The reply after the final dot, whatever it says. */
  readonly verdict: { readonly at: Instant; readonly reply: Reply } | null;
  /** The first reply that refused, unless the dialogue went on all the same. */
  readonly refusal: Refusal | null;
  /** The first reply that is none of SMTP, and where it came: of what follows nobody knows what it answers. */
  readonly nonsense: { readonly text: string; readonly phase: Phase } | null;
  /** DATA was granted and the final dot is not yet written: whatever is sent now is part of the letter. */
  readonly letterUnderWay: boolean;
  /** Replies so far. */
  readonly replies: number;
}

interface Pending {
  readonly command: string | null;
  readonly phase: Phase;
}

/** The letter is part of its command (RFC 5321 section 4.3.2). */
const LETTER: Pending = { command: 'DATA', phase: 'accept' };
const CONNECTION = { command: null } as const;

export function createStage(clock: Clock, recorder: Recorder): Stage {
  /** Commands without a reply yet; with PIPELINING there are several (RFC 2920). */
  const pending: Pending[] = [];
  let last: Pending = { ...CONNECTION, phase: recorder.phase };
  /** `AUTH PLAIN`, from there to the answer that ends the login. */
  let login: string | null = null;
  let dotAt: Instant | null = null;
  let verdict: Stage['verdict'] = null;
  let refusal: Refusal | null = null;
  let nonsense: Stage['nonsense'] = null;
  let letterUnderWay = false;
  let replies = 0;

  function expect(next: Pending): void {
    pending.push(next);
    if (pending.length > 1) return;
    last = next;
    recorder.begin(next.phase);
  }

  function answered(): Pending {
    const done = pending.shift() ?? last;
    // After 354 the letter is under way: still DATA, until the final dot.
    const [next] = pending;
    if (next !== undefined) {
      last = next;
      recorder.begin(next.phase);
    } else if (done.phase !== 'data') recorder.end();
    return done;
  }

  return {
    expectGreeting: () => expect({ ...CONNECTION, phase: 'greeting' }),
    client(line) {
      recorder.client(line);
      const phase = login === null ? phaseOf(line) : 'auth';
      if (phase === 'auth') login ??= /^AUTH\s+\S+/iu.exec(line)?.[0] ?? 'AUTH';
      // Who goes on after a refusal has got over it (HELO after EHLO). A lone dot only ends what cannot be undone.
      if (pending.length === 0 && line !== '.') refusal = null;
      expect({ command: login ?? line, phase });
    },
    server(text) {
      for (const line of text.split('\n')) recorder.server(line);
      replies += 1;
      const reply = readReply(text);
      if (reply?.code !== 334) login = null;
      const unasked = pending.length === 0;
      const done = answered();
      if (done === LETTER) verdict = reply === null ? null : { at: clock.now(), reply };
      if (reply === null || (unasked && reply.code < 400)) nonsense ??= { text, phase: done.phase };
      else if (reply.code >= 400) refusal ??= { command: done.command, phase: done.phase, reply };
      else if (done.phase === 'data' && done.command !== '.') letterUnderWay = true;
    },
    dotWritten() {
      dotAt = clock.now();
      letterUnderWay = false;
      expect(LETTER);
    },
    get phase() {
      return last.phase;
    },
    get dotAt() {
      return dotAt;
    },
    get verdict() {
      return verdict;
    },
    get refusal() {
      return refusal;
    },
    get nonsense() {
      return nonsense;
    },
    get letterUnderWay() {
      return letterUnderWay;
    },
    get replies() {
      return replies;
    },
  };
}

function phaseOf(line: string): Phase {
  const verb = /^[A-Za-z]+/u.exec(line)?.[0].toUpperCase() ?? '.';
  return PHASES[verb] ?? 'data';
}

const PHASES: Readonly<Record<string, Phase>> = {
  EHLO: 'ehlo',
  HELO: 'ehlo',
  STARTTLS: 'starttls',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'rset',
  QUIT: 'quit',
};
