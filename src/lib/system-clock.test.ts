import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSystemClock, type SystemClock } from './system-clock.ts';

const [realWall, realMonotonic] = [Date.now, performance.now.bind(performance)];
const LIMITS = { apartMs: 250, quietMs: 6_000 };

let wall: number;
let monotonic: number;
let clock: SystemClock;
let looks: number;

beforeEach(() => {
  [wall, monotonic, looks] = [1_800_000_000_000, 5_000, 0];
  Date.now = () => wall;
  performance.now = () => monotonic;
  clock = createSystemClock();
  clock.read();
});
afterEach(() => {
  Date.now = realWall;
  performance.now = realMonotonic;
});

/** A keeper that finds that the machine slept for what the wall is ahead. */
function watch(): void {
  clock.watch(() => {
    looks += 1;
    clock.slept(600_000);
    clock.read();
  }, LIMITS);
}

test('an instant between the wake-up and the next beat tells the time that was slept', () => {
  watch();
  const before = clock.now();
  wall += 600_003;
  monotonic += 3;
  expect(clock.now() - before).toBe(600_003);
  expect(clock.now() - before).toBe(600_003);
  expect(looks).toBe(1);
});

test('after a standstill it is looked before an instant is told', () => {
  watch();
  wall += 6_001;
  monotonic += 6_001;
  clock.now();
  expect(looks).toBe(1);
});

test.each([
  ['drift within the limit', 250, 0],
  ['a standstill within the limit', 6_000, 6_000],
])('%s is no doubt', (_name, wallBy, monotonicBy) => {
  watch();
  wall += wallBy;
  monotonic += monotonicBy;
  clock.now();
  expect(looks).toBe(0);
});

test('who looks may ask for instants, and nobody is asked once it is not watched', () => {
  clock.watch(() => {
    looks += 1;
    clock.now();
  }, LIMITS);
  wall += 300;
  clock.now();
  expect(looks).toBe(1);
  clock.unwatch();
  clock.now();
  expect(looks).toBe(1);
});

test('a step moves what is written down from then on, and no instant', () => {
  const before = clock.now();
  clock.stepped(3_600_000);
  expect(clock.now()).toBe(before);
  expect([clock.shiftAt(before - 1), clock.shiftAt(clock.now())]).toEqual([0, 3_600_000]);
});
