import type { Command } from 'commander';
import { RECORD_KEYS } from '../facts/record-keys.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { openCurrentReadOnly } from '../store/file.ts';
import { listRecords, recordState, type StoredRecord } from '../store/records.ts';
import { columns } from './columns.ts';
import { addEntryOptions, entryTarget, type EntryFlags } from './entry-flags.ts';

interface Flags extends EntryFlags {
  readonly json?: true;
}

export function addRecordList(record: Command): void {
  addEntryOptions(record.command('list'))
    .description('All records of a system, those that were withdrawn or replaced too.')
    .option('--json', 'as JSON, keys as in evidence')
    .addHelpText('after', '\nExample:\n  $ mailwitness record list --config agent.yaml --json')
    .action((flags: Flags) => {
      const { store, system, contract } = entryTarget('record list', flags);
      const zoned = (at: number): string => formatInZone(at, contract.timezone);
      const db = openCurrentReadOnly(store);
      try {
        const found = listRecords(db, system);
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(
                found.map((one) => written(one, zoned)),
                null,
                2,
              )}\n`
            : table(found, zoned),
        );
      } finally {
        db.close();
      }
    });
}

function written(stored: StoredRecord, zoned: (at: number) => string): Record<string, unknown> {
  const { type: _, ...fact } = stored.fact;
  const { entered_by, replaced_by, withdrawn_by, withdrawn_at } = stored;
  return {
    ...fact,
    at: zoned(fact.at),
    ...Object.fromEntries(ownOf(stored, zoned)),
    entered_by,
    entered_at: zoned(stored.entered_at),
    ...(replaced_by !== undefined && { replaced_by }),
    ...(withdrawn_at !== undefined && { withdrawn_by, withdrawn_at: zoned(withdrawn_at) }),
  };
}

/** The kind's own keys, instants as text. */
function ownOf({ fact }: StoredRecord, zoned: (at: number) => string): (readonly [string, unknown])[] {
  const values = new Map<string, unknown>(Object.entries(fact));
  return Object.entries(RECORD_KEYS[fact.kind]).flatMap(([key, { value }]) => {
    const said = values.get(key);
    if (said === undefined) return [];
    return [[key, value === 'instant' ? zoned(Number(said)) : said] as const];
  });
}

function table(found: readonly StoredRecord[], zoned: (at: number) => string): string {
  const rows = found.map((stored) => {
    const { fact, entered_by, replaced_by, withdrawn_by } = stored;
    const own = ownOf(stored, zoned).map(([key, value]) => `${key}=${String(value)}`);
    const links = [
      ...(fact.replaces === undefined ? [] : [`replaces ${fact.replaces}`]),
      ...(replaced_by === undefined ? [] : [`replaced by ${replaced_by}`]),
      ...(withdrawn_by === undefined ? [] : [`withdrawn by ${withdrawn_by}`]),
    ];
    return [fact.id, recordState(stored), fact.kind, zoned(fact.at), entered_by, [...own, ...links].join(', ')];
  });
  return columns(['id', 'state', 'kind', 'at', 'entered by', 'what'], rows, 'no record was entered');
}
