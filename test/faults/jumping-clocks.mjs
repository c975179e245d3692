// Loaded into the agent with `--import`: at SIGUSR2 its machine sleeps, as far as its clocks can tell. Wall and boot
// clock go on by SLEEP_MS, the monotonic clock stands still. At SIGIO its event loop is blocked for BLOCK_MS.
import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

let slept = 0;
const [wall, uptime] = [Date.now, os.uptime];
Date.now = () => wall() + slept;
os.uptime = () => uptime() + slept / 1_000;
syncBuiltinESMExports();

if (isMainThread) {
  process.on('SIGUSR2', () => {
    slept += Number(process.env.SLEEP_MS);
  });
  process.on('SIGIO', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.env.BLOCK_MS));
  });
}
