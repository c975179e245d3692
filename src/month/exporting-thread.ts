import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../lib/errors.ts';
import { goLast } from '../lib/priority.ts';
import { writeEvidenceOf, type ThreadAsked } from './exporting.ts';

// The far end of `createExporting`: does its one work and answers once.

const port = parentPort;
if (port === null) throw new Error('exporting-thread runs as a worker thread only');

goLast('thread');
try {
  port.postMessage(await writeEvidenceOf(workerData as ThreadAsked));
} catch (error) {
  port.postMessage({ failed: messageOf(error) });
}
