import { readdir } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';
import type { EventLoopLag } from './event-loop-lag.ts';
import type { Instruments } from './instruments.ts';

/** Figures of the agent's own process, read when they are asked for. prom-client's defaults are not clean for promtool. */
export function createOwnProcess(metrics: Instruments, clock: Clock, lag: EventLoopLag): () => Promise<void> {
  metrics.startTime.set(clock.now() / 1_000 - process.uptime());
  let told = 0;

  return async () => {
    const { user, system } = process.cpuUsage();
    const used = (user + system) / 1e6;
    metrics.cpu.inc(Math.max(0, used - told));
    told = used;
    const memory = process.memoryUsage();
    metrics.resident.set(memory.rss);
    metrics.heap.set(memory.heapUsed);
    const { median, p99, max } = lag.read();
    metrics.loopLag.set({ statistic: 'median' }, median / 1_000);
    metrics.loopLag.set({ statistic: 'p99' }, p99 / 1_000);
    metrics.loopLag.set({ statistic: 'max' }, max / 1_000);
    metrics.openFds.set(await countOpenFiles());
  };
}

// Linux tells; elsewhere the honest answer is that it is not known. The listing itself holds one descriptor.
async function countOpenFiles(): Promise<number> {
  try {
    return (await readdir('/proc/self/fd')).length - 1;
  } catch {
    return Number.NaN;
  }
}
