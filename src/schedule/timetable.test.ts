import { expect, test } from 'vitest';
import { createHandClock } from '../lib/hand-clock.ts';
import { createTimetable, dueTimesOf, type Entry } from './timetable.ts';

function failedNever(name: string, error: unknown): void {
  throw new Error(`unexpected failure of ${name}`, { cause: error });
}

/** When each of these entries ran within `ms` of the start. */
async function runsOf(entries: readonly Pick<Entry, 'name' | 'intervalMs'>[], ms: number): Promise<number[][]> {
  const clock = createHandClock(0);
  const at = entries.map((): number[] => []);
  const timetable = createTimetable({
    clock,
    entries: entries.map((entry, n) => ({ ...entry, atOnce: 1, run: async () => void at[n]?.push(clock.now()) })),
    failed: failedNever,
  });
  timetable.start();
  await clock.advance(ms);
  await timetable.stop();
  return at;
}

const many = (intervalMs: number): Pick<Entry, 'name' | 'intervalMs'>[] =>
  Array.from({ length: 300 }, (_, n) => ({ name: `route system-${n} inbound`, intervalMs }));

test.each([1_000, 10_000, 15_000, 60_000, 300_000])(
  'entries with an interval of %i ms run within ten seconds of the start, and then once an interval without drift',
  async (intervalMs) => {
    for (const [first = NaN, second = NaN, ...rest] of await runsOf(many(intervalMs), 5 * intervalMs)) {
      expect(first).toBeLessThan(Math.min(10_000, intervalMs));
      expect(second - first).toBeGreaterThanOrEqual(intervalMs / 2);
      expect(second - first).toBeLessThan(1.5 * intervalMs);
      expect(rest.length).toBeGreaterThanOrEqual(2);
      for (const [n, at] of rest.entries()) expect(at).toBeCloseTo(second + (n + 1) * intervalMs, 3);
    }
  },
);

test('from the second run on entries are spread over the whole of their interval', async () => {
  const runs = (await runsOf(many(300_000), 900_000)).flat().filter((at) => at >= 600_000);
  // 300 of them, so 30 in each tenth of an interval, give or take what chance does.
  const tenths = Array.from({ length: 10 }, (_, n) => runs.filter((at) => Math.floor((at - 600_000) / 30_000) === n));
  expect(Math.min(...tenths.map(({ length }) => length))).toBeGreaterThan(15);
  expect(Math.max(...tenths.map(({ length }) => length))).toBeLessThan(45);
});

test('a process that stood still leaves out what fell due meanwhile', async () => {
  const hand = createHandClock(0);
  const timers: (() => void)[] = [];
  let now = 0;
  // A timer that comes late, as after a suspend.
  const clock = {
    ...hand,
    now: () => now,
    after: (_ms: number, run: () => void) => (timers.push(run), { cancel: () => {} }),
  };
  const entry = { name: 'check corp imap', intervalMs: 15_000 };
  const waits: number[] = [];
  const { thenMs } = dueTimesOf(entry);
  createTimetable({
    clock: { ...clock, after: (ms, run) => (waits.push(ms), clock.after(ms, run)) },
    entries: [{ ...entry, atOnce: 1, run: async () => {} }],
    failed: failedNever,
  }).start();
  now = thenMs + 4 * 15_000 + 1;
  timers[0]?.();
  expect(waits[1]).toBeCloseTo(15_000 - 1, 3);
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
