import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A small disk of its own, to be filled to the last byte. */
export interface SmallDisk {
  readonly dir: string;
  fill(): void;
  /** What filled it goes. */
  free(): void;
  unmount(): void;
}

export function mountSmallDisk(dir: string, kib: number): SmallDisk {
  mkdirSync(dir);
  mount('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'mailwitness-test', dir]);
  const filler = path.join(dir, 'filler');
  return {
    dir,
    fill() {
      const { blocks, bsize } = statfsSync(dir);
      try {
        writeFileSync(filler, Buffer.alloc(blocks * bsize));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => mount('umount', ['-l', dir]),
  };
}

function mount(command: string, args: readonly string[]): void {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
