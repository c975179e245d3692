import { expect, test } from 'vitest';
import { createUnderWay } from './under-way.ts';

const NEVER = new AbortController().signal;

const untilEnded = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

test('one is ended by its own signal, and the others go on', async () => {
  const { run } = createUnderWay();
  const giveUp = new AbortController();
  let goOn = (): void => {};
  const other = run(NEVER, () => new Promise<string>((resolve) => (goOn = () => resolve('done'))));
  const one = run(giveUp.signal, untilEnded);
  giveUp.abort(new Error('left'));
  await expect(one).rejects.toThrow('left');
  goOn();
  expect(await other).toBe('done');
});

test('stopping ends all, waits for them, and lets none begin', async () => {
  const { run, stop } = createUnderWay();
  let ended = 0;
  const all = [1, 2].map(() => run(NEVER, (signal) => untilEnded(signal).finally(() => ended++)));
  const outcomes = Promise.allSettled(all);
  await stop();
  expect(ended).toBe(2);
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'the agent is stopping' } });
  let begun = false;
  await expect(run(NEVER, async () => (begun = true))).rejects.toThrow('the agent is stopping');
  expect(begun).toBe(false);
});

test('what was given up before it began does not begin', async () => {
  let begun = false;
  const gone = AbortSignal.abort(new Error('left'));
  await expect(createUnderWay().run(gone, async () => (begun = true))).rejects.toThrow('left');
  expect(begun).toBe(false);
});
