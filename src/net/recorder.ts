import type { Clock } from '../lib/clock.ts';
import type { Instant, Ms } from '../lib/time.ts';
import type { Phase, PhaseTime, TranscriptLine } from '../probe/visit.ts';
import { createMask } from './mask.ts';
import { cleanWords } from './words.ts';

const MAX_LINES = 200;

/** Keeps what happened in one dialogue: the time each phase took, and what was said. Holds no secret. */
export interface Recorder {
  readonly startedAt: Instant;
  /** The phase under way, or the last one. */
  readonly phase: Phase;
  /** Times `run` as the phase; a phase that comes twice (EHLO after STARTTLS) adds up. A failed one is timed too. */
  timed<T>(phase: Phase, run: () => Promise<T>): Promise<T>;
  /** The same for callers that learn of a phase's edges by events: ends the phase before. */
  begin(phase: Phase): void;
  end(): void;
  client(line: string): void;
  server(line: string): void;
  note(text: string): void;
  /** A text (a password, its base64) that must never be shown, whoever says it. */
  hide(secret: string): void;
  /** A server's words without control characters and hidden texts, cut (after that: half a password is one too). */
  words(text: string, max?: number): string;
  phases(): readonly PhaseTime[];
  transcript(): readonly TranscriptLine[];
}

export function createRecorder(clock: Clock, first: Phase = 'dns'): Recorder {
  const startedAt = clock.now();
  const times = new Map<Phase, Ms>();
  const lines: TranscriptLine[] = [];
  const mask = createMask();
  let phase = first;
  let beganAt: Ms | null = null;
  let left = 0;

  function end(): void {
    if (beganAt === null) return;
    times.set(phase, (times.get(phase) ?? 0) + Math.max(0, clock.now() - beganAt));
    beganAt = null;
  }

  function begin(next: Phase): void {
    end();
    phase = next;
    beganAt = clock.now();
  }

  function add(who: TranscriptLine['who'], text: string): void {
    if (lines.length >= MAX_LINES) left += 1;
    else lines.push({ at: clock.now(), who, text: cleanWords(text) });
  }

  return {
    startedAt,
    get phase() {
      return phase;
    },
    async timed(next, run) {
      begin(next);
      try {
        return await run();
      } finally {
        // `run` may have begun a phase of its own (dial does): that one is ended then.
        end();
      }
    },
    begin,
    end,
    client: (line) => add('client', mask.client(line)),
    server: (line) => add('server', mask.server(line)),
    note: (text) => add('note', mask.hidden(text)),
    hide: (secret) => mask.hide(secret),
    words: (text, max) => cleanWords(mask.hidden(text), max),
    phases: () => [...times].map(([phase, ms]) => ({ phase, ms })),
    transcript() {
      const more: TranscriptLine[] =
        left === 0 ? [] : [{ at: clock.now(), who: 'note', text: `${left} more lines were not kept` }];
      return [...lines, ...more];
    },
  };
}
