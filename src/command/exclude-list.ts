import type { Command } from 'commander';
import type { Contract } from '../config/contract.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { stateOf } from '../store/exclusion-state.ts';
import { listExclusions, type StoredExclusion } from '../store/exclusions.ts';
import { openCurrentReadOnly } from '../store/file.ts';
import { addEntryOptions, entryTarget, type EntryFlags } from './entry-flags.ts';
import { columns } from './columns.ts';

interface Flags extends EntryFlags {
  readonly json?: true;
}

export function addExcludeList(exclude: Command): void {
  addEntryOptions(exclude.command('list'))
    .description('All windows of a system, those that were withdrawn or replaced too.')
    .option('--json', 'as JSON, keys as in evidence')
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness exclude list --config agent.yaml\n\ncounts: it takes time out. waiting: for approval. withdrawn, replaced: it counts nowhere.\nstrange: the contract has no such ground.',
    )
    .action((flags: Flags) => {
      const { store, system, contract } = entryTarget('exclude list', flags);
      const db = openCurrentReadOnly(store);
      try {
        const found = listExclusions(db, system);
        process.stdout.write(flags.json ? `${json(found, contract)}\n` : table(found, contract));
      } finally {
        db.close();
      }
    });
}

function json(found: readonly StoredExclusion[], contract: Contract): string {
  const zoned = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : formatInZone(at, contract.timezone);
  const list = found.map((exclusion) => {
    const { type: _, ...fact } = exclusion.fact;
    const { replaced_by } = exclusion;
    return {
      ...fact,
      from: zoned(fact.from),
      to: zoned(fact.to),
      entered_at: zoned(fact.entered_at),
      announced_at: zoned(fact.announced_at),
      approved_at: zoned(fact.approved_at),
      approval_entered_at: zoned(fact.approval_entered_at),
      withdrawn_at: zoned(fact.withdrawn_at),
      replaced_by,
      state: stateOf(exclusion, contract),
    };
  });
  return JSON.stringify(list, null, 2);
}

function table(found: readonly StoredExclusion[], contract: Contract): string {
  const zoned = (at: number): string => formatInZone(at, contract.timezone);
  const rows = found.map((exclusion) => {
    const { fact, replaced_by } = exclusion;
    const acts = [
      `entered by ${fact.entered_by}`,
      ...(fact.announced_at === undefined ? [] : [`announced ${zoned(fact.announced_at)}`]),
      ...(fact.approved_by === undefined ? [] : [`approved by ${fact.approved_by}`]),
      ...(fact.approved_at === undefined || fact.approval_entered_at === undefined
        ? []
        : [`at ${zoned(fact.approved_at)}, entered ${zoned(fact.approval_entered_at)}`]),
      ...(fact.withdrawn_by === undefined ? [] : [`withdrawn by ${fact.withdrawn_by}`]),
      ...(fact.replaces === undefined ? [] : [`replaces ${fact.replaces}`]),
      ...(replaced_by === undefined ? [] : [`replaced by ${replaced_by}`]),
    ].join(', ');
    return [fact.id, stateOf(exclusion, contract), fact.ground, zoned(fact.from), zoned(fact.to), acts, fact.note];
  });
  return columns(['id', 'state', 'ground', 'from', 'to', 'who', 'note'], rows, 'no window was entered');
}
