import type { Command } from 'commander';
import { createSystemClock } from '../lib/system-clock.ts';
import { ConfigError } from '../lib/errors.ts';
import { closeMonth, type Closed } from '../month/close.ts';
import { cleanWords } from '../net/words.ts';
import type { ReportChange } from '../sla/report-changes.ts';
import { addEntryOptions, entryTarget, writeIntoLater, type EntryFlags } from './entry-flags.ts';
import { monthOption } from './month-option.ts';

interface CloseFlags extends EntryFlags {
  readonly month: string;
  readonly provisional?: true;
  readonly out?: string;
}

export function addClose(program: Command): void {
  addEntryOptions(program.command('close'))
    .description("Freezes a month's report as its next revision; the ones before stay byte for byte.")
    .requiredOption('--month <month>', 'such as 2026-10')
    .option('--provisional', 'also while the month runs or messages are on their way; the report says so')
    .option('--out <file>', 'write the evidence that the revision names by its hash')
    .addHelpText('after', HELP)
    .action(async (flags: CloseFlags) => {
      const what = 'close';
      const month = monthOption(what, flags.month);
      const target = entryTarget(what, flags);
      const asked = {
        system: target.system,
        month,
        contract: target.contractFile,
        now: createSystemClock().now(),
        provisional: flags.provisional === true,
        ...(flags.out === undefined ? {} : { out: flags.out }),
      };
      const done = await writeIntoLater(target, (db) => closeMonth(db, asked));
      process.stdout.write(`${linesOf(done, { what, month, system: target.system, out: flags.out }).join('\n')}\n`);
    });
}

const HELP = `
Example:
  $ mailwitness close --config agent.yaml --month 2026-10 --out corp-2026-10.ndjson

A running agent closes each month by itself once its last message has ended and lost_after has passed. What becomes known
later (a window that is approved, a record, a late message) goes into the next revision with a list of what changed: a
running agent makes it by itself, or close the month again. Where nothing changed there is no new revision.

Exit codes: 0 closed, or nothing changed; 2 too early, purged, or not covered by the store.`;

interface Said {
  readonly what: string;
  readonly month: string;
  readonly system: string;
  readonly out: string | undefined;
}

/** Throws ConfigError where the operator asked for what cannot be. */
function linesOf(done: Closed, { what, month, system, out }: Said): readonly string[] {
  const written = (sha256: string): string => `evidence: sha256 ${sha256}${out === undefined ? '' : `, in ${out}`}`;
  switch (done.kind) {
    case 'closed': {
      const title = `${month} of ${system} closed${done.provisional ? ' provisionally' : ''}: revision ${done.revision}`;
      return [title, written(done.evidenceSha256), ...done.changes.map(changeLine)];
    }
    case 'unchanged':
      return [
        `${month} of ${system}: nothing changed since revision ${done.revision}, which stands`,
        ...(done.evidenceSha256 === null ? [] : [written(done.evidenceSha256)]),
      ];
    case 'early': {
      const why =
        done.pending > 0
          ? `${month} with ${done.pending} messages on their way at ${done.knownAt}`
          : `${month}, which ends at ${done.endsAt}; the store was last written to at ${done.knownAt}`;
      throw early(what, why);
    }
    case 'not covered':
      throw wrong(what, done.expected, done.got);
  }
}

function early(what: string, got: string): ConfigError {
  return wrong(what, 'a month that is over with all messages ended (or --provisional)', got);
}

function wrong(what: string, expected: string, got: string): ConfigError {
  return new ConfigError([{ file: what, path: '--month', expected, got }]);
}

function changeLine({ clause, figure, before, after }: ReportChange): string {
  const value = (one: ReportChange['before']): string => (one === null ? 'none' : cleanWords(String(one), 300));
  return `  ${clause === null ? '' : `clause ${clause} `}${figure}: ${value(before)} -> ${value(after)}`;
}
