import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** `mailwitness run`, compiled, as a process of its own. */
export interface Daemon {
  readonly pid: number;
  /** Its store; may be read while it runs. */
  readonly store: string;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
  /** Removes its files. */
  clear(): void;
}

/** The compiled program, from where this file lies when compiled. */
export const PROGRAM = fileURLToPath(new URL('../../main.js', import.meta.url));
const READY_WITHIN_MS = 15_000;

/** Resolves when the daemon says that it runs. Options for node, such as --cpu-prof, come from BENCH_NODE_OPTIONS. */
export async function startDaemon(configuration: (store: string) => string): Promise<Daemon> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-bench-'));
  const [config, store, log] = ['agent.yaml', 'bench.db', 'log'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(config, configuration(store), { mode: 0o600 });
  const options = process.env['BENCH_NODE_OPTIONS']?.split(' ').filter(Boolean) ?? [];
  const child = spawn(process.execPath, [...options, PROGRAM, 'run', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const output = createWriteStream(log);
  child.stderr.pipe(output);
  const ended = once(child, 'exit');
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!readFileSync(log, { encoding: 'utf8', flag: 'a+' }).includes('"msg":"running"')) {
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error(`the agent did not start:\n${readFileSync(log, 'utf8')}`);
    }
    await pause(20);
  }
  return {
    pid: child.pid ?? 0,
    store,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      const trouble = readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => /"level":(?:"(?:error|warn)"|[45]0)/u.test(line));
      if (trouble.length > 0) console.error(`the agent said ${trouble.length} warnings, first:\n${trouble[0]}`);
    },
    clear: () => rmSync(dir, { recursive: true }),
  };
}
