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
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await ended;
      tellTrouble(readFileSync(log, 'utf8'));
    },
    clear: () => rmSync(dir, { recursive: true }),
  };
}

/** What the agent warned of, each kind once, with how often. What is called off by the stop itself is none. */
function tellTrouble(log: string): void {
  const kinds = new Map<string, { count: number; first: string }>();
  for (const line of log.split('\n')) {
    if (!/"level":[45]0/u.test(line) || line.includes('"why":"stopped"')) continue;
    const kind = [...line.matchAll(/"(?:msg|cause|phase|meaning|outcome)":"[^"]*"/gu)].join(' ');
    const known = kinds.get(kind) ?? { count: 0, first: line };
    kinds.set(kind, { ...known, count: known.count + 1 });
  }
  for (const { count, first } of kinds.values()) console.error(`the agent said ${count} times: ${first}`);
}
