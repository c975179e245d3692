import { Option, type Command } from 'commander';
import { stringify } from 'yaml';
import { ROLES, type Role } from '../config/schema-access.ts';
import { isOneLine } from '../lib/one-line.ts';
import { hashPassword } from '../lib/password-hash.ts';
import { wrongOption } from './wrong-option.ts';
import { askPassword } from './ask-password.ts';

/** Shorter ones are guessed. */
const SHORTEST = 12;
const LONGEST = 1_000;

export function addUser(program: Command): void {
  program
    .command('user')
    .description('Those who may sign in on the pages.')
    .command('add')
    .description('Asks for a password and prints an entry for agent.users, with its hash. Nothing is written.')
    .argument('<name>', 'name of the person, as it stands in what they enter')
    .addOption(
      new Option('--role <role>', 'viewer looks, operator enters, customer approves')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option('--system <name...>', 'systems that it is for (default: all)')
    .addHelpText(
      'after',
      `
Example:
  $ mailwitness user add "Li Wei" --role operator
  $ pass show mailwitness/li-wei | mailwitness user add "Li Wei" --role operator --system hq

The password is asked for twice on a terminal; else it is the first line of standard input. It has ${SHORTEST} characters at
least, and is never printed. Entries of several people stand in one list below users.`,
    )
    .action(async (name: string, { role, system }: { readonly role: Role; readonly system?: readonly string[] }) => {
      const what = 'user add';
      const person = name.normalize('NFC').trim();
      if (!isOneLine(person, 200)) throw wrongOption(what, '<name>', 'a line of at most 200 characters', name);
      const password = await askPassword(what);
      if (password.length < SHORTEST || password.length > LONGEST)
        throw wrongOption(what, 'the password', `one of ${SHORTEST} to ${LONGEST} characters`);
      const entry = {
        name: person,
        role,
        systems: system ?? 'all',
        password_hash: await hashPassword(password),
      };
      const written = stringify([entry], { lineWidth: 0 }).replaceAll(/^(?=.)/gm, '    ');
      process.stdout.write(`# Below agent in the configuration; then start the agent again.\n  users:\n${written}`);
    });
}
