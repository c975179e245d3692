import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { expect, test } from 'vitest';

/** Of every thread of this process, as the kernel tells it (proc(5), field 19). */
function niceOfThreads(): number[] {
  return readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
}

test.runIf(process.platform === 'linux')('a thread that goes last leaves the others where they are', async () => {
  const before = getPriority();
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads'); const { setPriority, constants } = require('node:os');
     setPriority(constants.priority.PRIORITY_BELOW_NORMAL); parentPort.postMessage('low'); setInterval(() => {}, 1000);`,
    { eval: true },
  );
  try {
    await once(worker, 'message');
    expect(niceOfThreads().filter((nice) => nice === 10)).toHaveLength(1);
    expect(getPriority()).toBe(before);
  } finally {
    await worker.terminate();
  }
});
