import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = path.join(rootOf(path.dirname(fileURLToPath(import.meta.url))), 'dist/main.js');

/**
 * The folder of the project, for this file runs as it stands and, in benches, compiled, from elsewhere in it, where a copy
 * of package.json lies.
 */
function rootOf(folder: string): string {
  return existsSync(path.join(folder, 'package-lock.json')) ? folder : rootOf(path.dirname(folder));
}

/** The built program as a child process, as a person would start it. */
export interface Program {
  readonly child: ChildProcess;
  /** All that it has written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves with the match once standard output or error has it; rejects when the program ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with its exit code (null: ended by a signal). */
  readonly ended: Promise<number | null>;
}

export function startProgram(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Program {
  const child = spawn(process.execPath, [MAIN, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const looking = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    for (const look of looking) look();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
    for (const look of looking) look();
  });
  const ended = new Promise<number | null>((resolve) => void child.once('close', (code) => resolve(code)));
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(out) ?? pattern.exec(err);
          if (match === null) return;
          looking.delete(look);
          resolve(match);
        };
        looking.add(look);
        look();
        void ended.then((code) => reject(new Error(`it ended with ${code} before ${pattern} came:\n${out}\n${err}`)));
      }),
  };
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  options: Parameters<typeof startProgram>[1] = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const program = startProgram(args, options);
  const code = await program.ended;
  return { code, out: program.out(), err: program.err() };
}
