import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Undertaker {
  /** Ends every daemon of the lab and removes its firewall table and its directory. */
  bury(): Promise<void>;
}

// `cat` returns when the other end of its pipe is closed: by bury(), or by the kernel when the test runner was killed.
// Nothing in a lab is worth an orderly end, and SIGKILL to the groups leaves nobody to write into the directory.
const SCRIPT = `
cat >/dev/null
for file in "$1"/pids/*; do
  [ -s "$file" ] && kill -KILL "-$(cat "$file")" 2>/dev/null
done
nft delete table inet "$2" 2>/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf "$1" 2>/dev/null && exit 0
  sleep 0.1
done
exit 1
`;

/** Cleans up after a lab even if the process that started it is killed: it is the one that does it in any case. */
export function hireUndertaker(dir: string, table: string): Undertaker {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'undertaker', dir, table], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(child, 'exit');

  async function bury(): Promise<void> {
    child.stdin.end();
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`the lab's directory ${dir} could not be removed (exit ${String(code)})`);
  }

  return { bury };
}
