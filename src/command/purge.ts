import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { ConfigError } from '../lib/errors.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { knownUntil } from '../month/known.ts';
import { planPurge, purgeMonth, type PurgePlan } from '../month/purge.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { addEntryOptions, entryTarget, writeIntoLater, type EntryFlags } from './entry-flags.ts';
import { monthOption } from './month-option.ts';

interface PurgeFlags extends EntryFlags {
  readonly month: string;
  readonly yes?: true;
}

export function addPurge(program: Command): void {
  addEntryOptions(program.command('purge'))
    .description("Deletes a closed and exported month's messages; runs, outages, entries and reports stay.")
    .requiredOption('--month <month>', 'such as 2026-10')
    .option('--yes', 'do it without asking')
    .addHelpText('after', HELP)
    .action(async (flags: PurgeFlags) => {
      const what = 'purge';
      const month = monthOption(what, flags.month);
      const target = entryTarget(what, flags);
      const { system, contract } = target;
      await writeIntoLater(target, async (db) => {
        const asked = { system, month, contract, known: knownUntil(db) };
        const plan = planPurge(db, asked);
        const title = `${month} of ${system}`;
        process.stdout.write(`${planLines(title, plan, contract.timezone).join('\n')}\n`);
        if (plan.decidedAt !== null && plan.messages === 0) return;
        if (plan.decidedAt === null && flags.yes !== true) await askFor(month);
        const deleted = await purgeMonth(db, asked, plan, createSystemClock().now());
        process.stdout.write(`${deleted} messages of ${title} deleted\n`);
      });
    });
}

const HELP = `
Example:
  $ mailwitness purge --config agent.yaml --month 2026-10          says what goes, and asks
  $ mailwitness purge --config agent.yaml --month 2026-10 --yes

The month must be closed, not provisionally, and its evidence exported after its end and after the last news of its
messages. From then on its closed report answers for it; it is not computed or closed again, and of
its evidence what its revisions name stays. One that was cut short goes on when it is called again.`;

function planLines(title: string, plan: PurgePlan, zone: string): readonly string[] {
  const { messages, first, last, kept, bytes, decidedAt } = plan;
  const zoned = (at: number): string => formatInZone(Math.floor(at), zone);
  if (decidedAt !== null && messages === 0)
    return [`${title} was purged at ${zoned(decidedAt)}; nothing of it is left to go`];
  const span = first === null || last === null ? '' : `, accepted from ${zoned(first)} to ${zoned(last)}`;
  return [
    decidedAt === null ? `A purge of ${title}` : `The purge of ${title}, begun at ${zoned(decidedAt)} and cut short`,
    `  deletes: ${messages} messages${span}, with what was seen and said of them; about ${megabytes(bytes)}`,
    '           that the store uses again for what comes (its file does not shrink)',
    '  keeps:   runs and outages of checks and routes, gaps, exclusions, records, closed reports',
    ...(kept === 0
      ? []
      : [`           and ${kept} messages at its edges, with which the months beside it begin or end`]),
  ];
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Throws ConfigError unless a person types yes. */
async function askFor(month: string): Promise<void> {
  const expected = '--yes, or yes typed at a terminal';
  if (!process.stdin.isTTY) throw new ConfigError([{ file: 'purge', path: '', expected, got: 'neither' }]);
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(
      `Delete them? The figures of ${month} can not be computed again here. Type yes: `,
    );
    if (answer.trim() !== 'yes') throw new ConfigError([{ file: 'purge', path: '', expected, got: 'another answer' }]);
  } finally {
    lines.close();
  }
}
