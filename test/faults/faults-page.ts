import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, type RunnerTestSuite } from 'vitest';

/** One line of docs/faults.md: a fault of the mail system. */
export interface FaultLine {
  readonly fault: string;
  readonly injected: string;
  readonly recorded: string;
  /** Seconds; undefined: there was no outage to measure. */
  readonly trueS?: readonly [number, number];
  readonly measuredS?: number | null;
  readonly boundsS?: readonly [number | null, number | null];
}

/** The same of a fault of the agent's own: nothing may be booked against the mail system for it. */
export interface OwnFaultLine extends FaultLine {
  /** Seconds of the time from the first thing that was measured to the end; undefined: there is no report. */
  readonly unmeasuredS: number | undefined;
  /** Delays that count, the longest of them in seconds, and how many messages were late or lost. */
  readonly letters?: { readonly n: number; readonly longestS: number | null; readonly lateOrLost: number };
}

const PAGE = new URL('../../docs/faults.md', import.meta.url);
const LOCK = new URL('../../docs/.faults.lock', import.meta.url);
/** Writing takes milliseconds: who has not given the lock back by then was killed. */
const LOCK_MS = 10_000;
const HEAD = `# Faults, each seen on a real mail system

Written by the tests in \`test/faults/\` when they run with \`MAILWITNESS_WRITE_FAULTS=1\`, each table by one file of them, and only
when all tests of that file passed in one run, whose date stands above it:

    npm run build && MAILWITNESS_WRITE_FAULTS=1 npx vitest run test/faults    # root, Postfix, Dovecot, nftables, faketime

A real Postfix and Dovecot, with the whole agent beside them, visits and launches once a second. *True* is how long the fault stood, as
the test switched it: from when it began to take hold until it was certainly gone, hence two figures. *Measured* is the down time of
clause 1 in the report that the store yields, *bounds* its least and most. A dash: clause 1 has nothing to measure there.

Each visit is judged as a whole, with its second attempt. Where a server is silent (frozen, black-holed, a byte a second) the
visit that is under way when the fault ends may still come through, and is good from its start, or wait in vain until its
attempt is over, and is bad until then. So the bounds of such an outage are those of its visits: the truth may lie outside by the
time limits of one visit, two to four seconds here: of one attempt, or of both.

Under *Own faults* the trouble is the agent's, and the mail system is well. *Unmeasured* is how much of the time between the first
thing that was measured and the end the report counts as neither up nor down, restarts and the first second of each check included.
*Measured* and *bounds* are the down time of clause 1 all the same, which has to be none, and *letters* the delays that count in
clauses 2a and 2b: how many, the longest, and how many are late or lost. The longest is the worst case: a letter that came while the
agent could not look may have been there from the start, which is its best.
`;

const written = new Map<string, readonly (FaultLine | OwnFaultLine)[]>();

/**
 * One section of the page, by what a run has just seen. It takes the place of the one before once the whole test file has
 * passed, every test of it, and only if that was asked for.
 */
export function writeFaults(section: string, lines: readonly (FaultLine | OwnFaultLine)[]): void {
  if (lines.length > 0) written.set(section, lines);
}

// Of the file that imports this: after all its tests, and all other hooks.
// oxlint-disable-next-line no-empty-pattern -- vitest takes the first argument for fixtures, and wants them destructured
afterAll(async ({}, suite) => {
  if (process.env['MAILWITNESS_WRITE_FAULTS'] !== '1' || written.size === 0 || !hasPassed(suite)) return;
  await alone(() => replace(written));
});

/** A test that was skipped, or not chosen, has seen nothing either. */
function hasPassed(suite: Readonly<RunnerTestSuite>): boolean {
  return suite.tasks.every((task) => ('tasks' in task ? hasPassed(task) : task.result?.state === 'pass'));
}

/** Test files run beside each other, and all write to the one page. */
async function alone(write: () => void): Promise<void> {
  for (;;) {
    try {
      mkdirSync(LOCK);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (Date.now() - since > LOCK_MS) rmSync(LOCK, { recursive: true, force: true });
      else await pause(20);
    }
  }
  try {
    write();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function replace(by: ReadonlyMap<string, readonly (FaultLine | OwnFaultLine)[]>): void {
  const sections = new Map<string, string>();
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  for (const part of before.split(/^(?=## )/mu).slice(1)) {
    sections.set(/^## (.*)$/mu.exec(part)?.[1] ?? '', `${part.trimEnd()}\n`);
  }
  const date = new Date().toISOString().slice(0, 10);
  for (const [section, lines] of by) sections.set(section, `## ${section}\n\nRun of ${date}.\n\n${tableOf(lines)}\n`);
  const sorted = [...sections].sort(([a], [b]) => a.localeCompare(b)).map(([, text]) => text);
  writeFileSync(PAGE, [HEAD, ...sorted].join('\n'));
}

function tableOf(lines: readonly (FaultLine | OwnFaultLine)[]): string {
  const own = lines.some((line) => 'unmeasuredS' in line);
  const head = ['fault', 'injected', 'recorded', 'true (min)', 'measured (min)', 'bounds (min)'];
  if (own) head.push('unmeasured (min)', 'letters: delays, longest (s), late or lost');
  const rows = lines.map((line) => [...cellsOf(line), ...(own ? ownCellsOf(line) : [])]);
  const cells = [head, head.map((_, index) => (index < 3 ? '---' : '--:')), ...rows];
  return cells
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`)
    .join('\n');
}

function cellsOf({ fault, injected, recorded, trueS, measuredS, boundsS }: FaultLine): string[] {
  return [
    fault,
    injected,
    recorded,
    trueS === undefined ? '–' : `${minutes(trueS[0])} to ${minutes(trueS[1])}`,
    measuredS === undefined ? '–' : minutes(measuredS),
    boundsS === undefined ? '–' : `${minutes(boundsS[0])} to ${minutes(boundsS[1])}`,
  ];
}

function ownCellsOf(line: FaultLine | OwnFaultLine): string[] {
  const { unmeasuredS, letters } = { unmeasuredS: undefined, letters: undefined, ...line };
  return [
    unmeasuredS === undefined ? '–' : minutes(unmeasuredS),
    letters === undefined ? '–' : `${letters.n}, ${letters.longestS?.toFixed(3) ?? '–'}, ${letters.lateOrLost}`,
  ];
}

function minutes(seconds: number | null): string {
  return seconds === null ? 'none' : (seconds / 60).toFixed(4);
}
