import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Removes what a process that was killed left behind of `mkdtemp(prefix)`, and nothing that anybody else put there. */
export function sweepFolders(prefix: string): void {
  const [parent, name] = [path.dirname(prefix), path.basename(prefix)];
  if (!existsSync(parent)) return;
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    // As mkdtemp makes it: a file of evidence that a person keeps beside the store is neither.
    const isOurs =
      entry.isDirectory() && entry.name.startsWith(name) && /^[A-Za-z0-9]{6}$/.test(entry.name.slice(name.length));
    if (isOurs) rmSync(path.join(parent, entry.name), { recursive: true, force: true });
  }
}
