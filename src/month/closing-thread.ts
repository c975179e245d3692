import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../lib/errors.ts';
import { closeDueMonths, type DueAsked } from './close-due.ts';

// The far end of `createClosing`: does its one work and answers once.

const port = parentPort;
if (port === null) throw new Error('closing-thread runs as a worker thread only');

try {
  port.postMessage(await closeDueMonths(workerData as DueAsked));
} catch (error) {
  port.postMessage({ failed: messageOf(error) });
}
