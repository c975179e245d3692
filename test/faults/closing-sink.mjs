// Loaded into the agent with `--import`: at SIGUSR2 the listener on SINK_PORT is closed under it, as if the system had done so.
import { Server } from 'node:net';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('SIGUSR2', () => {
    for (const it of process._getActiveHandles())
      if (it instanceof Server && it.address()?.port === Number(process.env.SINK_PORT)) it.close();
  });
}
