import { expect, test } from 'vitest';
import { createHandClock } from '../lib/hand-clock.ts';
import { createRecorder } from './recorder.ts';

test('phases are timed in the order in which they came, and one that comes twice adds up', async () => {
  const clock = createHandClock(1_000);
  const recorder = createRecorder(clock);
  await recorder.timed('connect', () => clock.advance(5));
  await recorder.timed('ehlo', () => clock.advance(2));
  await recorder.timed('tls', () => clock.advance(7));
  await recorder.timed('ehlo', () => clock.advance(3));
  expect(recorder.phases()).toEqual([
    { phase: 'connect', ms: 5 },
    { phase: 'ehlo', ms: 5 },
    { phase: 'tls', ms: 7 },
  ]);
  expect(recorder.startedAt).toBe(1_000);
});

test('a phase that fails is timed too, and stays the phase of the failure', async () => {
  const clock = createHandClock(0);
  const recorder = createRecorder(clock);
  const failing = recorder.timed('auth', async () => {
    await clock.advance(4);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(recorder.phase).toBe('auth');
  expect(recorder.phases()).toEqual([{ phase: 'auth', ms: 4 }]);
});

test('a step of the wall clock moves no phase', async () => {
  const clock = createHandClock(0);
  const recorder = createRecorder(clock);
  await recorder.timed('connect', async () => {
    await clock.advance(1);
    clock.step(3_600_000);
    await clock.advance(1);
  });
  expect(recorder.phases()).toEqual([{ phase: 'connect', ms: 2 }]);
});

test('lines are bounded in number and length, and hold no control characters', () => {
  const recorder = createRecorder(createHandClock(0));
  recorder.server('220 a\u0000b\u001b[31mred\u202e\u0085');
  recorder.server(`220 ${'é'.repeat(9_000)}`);
  for (let count = 0; count < 1_000; count++) recorder.server('220-more');
  const lines = recorder.transcript();
  expect(lines[0]?.text).toBe('220 a b [31mred');
  expect(lines[1]?.text).toHaveLength(500);
  expect(lines).toHaveLength(201);
  expect(lines.at(-1)).toMatchObject({ who: 'note', text: '802 more lines were not kept' });
});

test('words of a server hold no hidden text', () => {
  const recorder = createRecorder(createHandClock(0));
  recorder.hide('hunter2');
  expect(recorder.words('NO wrong password\r\nhunter2')).toBe('NO wrong password ***');
  // Cut first, the half of it that is left would no longer be known as one.
  expect(recorder.words('NO wrong hunter2', 13)).toBe('NO wrong ***');
});
