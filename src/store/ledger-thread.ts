import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { openLedger, type Ledger, type LedgerOptions } from './ledger.ts';
import type { Call, Reply } from './remote-ledger.ts';

// The far end of `openLedgerThread`: calls come in order and are answered one by one.

const port = parentPort;
if (port === null) throw new Error('ledger-thread runs as a worker thread only');

try {
  serve(openLedger(workerData as LedgerOptions));
} catch (error) {
  port.postMessage(failed(0, error));
}

function serve(ledger: Ledger): void {
  port?.on('message', (call: Call) => {
    void answer(ledger, call).then((reply) => {
      port?.postMessage(reply);
      if (call.name === 'close') port?.close();
    });
  });
  port?.postMessage({ id: 0, value: null } satisfies Reply);
}

async function answer(ledger: Ledger, { id, name, args }: Call): Promise<Reply> {
  try {
    const run = ledger[name] as (...args: readonly unknown[]) => unknown;
    return { id, value: await run(...args) };
  } catch (error) {
    return failed(id, error);
  }
}

function failed(id: number, error: unknown): Reply {
  const message = messageOf(error);
  return error instanceof ConfigError ? { id, message, problems: error.problems } : { id, message };
}
