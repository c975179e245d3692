import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

const A = { service: 'mail:110', user: 'a' };
const B = { service: 'mail:110', user: 'b' };
const never = new AbortController().signal;

test('turns at one mailbox follow each other in their order, those at another do not wait', async () => {
  const turns = createTurns();
  const order: string[] = [];
  const first = await turns.take(A, never);
  const second = turns.take(A, never).then((end) => (order.push('second'), end()));
  const third = turns.take(A, never).then((end) => (order.push('third'), end()));
  (await turns.take(B, never))();
  order.push('other');
  first();
  await Promise.all([second, third]);
  expect(order).toEqual(['other', 'second', 'third']);
});

test('who is called off waits no longer, and whoever comes next still waits for the first', async () => {
  const turns = createTurns();
  const order: string[] = [];
  const first = await turns.take(A, never);
  const stop = new AbortController();
  const second = turns.take(A, stop.signal);
  const third = turns.take(A, never).then((end) => (order.push('third'), end()));
  stop.abort();
  (await second)();
  order.push('called off');
  first();
  await third;
  expect(order).toEqual(['called off', 'third']);
});
