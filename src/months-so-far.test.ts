import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHandClock, type HandClock } from './lib/hand-clock.ts';
import { silentLog } from './lib/log.ts';
import { MINUTE, SECOND } from './lib/time.ts';
import type { MonthFigures } from './metrics/month-figures.ts';
import { createMonthsSoFar, type MonthsSoFar } from './months-so-far.ts';
import type { MonthEntry } from './month/month-list.ts';

const OCTOBER: MonthEntry = { month: '2026-10', running: true, revisions: [] };

let clock: HandClock;
let months: MonthsSoFar;
let said: string[];
let lines: string[];
let figures: (system: string, signal: AbortSignal) => Promise<MonthFigures | null>;

beforeEach(() => {
  clock = createHandClock(0);
  said = [];
  lines = [];
  figures = async () => figuresAt(clock.now());
  months = createMonthsSoFar({
    systems: ['hq', 'web'],
    figures: (system, signal) => figures(system, signal),
    list: async (system) => ({ timezone: 'Etc/UTC', months: system === 'hq' ? [OCTOBER] : [] }),
    told: {
      computed: (system, { knownAt }) => void said.push(`${system} ${knownAt / SECOND}`),
      failed: (system) => void said.push(`${system} failed`),
    },
    clock,
    log: {
      ...silentLog,
      error: (_, text) => void lines.push(`error ${text}`),
      info: (_, text) => void lines.push(`info ${text}`),
    },
  });
});
afterEach(() => months.stop());

function figuresAt(knownAt: number): MonthFigures {
  return {
    knownAt,
    unmeasuredMs: 0,
    down: null,
    budgetLeftMs: null,
    delays: { send: null, receive: null },
    verdicts: [],
  };
}

test('are computed at once and then each minute, one system after the other', async () => {
  expect(months.monthsOf('hq')).toEqual([]);
  months.start();
  await clock.advance(0);
  expect(said).toEqual(['hq 0', 'web 0']);
  expect([months.monthsOf('hq'), months.monthsOf('web')]).toEqual([[OCTOBER], []]);
  await clock.advance(2 * MINUTE);
  expect(said).toEqual(['hq 0', 'web 0', 'hq 60', 'web 60', 'hq 120', 'web 120']);
});

test('are asked for again soon while there is nothing of the month yet', async () => {
  figures = async (system) => (system === 'web' && clock.now() < 5 * SECOND ? null : figuresAt(clock.now()));
  months.start();
  await clock.advance(MINUTE);
  expect(said).toEqual(['hq 0', 'hq 3', 'hq 6', 'web 6']);
});

test('one system that fails is told each time and logged once, and the other goes on', async () => {
  const works = figures;
  figures = async (system, signal) => {
    if (system === 'hq') throw new Error('no such table');
    return works(system, signal);
  };
  months.start();
  await clock.advance(MINUTE);
  expect(said).toEqual(['hq failed', 'web 0', 'hq failed', 'web 60']);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['error']);
  figures = works;
  await clock.advance(MINUTE);
  expect(said.slice(4)).toEqual(['hq 120', 'web 120']);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['error', 'info']);
});

test('one that never answers is given up, and the next has its turn', async () => {
  let givenUp = false;
  const works = figures;
  figures = async (system, signal) => {
    if (system !== 'hq') return works(system, signal);
    signal.addEventListener('abort', () => (givenUp = true));
    return new Promise(() => {});
  };
  months.start();
  await clock.advance(30 * SECOND);
  expect(givenUp).toBe(true);
  expect(said).toEqual(['hq failed', 'web 30']);
});

test('where a round takes long it comes more seldom', async () => {
  figures = async () => {
    await new Promise<void>((resolve) => void clock.after(5 * SECOND, resolve));
    return figuresAt(clock.now());
  };
  months.start();
  // 10 s for both, then 190 s of rest.
  await clock.advance(204 * SECOND);
  expect(said).toEqual(['hq 5', 'web 10']);
  await clock.advance(SECOND);
  expect(said).toEqual(['hq 5', 'web 10', 'hq 205']);
});

test('a month of which there is nothing yet is no failure', async () => {
  figures = async () => null;
  months.start();
  await clock.advance(MINUTE);
  expect(said).toEqual([]);
  expect(lines).toEqual([]);
});

test('stopping waits for nobody who does not answer, and no further round begins', async () => {
  figures = () => new Promise(() => {});
  months.start();
  await clock.advance(0);
  await months.stop();
  await clock.advance(10 * MINUTE);
  expect(said).toEqual([]);
  expect(lines).toEqual([]);
});
