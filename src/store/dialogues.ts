import type { Database } from 'better-sqlite3';
import { MINUTE } from '../lib/time.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { TranscriptLine } from '../probe/visit.ts';
import { toMicros } from './micros.ts';

/** A text is cut here, in characters. */
export const TEXT_LIMIT = 16_384;
/** Rows kept: of a probe while it is open, of one route's good probes, of one route's troubled ones, of one check's target. */
export const KEPT = { probe: 10, plain: 150, trouble: 1_500, target: 20 } as const;

/**
 * What was said, as evidence for people. A probe's dialogue is kept whole while the probe is open, because only its end
 * tells whether anybody will want to read it; then the last of a route are kept: few of those that went well, many of
 * those that did not. So a route holds some megabytes at most, however long it runs.
 */
export interface DialogueTable {
  addSent(target: number, probe: number, lines: readonly TranscriptLine[]): void;
  /** `open`: its probe has not settled yet. */
  addHeaders(target: number, probe: number, at: number, headers: string, open: boolean): void;
  /** A visit that failed. */
  addVisit(target: number, lines: readonly TranscriptLine[]): void;
  /** Puts a settled probe's dialogue with those of its kind, and lets the oldest go. */
  shelve(target: number, probe: number, state: ProbeState): void;
}

export function createDialogueTable(db: Database): DialogueTable {
  const add = db.prepare('INSERT INTO dialogues (target, probe, shelf, part, at, text) VALUES (?, ?, ?, ?, ?, ?)');
  const countOf = db.prepare<[number], number>('SELECT count(*) FROM dialogues WHERE probe = ?').pluck();
  const shelve = db.prepare("UPDATE dialogues SET shelf = ? WHERE probe = ? AND shelf = 'open'");
  const prune = db.prepare(
    `DELETE FROM dialogues WHERE target = :target AND shelf = :shelf AND n <= (
       SELECT n FROM dialogues WHERE target = :target AND shelf = :shelf ORDER BY n DESC LIMIT 1 OFFSET :keep)`,
  );

  function addTranscript(target: number, probe: number | null, shelf: Shelf, lines: readonly TranscriptLine[]): void {
    const [first] = lines;
    if (first !== undefined) add.run(target, probe, shelf, 'transcript', toMicros(first.at), printLines(lines));
  }

  return {
    addSent(target, probe, lines) {
      if ((countOf.get(probe) ?? 0) < KEPT.probe) addTranscript(target, probe, 'open', lines);
    },
    addHeaders(target, probe, at, headers, open) {
      if (headers === '' || (countOf.get(probe) ?? 0) >= KEPT.probe) return;
      add.run(target, probe, open ? 'open' : 'trouble', 'headers', toMicros(at), headers.slice(0, TEXT_LIMIT));
      if (!open) prune.run({ target, shelf: 'trouble', keep: KEPT.trouble });
    },
    addVisit(target, lines) {
      addTranscript(target, null, 'trouble', lines);
      prune.run({ target, shelf: 'trouble', keep: KEPT.target });
    },
    shelve(target, probe, state) {
      const shelf = isPlain(state) ? 'plain' : 'trouble';
      shelve.run(shelf, probe);
      prune.run({ target, shelf, keep: KEPT[shelf] });
    },
  };
}

type Shelf = 'open' | 'plain' | 'trouble';

// Came out once, at its place, within a minute: nobody will ask.
function isPlain(state: ProbeState): boolean {
  if (state.outcome === 'void') return true;
  if (state.outcome !== 'relayed' && state.outcome !== 'delivered') return false;
  const outAt = state.visibleAt ?? state.relayedAt;
  const slow = state.acceptedAt !== null && outAt !== null && outAt - state.acceptedAt > MINUTE;
  return !slow && !state.misfiled && state.copies <= 1 && state.contacts <= 1;
}

/** `12:00:00.123 C: EHLO probe.example`, a line each: C the client, S the server, * a note of ours. */
function printLines(lines: readonly TranscriptLine[]): string {
  const marks = { client: 'C:', server: 'S:', note: '*' } as const;
  const texts = lines.map(({ at, who, text }) => `${new Date(at).toISOString().slice(11, 23)} ${marks[who]} ${text}`);
  return texts.join('\n').slice(0, TEXT_LIMIT);
}
