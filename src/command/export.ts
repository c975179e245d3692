import { goLast } from '../lib/priority.ts';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { createSystemClock } from '../lib/system-clock.ts';
import { exportMonth, type ExportedMonth } from '../month/export-month.ts';
import { exportRevision } from '../month/export-revision.ts';
import { monthAt, previousMonth } from '../sla/month.ts';
import { addExport as addExportRow } from '../store/exports.ts';
import { openCurrentReadOnly, openForEntry } from '../store/file.ts';
import { addEntryOptions, entryTarget, type EntryFlags, type EntryTarget } from './entry-flags.ts';
import { monthOption, revisionOption } from './month-option.ts';

interface ExportFlags extends EntryFlags {
  readonly month?: string;
  readonly out?: string;
  readonly redact?: true;
  readonly revision?: string;
}

const WHAT = 'export';

export function addExport(program: Command): void {
  addEntryOptions(program.command(WHAT))
    .description(
      "Writes a month's evidence: all that its report is computed from, for whoever wants to compute it again.",
    )
    .option('--month <month>', 'such as 2026-10 (default: the one before the running one)')
    .option('--out <file>', 'write it there instead of to standard output; one that exists is replaced')
    .option('--redact', "leave out the servers' words and all addresses; no figure changes by it")
    .addOption(
      new Option('--revision <n>', 'the very bytes that this revision of a closed month names by its hash').conflicts(
        'redact',
      ),
    )
    .addHelpText('after', HELP)
    .action(async (flags: ExportFlags) => {
      goLast('process');
      const target = entryTarget(WHAT, flags);
      const now = createSystemClock().now();
      const { timezone } = target.contract;
      const month = monthOption(WHAT, flags.month ?? previousMonth(monthAt(Math.floor(now), timezone)));
      const revision = flags.revision === undefined ? null : revisionOption(WHAT, flags.revision);
      const asked = { ...target, month, redact: flags.redact === true, revision };
      const written =
        flags.out === undefined
          ? await toStandardOutput((file) => write(target, { ...asked, out: file }))
          : await write(target, { ...asked, out: flags.out });
      if (written.whole) remember(target, month, written, now);
      process.stderr.write(`${toldOf(`${month} of ${target.system}`, flags, written)}\n`);
    });
}

const HELP = `
Example:
  $ mailwitness export --config agent.yaml --month 2026-10 --out corp-2026-10.ndjson
  $ mailwitness report --evidence corp-2026-10.ndjson --month 2026-10          the same report, anywhere

  $ mailwitness export --config agent.yaml --month 2026-10 --revision 1 | sha256sum      the hash that the closed report names

Exit code 2: a month that the store does not cover, or that was purged; of a closed revision the evidence stays.`;

async function write({ store }: EntryTarget, { revision, ...asked }: Asked): Promise<ExportedMonth> {
  const db = openCurrentReadOnly(store);
  try {
    if (revision === null) return await exportMonth(db, asked);
    return await exportRevision(db, { system: asked.system, month: asked.month, revision }, asked.out);
  } finally {
    db.close();
  }
}

type Asked = Omit<Parameters<typeof exportMonth>[1], 'onProgress'> & { readonly revision: number | null };

/** By way of a file: nothing is printed of what cannot be written whole, and a reader that is slow holds no snapshot. */
async function toStandardOutput(write: (file: string) => Promise<ExportedMonth>): Promise<ExportedMonth> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mailwitness-export-'));
  try {
    const file = path.join(folder, 'evidence.ndjson');
    const written = await write(file);
    const handle = await open(file);
    // It is read to its end all the same, and nothing stays behind when the reader leaves, which ends the program.
    await rm(folder, { recursive: true });
    for await (const block of handle.createReadStream()) {
      if (!process.stdout.write(block as Uint8Array)) await once(process.stdout, 'drain');
    }
    return written;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A month may be purged once its evidence is elsewhere. */
function remember({ store, system }: EntryTarget, month: string, written: ExportedMonth, now: number): void {
  const { sha256, lines, until } = written;
  const db = openForEntry(store);
  try {
    addExportRow(db, { system, month, at: now, sha256, lines, until });
  } finally {
    db.close();
  }
}

function toldOf(title: string, { out, redact }: ExportFlags, { lines, bytes, sha256, whole }: ExportedMonth): string {
  const place = out ?? 'standard output';
  const lacking = redact === true ? '; redacted' : whole ? '' : '; the month is not over';
  return `${title} written to ${place}: ${lines} lines, ${(bytes / 1_000_000).toFixed(1)} MB, sha256 ${sha256}${lacking}`;
}
