import { expect, test } from 'vitest';
import { createHandClock } from '../lib/hand-clock.ts';
import { createTimetable, phaseOf, type Entry } from './timetable.ts';

function failedNever(name: string, error: unknown): void {
  throw new Error(`unexpected failure of ${name}`, { cause: error });
}

test('an entry runs at its phase and then once an interval, without drift', async () => {
  const clock = createHandClock(0);
  const at: number[] = [];
  const entry: Entry = {
    name: 'check corp imap',
    intervalMs: 15_000,
    atOnce: 1,
    run: async () => void at.push(clock.now()),
  };
  const timetable = createTimetable({ clock, entries: [entry], failed: failedNever });
  timetable.start();
  await clock.advance(60_000);
  const phase = phaseOf(entry);
  expect(phase).toBeGreaterThanOrEqual(0);
  expect(phase).toBeLessThan(10_000);
  expect(at).toEqual([0, 1, 2, 3].map((n) => phase + n * 15_000));
});

test('a visit that lasts longer than its interval is not joined by a second one', async () => {
  const clock = createHandClock(0);
  let begun = 0;
  let end = (): void => {};
  const entry: Entry = {
    name: 'slow',
    intervalMs: 1_000,
    atOnce: 1,
    run: () => {
      begun++;
      return new Promise((resolve) => (end = resolve));
    },
  };
  const timetable = createTimetable({ clock, entries: [entry], failed: failedNever });
  timetable.start();
  await clock.advance(5_500);
  expect(begun).toBe(1);
  end();
  await clock.advance(1_000);
  expect(begun).toBe(2);
});

test('a launch does not wait for the last one: as many as allowed are under way at once', async () => {
  const clock = createHandClock(0);
  let begun = 0;
  const entry: Entry = { name: 'route', intervalMs: 1_000, atOnce: 3, run: () => (begun++, new Promise(() => {})) };
  let leftOut = 0;
  createTimetable({ clock, entries: [{ ...entry, leftOut: () => leftOut++ }], failed: failedNever }).start();
  await clock.advance(10_000);
  expect(begun).toBe(3);
  // Those that fall due meanwhile are told one by one.
  expect(leftOut).toBe(7);
});

test('a bug in one run is told and the entry goes on', async () => {
  const clock = createHandClock(0);
  const failures: unknown[] = [];
  const entry: Entry = { name: 'bug', intervalMs: 1_000, atOnce: 1, run: () => Promise.reject(new Error('bug')) };
  createTimetable({ clock, entries: [entry], failed: (name, error) => failures.push([name, String(error)]) }).start();
  await clock.advance(3_000);
  expect(failures).toEqual([
    ['bug', 'Error: bug'],
    ['bug', 'Error: bug'],
    ['bug', 'Error: bug'],
  ]);
});

test('after stop nothing begins, and stop waits for what is under way', async () => {
  const clock = createHandClock(0);
  let begun = 0;
  let end = (): void => {};
  const entry: Entry = {
    name: 'x',
    intervalMs: 1_000,
    atOnce: 9,
    run: () => (begun++, new Promise((resolve) => (end = resolve))),
  };
  const timetable = createTimetable({ clock, entries: [entry], failed: failedNever });
  timetable.start();
  await clock.advance(1_000);
  let stopped = false;
  const stop = timetable.stop().then(() => (stopped = true));
  await clock.advance(5_000);
  expect([begun, stopped]).toEqual([1, false]);
  end();
  await stop;
  expect(stopped).toBe(true);
});
