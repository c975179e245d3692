import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
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

/** Works in a new folder whose name begins with `prefix`, which is gone afterwards whatever came of it. */
export async function inFolder<Value>(prefix: string, work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = await mkdtemp(prefix);
  try {
    return await work(folder);
  } finally {
    // Another program may still be writing into it.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
