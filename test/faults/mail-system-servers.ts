import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Undo } from '../lab/faults.ts';
import type { Lab } from '../lab/lab.ts';

/** Dovecot restarts with a line more in its configuration. */
export function configureDovecot(lab: Lab, line: string): Promise<Undo> {
  return configure(
    path.join(lab.dir, 'dovecot.conf'),
    (text) => `${text}\n${line}\n`,
    () => lab.faults.stopDovecot(),
  );
}

/** Postfix restarts with another main.cf or master.cf. */
export function configurePostfix(
  lab: Lab,
  name: 'main.cf' | 'master.cf',
  change: (text: string) => string,
): Promise<Undo> {
  return configure(path.join(lab.dir, 'postfix', name), change, () => lab.faults.stopPostfix());
}

async function configure(file: string, change: (text: string) => string, stop: () => Promise<Undo>): Promise<Undo> {
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing to change in ${file}`);
  async function install(text: string): Promise<void> {
    const start = await stop();
    writeFileSync(file, text);
    // Postfix sleeps for up to 2 s in front of a file that looks as if it were still being written.
    utimesSync(file, 1, 1);
    await start();
  }
  await install(after);
  return () => install(before);
}
