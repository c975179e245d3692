import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PROGRAM } from './daemon.ts';
import { residentOf } from './processes.ts';
import { printTable } from './table.ts';

const STARTS = 10;
const SETTLE_MS = 3_000;

/** From spawning `mailwitness sandbox --with-agent` to the line with the address of its page, and its end by Ctrl-C. */
export async function startup(): Promise<boolean> {
  const starts: number[] = [];
  const stops: number[] = [];
  const resident: number[] = [];
  for (let run = 0; run < STARTS; run++) {
    const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-bench-'));
    const args = [PROGRAM, 'sandbox', '--with-agent', '--listen', '127.0.0.1:0', '--store', path.join(dir, 'bench.db')];
    const spawnedAt = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    let text = '';
    while (!/^ *page +http/mu.test(text)) {
      const [chunk] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
      if (!Buffer.isBuffer(chunk)) throw new Error('the sandbox ended while starting');
      text += chunk.toString();
    }
    starts.push(performance.now() - spawnedAt);
    child.stdout.resume();
    await pause(SETTLE_MS);
    resident.push(residentOf(child.pid ?? 0));
    const toldAt = performance.now();
    child.kill('SIGINT');
    await ended;
    stops.push(performance.now() - toldAt);
    rmSync(dir, { recursive: true });
  }
  return printTable([
    { figure: 'spawn to the address of the page', unit: 'ms', values: starts },
    { figure: 'Ctrl-C to the end', unit: 'ms', values: stops, target: { p99: 2_000 } },
    { figure: 'RSS of sandbox and agent after 3 s', unit: 'MiB', values: resident },
  ]);
}
