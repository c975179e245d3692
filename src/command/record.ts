import { InvalidArgumentError, Option, type Command } from 'commander';
import { RECORD_KINDS } from '../facts/facts.ts';
import { readRecord, type RecordFault } from '../facts/read-record.ts';
import { RECORD_KEYS } from '../facts/record-keys.ts';
import { ConfigError, type Problem } from '../lib/errors.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { addRecords, withdrawRecord } from '../store/records.ts';
import { addEntryOptions, asOptions, entryTarget, writeInto, type EntryFlags } from './entry-flags.ts';
import { wrongOption } from './wrong-option.ts';
import { atTheirLines, gotOf, importedRecords, readImport } from './import-file.ts';
import { IMPORT_FORMATS, type ImportFormat } from './import-rows.ts';
import { addRecordList } from './record-list.ts';

interface AddFlags extends EntryFlags {
  readonly at: string;
  readonly by: string;
  readonly replaces?: string;
  readonly id?: string;
}

interface ImportFlags extends EntryFlags {
  readonly by: string;
  readonly kind?: string;
  readonly format?: ImportFormat;
}

interface WithdrawFlags extends EntryFlags {
  readonly by: string;
}

export function addRecord(program: Command): void {
  const record = program
    .command('record')
    .description(
      'What no probe sees and a clause needs: billing, opening, complaints and so on. Entered, never edited.',
    )
    .addHelpText(
      'after',
      `\nKinds and their keys (? may be left out):\n${kindsHelp()}\n\nExamples: mailwitness record add --help`,
    );
  addAdd(record);
  addImport(record);
  addRecordList(record);
  addWithdraw(record);
}

function addAdd(record: Command): void {
  addEntryOptions(record.command('add'))
    .description('Enters a record, or with --replaces a correction of one.')
    .argument('<kind>', `one of ${RECORD_KINDS.join(', ')}`)
    .argument('<key=value...>', 'what it says; the keys of each kind stand below')
    .requiredOption('--at <time>', "the month of this time is the record's, in the contract's zone or with an offset")
    .requiredOption('--by <name>', 'who enters it')
    .option('--replaces <id>', 'the record that this one corrects')
    .option('--id <id>', 'an id of your own (default: R-2026-0001 and so on)')
    .addHelpText(
      'after',
      `
Example:
  $ mailwitness record add billing customers=120000 wrong=2 --config agent.yaml --at "2026-10-31 18:00" --by "Li Wei"

Kinds and their keys (? may be left out):
${kindsHelp()}`,
    )
    .action((kind: string, pairs: readonly string[], flags: AddFlags) => {
      const what = 'record add';
      const target = entryTarget(what, flags);
      const { system, contract, readInstant } = target;
      const { at, replaces, id: ownId, by } = flags;
      const found = readRecord({ ...keysOf(what, pairs), kind, at, replaces, id: ownId }, readInstant);
      if (!('record' in found)) throw new ConfigError(found.faults.map((fault) => asProblem(what, fault)));
      const now = createSystemClock().now();
      const [id = ''] = writeInto(target, (db) => addRecords(db, [found.record], { system, by, now }), asOptions(what));
      const instead = replaces === undefined ? '' : ` in place of ${replaces}`;
      const { record } = found;
      process.stdout.write(
        `${id} entered for ${system}${instead}: ${record.kind} at ${formatInZone(record.at, contract.timezone)}\n`,
      );
    });
}

