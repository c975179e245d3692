import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { inFolder, sweepFolders } from '../../lib/own-folders.ts';
import { createUnderWay } from '../../lib/under-way.ts';
import { cleanWords } from '../../net/words.ts';

/** Makes PDF of documents that need nothing else. */
export interface Printer {
  /** Rejects where none came out. When `signal` fires the program is ended, and nothing of it stays. */
  print(html: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** What is under way is given up. */
  stop(): Promise<void>;
}

/** A report of a month takes some 0.2 MB. */
const LARGEST = 50_000_000;

/**
 * By a Chromium of the machine, each time a new one: nothing is kept, and nothing of it runs while nobody asks.
 * What it writes meanwhile stands beside the store.
 */
export function createPrinter({ chromium, store }: { readonly chromium: string; readonly store: string }): Printer {
  const prefix = `${path.resolve(store)}.pdf-`;
  sweepFolders(prefix);
  const underWay = createUnderWay();

  async function make(html: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return inFolder(prefix, async (folder) => {
      const [page, out] = [path.join(folder, 'report.html'), path.join(folder, 'report.pdf')];
      await writeFile(page, html);
      const { code, said } = await run(
        chromium,
        [...argumentsFor(folder), `--print-to-pdf=${out}`, page],
        folder,
        signal,
      );
      const found = await stat(out).catch(() => null);
      if (code !== 0 || found === null)
        throw new Error(`${chromium} made no PDF: it ended with ${code}, and said: ${cleanWords(said, 500)}`);
      if (found.size > LARGEST) throw new Error(`${chromium} made a PDF of ${found.size} bytes; expected less`);
      return new Uint8Array(await readFile(out));
    });
  }

  return {
    print: (html, signal) => underWay.run(signal, (either) => make(html, either)),
    stop: underWay.stop,
  };
}

/** A profile that is empty, and no network: the document asks for nothing, and no name resolves for what asks by itself. */
function argumentsFor(folder: string): string[] {
  return [
    '--headless',
    `--user-data-dir=${path.join(folder, 'profile')}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-extensions',
    '--disable-sync',
    '--disable-breakpad',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--metrics-recording-only',
    '--password-store=basic',
    '--host-resolver-rules=MAP * ~NOTFOUND',
    '--no-pdf-header-footer',
    // Its sandbox is refused to root; the document is ours, and everything in it was escaped.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

async function run(
  program: string,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly said: string }> {
  signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd: folder,
    // None of the agent's own variables: passwords may stand there.
    // Its folder by a short name: a socket's path has 107 bytes at most, and where the store is may take more.
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: '.', LANG: 'C.UTF-8' },
    // A group of its own, so that all of it can be ended.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2_000)));
  const end = (): void => endGroup(child);
  signal.addEventListener('abort', end, { once: true });
  try {
    goLast(child);
    const [code] = (await once(child, 'exit')) as [number | null];
    signal.throwIfAborted();
    return { code, said };
  } finally {
    signal.removeEventListener('abort', end);
    // What it started may outlive it, and would write into a folder that is being removed.
    end();
  }
}

function goLast({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
    // Where memory runs out it goes first, and not the agent.
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // It ended already, or the system does not allow it: it prints all the same.
  }
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
