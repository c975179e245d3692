import type { Command } from 'commander';
import { createSystemClock } from '../lib/system-clock.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { addExclusion, approveExclusion, withdrawExclusion } from '../store/exclusions.ts';
import { addEntryOptions, asOptions, entryTarget, instantOption, writeInto, type EntryFlags } from './entry-flags.ts';
import { addExcludeList } from './exclude-list.ts';
import { wrongOption } from './wrong-option.ts';

interface AddFlags extends EntryFlags {
  readonly ground: string;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly note: string;
  readonly announced?: string;
  readonly approved?: string;
  readonly approvedBy?: string;
  readonly replaces?: string;
  readonly id?: string;
}

interface ActFlags extends EntryFlags {
  readonly by: string;
}

interface ApproveFlags extends ActFlags {
  readonly at?: string;
}

export function addExclude(program: Command): void {
  const exclude = program
    .command('exclude')
    .description('Windows of time that a clause leaves out, by a ground of the contract: entered, never edited.')
    .addHelpText('after', '\nExamples: mailwitness exclude add --help');
  addAdd(exclude);
  addExcludeList(exclude);
  addApprove(exclude);
  addWithdraw(exclude);
}

function addAdd(exclude: Command): void {
  addEntryOptions(exclude.command('add'))
    .description('Enters a window, or with --replaces a correction of one.')
    .requiredOption('--ground <id>', 'ground of the contract: a, b, ...')
    .requiredOption('--from <time>', "its begin, in the contract's zone or with an offset")
    .requiredOption('--to <time>', 'its end')
    .requiredOption('--by <name>', 'who enters it')
    .requiredOption('--note <text>', 'why, in a line; the report shows it')
    .option('--announced <time>', 'when the customer was told of it')
    .option('--approved <time>', 'when the customer agreed to it; with --approved-by')
    .option('--approved-by <name>', 'who agreed to it for the customer: somebody else than who enters it')
    .option('--replaces <id>', 'the window that this one corrects')
    .option('--id <id>', 'an id of your own (default: X-2026-0001 and so on)')
    .addHelpText(
      'after',
      `
Example:
  $ mailwitness exclude add --config agent.yaml --ground a --from "2026-10-05 02:00" --to "2026-10-05 04:00" \\
      --announced "2026-09-30 10:00" --by "Li Wei" --note "new storage, change 4711"

Its ground may need the customer's approval (in the default contract: a). Then it takes nothing out until somebody else
approves it, unless --approved and --approved-by tell that this was done; when it was entered stays beside it. It goes into the store beside a running agent, and nothing that was measured changes.`,
    )
    .action((flags: AddFlags) => {
      const what = 'exclude add';
      const target = entryTarget(what, flags);
      const { system, contract, readInstant } = target;
      const instant = (option: string, text: string): number => instantOption(what, option, text, readInstant);
      const [from, to] = [instant('--from', flags.from), instant('--to', flags.to)];
      const announced_at = flags.announced === undefined ? undefined : instant('--announced', flags.announced);
      const approval = approvalOf(flags, (text) => instant('--approved', text));
      const { ground, by: entered_by, note, replaces, id: ownId } = flags;
      const entry = { id: ownId, system, from, to, ground, entered_by, announced_at, approval, replaces, note };
      const now = createSystemClock().now();
      const id = writeInto(
        target,
        (db) => addExclusion(db, entry, { now, grounds: Object.keys(contract.grounds) }),
        asOptions(what, { approved_by: '--approved-by', approved_at: '--approved' }),
      );
      const zoned = (at: number): string => formatInZone(at, contract.timezone);
      const instead = replaces === undefined ? '' : ` in place of ${replaces}`;
      const needsApproval = contract.grounds[ground]?.needs_approval === true;
      const consent =
        approval === undefined
          ? needsApproval
            ? '; it counts once somebody else approves it'
            : ''
          : `; approved by ${approval.by.trim()} at ${zoned(approval.at)}`;
      process.stdout.write(
        `${id} entered for ${system}${instead}: ground ${ground}, ${zoned(from)} to ${zoned(to)}${consent}\n`,
      );
    });
}

/** Both or neither: an approval is somebody's, of some time. Throws ConfigError. */
function approvalOf(
  { approved, approvedBy }: AddFlags,
  instant: (text: string) => number,
): { readonly by: string; readonly at: number } | undefined {
  if (approved !== undefined && approvedBy !== undefined) return { by: approvedBy, at: instant(approved) };
  if (approved !== undefined) throw wrongOption('exclude add', '--approved-by', 'who approved it, beside --approved');
  if (approvedBy !== undefined)
    throw wrongOption('exclude add', '--approved', 'when it was approved, beside --approved-by');
  return undefined;
}

function addApprove(exclude: Command): void {
  addEntryOptions(exclude.command('approve'))
    .description("Sets the customer's consent to a window; not by the person who entered it.")
    .argument('<id>', 'id of the window')
    .requiredOption('--by <name>', 'who approves it')
    .option('--at <time>', 'when they did, if not now; when it was entered stays beside it')
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness exclude approve X-2026-0001 --config agent.yaml --by "Chen Jie"\n\nAn approval is not taken back; a window is, with mailwitness exclude withdraw.',
    )
    .action((id: string, flags: ApproveFlags) => {
      const what = 'exclude approve';
      const target = entryTarget(what, flags);
      const { system, contract, readInstant } = target;
      const consentedAt = flags.at === undefined ? undefined : instantOption(what, '--at', flags.at, readInstant);
      const act = { id, system, by: flags.by, now: createSystemClock().now(), consentedAt };
      writeInto(target, (db) => approveExclusion(db, act), asOptions(what, { id: '<id>' }));
      const when = consentedAt === undefined ? '' : ` at ${formatInZone(consentedAt, contract.timezone)}`;
      process.stdout.write(`${id} of ${system} approved by ${flags.by.trim()}${when}\n`);
    });
}

function addWithdraw(exclude: Command): void {
  addEntryOptions(exclude.command('withdraw'))
    .description('Takes a window back: it stays in the list and counts nowhere.')
    .argument('<id>', 'id of the window')
    .requiredOption('--by <name>', 'who withdraws it')
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness exclude withdraw X-2026-0001 --config agent.yaml --by "Li Wei"\n\nTo correct one, enter another with mailwitness exclude add --replaces.',
    )
    .action((id: string, flags: ActFlags) => {
      const what = 'exclude withdraw';
      const target = entryTarget(what, flags);
      const act = { id, system: target.system, by: flags.by, now: createSystemClock().now() };
      writeInto(target, (db) => withdrawExclusion(db, act), asOptions(what, { id: '<id>' }));
      process.stdout.write(`${id} of ${target.system} withdrawn by ${flags.by.trim()}\n`);
    });
}