function addImport(record: Command): void {
  addEntryOptions(record.command('import'))
    .description('Enters all records of a file, or none: a line that is wrong is named.')
    .argument('<file>', '.csv with a header row, or .ndjson (.jsonl) with an object a line; - for standard input')
    .requiredOption('--by <name>', 'who enters them')
    .option('--kind <kind>', 'kind of the rows that name none', readKind)
    .addOption(
      new Option('--format <format>', 'csv or ndjson (default: by the name of the file)').choices(IMPORT_FORMATS),
    )
    .addHelpText(
      'after',
      `
Example:
  $ mailwitness record import openings.csv --config agent.yaml --kind opening --by "Li Wei"
  with openings.csv:
  at,domain,paid_at,opened_at,told_at
  2026-10-05 11:00,own,2026-10-05 09:00,2026-10-05 10:30,2026-10-05 11:00

Columns are at, kind, id and replaces (the last three may be left out), and the keys of the kinds (? may be left out):
${kindsHelp()}

A file that is imported a second time is refused: its records are there.`,
    )
    .action((file: string, flags: ImportFlags) => {
      const what = 'record import';
      const target = entryTarget(what, flags);
      const format = flags.format ?? formatOf(what, file);
      const { readInstant, system } = target;
      const records = importedRecords(readImport(file), { file, format, kind: flags.kind, readInstant });
      const now = createSystemClock().now();
      const ids = writeInto(
        target,
        (db) =>
          addRecords(
            db,
            records.map(({ record }) => record),
            { system, by: flags.by, now },
          ),
        atTheirLines(file, records),
      );
      const range = ids.length === 1 ? (ids[0] ?? '') : `${ids[0]} to ${ids.at(-1)}`;
      process.stdout.write(`${ids.length} records entered for ${system}: ${range}\n`);
    });
}

function addWithdraw(record: Command): void {
  addEntryOptions(record.command('withdraw'))
    .description('Takes a record back: it stays in the list and counts nowhere, nor does what it replaced.')
    .argument('<id>', 'id of the record')
    .requiredOption('--by <name>', 'who withdraws it')
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness record withdraw R-2026-0001 --config agent.yaml --by "Li Wei"\n\nTo correct one, enter another with mailwitness record add --replaces.',
    )
    .action((id: string, flags: WithdrawFlags) => {
      const what = 'record withdraw';
      const target = entryTarget(what, flags);
      const withdrawal = { id, system: target.system, by: flags.by, now: createSystemClock().now() };
      writeInto(target, (db) => withdrawRecord(db, withdrawal), asOptions(what, { id: '<id>' }));
      process.stdout.write(`${id} of ${target.system} withdrawn by ${flags.by.trim()}\n`);
    });
}

/** `customers=120000`; the value may hold further equals signs. */
function keysOf(what: string, pairs: readonly string[]): Record<string, string> {
  const found = new Map<string, string>();
  for (const pair of pairs) {
    const [, key, value] = /^([a-z_]+)=(.*)$/s.exec(pair) ?? [];
    if (key === undefined || value === undefined)
      throw wrongOption(what, '<key=value>', 'a key and its value such as customers=120000', pair);
    if (found.has(key)) throw wrongOption(what, key, 'each key once');
    if (key === 'at' || key === 'id' || key === 'replaces' || key === 'kind')
      throw wrongOption(what, key, key === 'kind' ? 'the kind before the keys' : `the option --${key}`);
    found.set(key, value);
  }
  return Object.fromEntries(found);
}

function asProblem(what: string, { key, expected, got }: RecordFault): Problem {
  const path = key === 'kind' ? '<kind>' : key === 'at' || key === 'id' || key === 'replaces' ? `--${key}` : key;
  return { file: what, path, expected, ...(got === undefined ? {} : { got: gotOf(got) }) };
}

function readKind(text: string): string {
  if ((RECORD_KINDS as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`expected one of ${RECORD_KINDS.join(', ')}`);
}

function formatOf(what: string, file: string): ImportFormat {
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(file)) return 'ndjson';
  throw wrongOption(what, '--format', 'csv or ndjson, for the name of the file does not tell', file);
}

function kindsHelp(): string {
  return RECORD_KINDS.map((kind) => {
    const keys = Object.entries(RECORD_KEYS[kind]).map(([key, { value, optional }]) => {
      const words = typeof value === 'string' ? '' : ` (${value.join(', ')})`;
      return `${key}${optional ? '?' : ''}${words}`;
    });
    return `  ${kind.padEnd(16)} ${keys.join(', ')}`;
  }).join('\n');
}
