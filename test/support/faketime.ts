import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** libfaketime for programs with threads, preloaded into a process whose wall a test sets; undefined where there is none. */
export const FAKETIME: string | undefined = foldersOfLibraries()
  .map((folder) => path.join(folder, 'faketime/libfaketimeMT.so.1'))
  .find((file) => existsSync(file));

export const whyNoFaketime: string | undefined =
  FAKETIME === undefined ? "libfaketimeMT.so.1 not found; Debian's package faketime has it" : undefined;

/** Debian has a folder for each architecture (`/usr/lib/x86_64-linux-gnu`), others have not. */
function foldersOfLibraries(): string[] {
  const roots = ['/usr/lib', '/usr/lib64', '/usr/local/lib'].filter((root) => existsSync(root));
  return roots.flatMap((root) => [
    root,
    ...readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => path.join(root, name)),
  ]);
}
