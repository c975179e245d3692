import { workerData, parentPort } from 'node:worker_threads';
import Database from 'better-sqlite3';

// Makes the write-ahead log of a store that is in use long, as a reader does that stays: `done` lets go of it.

const { store, megabytes } = workerData;
const reader = new Database(store, { readonly: true });
reader.exec('BEGIN');
reader.prepare('SELECT count(*) FROM meta').get();
const writer = new Database(store, { timeout: 15_000 });
writer.exec('CREATE TABLE scratch (bytes BLOB)');
const add = writer.prepare('INSERT INTO scratch VALUES (zeroblob(4000000))');
// One by one, so that the agent's own entries go between them.
for (let written = 0; written < megabytes; written += 4) add.run();
writer.exec('DROP TABLE scratch');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
parentPort.postMessage('long');
parentPort.once('message', () => {
  reader.exec('COMMIT');
  reader.close();
  writer.close();
});
