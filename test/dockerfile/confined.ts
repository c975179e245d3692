import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Image } from './build.ts';

export interface Confined {
  /** Starts a command of the container in its own environment. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Runs one to its end; both of its outputs in one. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly output: string;
}

/** Whether this machine lets us make a file system read-only for one process alone. */
export const hasMountNamespaces =
  spawnSync('unshare', ['--mount', 'sh', '-c', 'mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp']).status === 0;

/**
 * Processes as the container would have them: its user, its environment, no capabilities, and only `writable` to write
 * to. Every file system is read-only where mount namespaces can be had, as `docker run --read-only` makes it; elsewhere
 * the permissions alone must hold. Needs root.
 */
export function confine(image: Image, writable: string, dir: string): Confined {
  // Of our own, since the machine's may lie where only root can reach it.
  const bin = path.join(dir, 'bin');
  mkdirSync(bin);
  copyFileSync(process.execPath, path.join(bin, 'node'));
  const [uid = '', gid = ''] = image.user.split(':');

  const prefix = hasMountNamespaces ? ['unshare', '--mount', 'sh', '-c', READ_ONLY, 'sh', writable] : [];
  const drop = ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
  const command = (argv: readonly string[]): readonly [string, string[]] => {
    const [first = '', ...rest] = [...prefix, ...drop, '--no-new-privs', ...argv.map(mapped)];
    return [first, rest];
  };
  const options = (env: Readonly<Record<string, string>>) => ({
    cwd: image.at(image.workdir),
    env: {
      PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: '/home/node',
      ...Object.fromEntries(Object.entries(image.env).map(([key, value]) => [key, mapped(value)])),
      ...env,
    },
  });
  function mapped(text: string): string {
    return text.startsWith('/') && !/^\/(usr|bin|tmp)\//.test(text) ? image.at(text) : text;
  }

  function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(...command(argv), { ...options(env), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  return {
    start,
    async run(argv, env) {
      const child = start(argv, env);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (text: Buffer) => (output += text.toString()));
      const [status] = (await once(child, 'close')) as [number | null];
      return { status, output };
    },
  };
}

// The folder becomes a mount of its own first, so that it stays writable when all others no longer are.
const READ_ONLY = `
mount --bind "$1" "$1" || exit 97
while read -r device at type rest; do
  case $type in proc | sysfs | devtmpfs | devpts | mqueue | cgroup*) continue ;; esac
  case $at in "$1" | /dev | /dev/* | /proc/* | /sys/*) continue ;; esac
  mount -o remount,bind,ro "$at" || exit 98
done < /proc/self/mounts
shift
exec "$@"
`;
