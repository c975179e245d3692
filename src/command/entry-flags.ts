import type { Command } from 'commander';
import { loadContract } from '../config/load-contract.ts';
import type { Contract } from '../config/contract.ts';
import { loadSettings } from '../config/load.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { parseInZone } from '../sla/zoned-text.ts';
import { EntryError } from '../store/entry.ts';
import { codeOf, openForEntry, refusal, type Db } from '../store/file.ts';
import type { ReadInstant } from '../facts/read-record.ts';
import { addConfigOption, configFile } from './config-option.ts';
import { withFirstProblem } from './first-problem.ts';
import { wrongOption } from './wrong-option.ts';

/** Options of every command that enters or lists. */
export interface EntryFlags {
  readonly config?: string;
  readonly system?: string;
  readonly contract?: string;
}

export function addEntryOptions(command: Command): Command {
  return addConfigOption(command, 'configuration whose agent.store is meant')
    .option('--system <name>', 'system of the configuration; needed where there are several')
    .option('--contract <file>', "contract file (default: the system's own in the configuration)");
}

/** Where an entry goes, and the contract that it is for. */
export interface EntryTarget {
  readonly store: string;
  readonly system: string;
  readonly contract: Contract;
  /** The contract file, and its text as it stands there. */
  readonly contractFile: { readonly file: string; readonly text: string };
  /** Text as a time of the contract's zone. */
  readonly readInstant: ReadInstant;
}

/** Throws ConfigError; `what` names the command in messages: `exclude add`. */
export function entryTarget(what: string, flags: EntryFlags): EntryTarget {
  const config = configFile(what, flags.config);
  const { agent, systems } = loadSettings(config, process.env);
  const names = systems.map(({ name }) => name);
  const found =
    flags.system === undefined && systems.length === 1 ? systems[0] : systems.find(({ name }) => name === flags.system);
  if (found === undefined)
    throw wrongOption(what, '--system', `one of the systems ${names.join(', ')} of ${config}`, flags.system);
  const file = flags.contract ?? found.contract;
  const { contract, text } = withFirstProblem(file, loadContract);
  return {
    store: agent.store,
    system: found.name,
    contract,
    contractFile: { file, text },
    readInstant: (given) => readIn(contract.timezone, given),
  };
}

/** An option's value as an instant. Throws ConfigError. */
export function instantOption(what: string, option: string, text: string, readInstant: ReadInstant): number {
  const found = readInstant(text);
  if ('at' in found) return found.at;
  throw wrongOption(what, option, found.expected, text);
}

/** Writes into a store and closes it. What the store refuses is the operator's: it comes as a ConfigError. */
export function writeInto<T>(
  { store }: EntryTarget,
  write: (db: Db) => T,
  refused: (error: EntryError) => ConfigError,
): T {
  const db = openForEntry(store);
  try {
    return write(db);
  } catch (error) {
    if (error instanceof EntryError) throw refused(error);
    throw codeOf(error) === undefined ? error : refusal(store, 'a store that can be written', messageOf(error));
  } finally {
    db.close();
  }
}

/** The same for what takes longer than a transaction. */
export async function writeIntoLater<T>({ store }: EntryTarget, write: (db: Db) => Promise<T>): Promise<T> {
  const db = openForEntry(store);
  try {
    return await write(db);
  } catch (error) {
    throw codeOf(error) === undefined ? error : refusal(store, 'a store that can be written', messageOf(error));
  } finally {
    db.close();
  }
}

/** Which option says what an entry's key does. */
const OPTIONS: Readonly<Record<string, string>> = {
  entered_by: '--by',
  approved_by: '--by',
  withdrawn_by: '--by',
  approved_at: '--at',
  announced_at: '--announced',
};

/** The problems of an entry that was made on the command line. `own`: options that say a key in another way. */
export function asOptions(
  what: string,
  own: Readonly<Record<string, string>> = {},
): (error: EntryError) => ConfigError {
  return ({ problems }) =>
    new ConfigError(
      problems.map(({ key, expected, got }) => ({
        file: what,
        path: own[key] ?? OPTIONS[key] ?? `--${key}`,
        expected,
        ...(got === undefined ? {} : { got }),
      })),
    );
}

function readIn(zone: string, text: string): ReturnType<ReadInstant> {
  const found = parseInZone(text, zone);
  if (typeof found === 'number') return { at: found };
  // A time that comes twice or never: its words say what to write instead.
  const expected = /^expected (.*)$/s.exec(found.problem)?.[1];
  return { expected: expected ?? `a time that is one instant (${found.problem})` };
}
