import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../lib/errors.ts';
import { goLast } from '../lib/priority.ts';
import { openCurrentReadOnly } from '../store/file.ts';
import type { AnsweringOptions, Call, Reply } from './answering.ts';
import { createMonthAnswers, type MonthAnswers } from './month-answers.ts';

// The far end of `createAnswering`: calls come in order and are answered one by one.

const port = parentPort;
if (port === null) throw new Error('answering-thread runs as a worker thread only');

goLast('thread');
const { store, agreements } = workerData as AnsweringOptions;
const answers = createMonthAnswers(openCurrentReadOnly(store), agreements);
let last: Promise<void> = Promise.resolve();
port.on('message', (call: Call) => {
  last = last.then(async () => port.postMessage(await replyTo(answers, call)));
});

async function replyTo(to: MonthAnswers, { id, name, asked }: Call): Promise<Reply> {
  try {
    const answer = to[name] as (asked: Call['asked']) => unknown;
    return { id, value: await answer(asked) };
  } catch (error) {
    return { id, message: messageOf(error) };
  }
}
