import { expect, test } from 'vitest';
import { createHandClock } from './hand-clock.ts';

test('timers run in the order they fall due, each at its own instant', async () => {
  const clock = createHandClock(1_000);
  const seen: [string, number][] = [];
  clock.after(20, () => seen.push(['late', clock.now()]));
  clock.after(5, () => {
    seen.push(['early', clock.now()]);
    clock.after(5, () => seen.push(['set on the way', clock.now()]));
  });
  clock.after(10, () => seen.push(['cancelled', 0])).cancel();
  await clock.advance(30);
  expect(seen).toEqual([
    ['early', 1_005],
    ['set on the way', 1_010],
    ['late', 1_020],
  ]);
  expect(clock.now()).toBe(1_030);
});

test('a step of the wall moves what is written down, and neither instants nor timers', async () => {
  const clock = createHandClock(0);
  let fired = 0;
  clock.after(10, () => fired++);
  await clock.advance(5);
  clock.step(3_600_000);
  expect(fired).toBe(0);
  await clock.advance(5);
  expect(fired).toBe(1);
  expect(clock.now()).toBe(10);
  expect([clock.shiftAt(4), clock.shiftAt(5), clock.shiftAt(10)]).toEqual([0, 3_600_000, 3_600_000]);
});
