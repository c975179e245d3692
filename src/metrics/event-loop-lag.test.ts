import { afterEach, expect, test } from 'vitest';
import { createHandClock } from '../lib/hand-clock.ts';
import { MINUTE } from '../lib/time.ts';
import { watchEventLoop, type EventLoopLag } from './event-loop-lag.ts';

let lag: EventLoopLag | undefined;
afterEach(() => lag?.stop());

// The watch has a timer of its own: it is let begin, held up by a busy loop, and let see that it was.
async function blockLoop(ms: number): Promise<void> {
  await turns();
  const end = performance.now() + ms;
  while (performance.now() < end);
  await turns();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Held up for so long, and what of it is seen at least: the step that was under way hides a part. */
const BLOCKED_MS = 700;
const SEEN_MS = BLOCKED_MS - 100 - 5;

test('a blocked loop is seen, stays in sight for a window, whoever asks, and then is forgotten', async () => {
  const clock = createHandClock(0);
  lag = watchEventLoop(clock);
  await blockLoop(BLOCKED_MS);
  expect(lag.read().max).toBeGreaterThan(SEEN_MS);
  expect(lag.read().max).toBeGreaterThan(SEEN_MS);
  await clock.advance(MINUTE);
  lag.read();
  expect(lag.read().max).toBeGreaterThan(SEEN_MS);
  await clock.advance(MINUTE);
  lag.read();
  await clock.advance(MINUTE);
  lag.read();
  expect(lag.read().max).toBeLessThan(SEEN_MS);
});

test('the sum grows by what the loop was held up, and by nothing else', async () => {
  lag = watchEventLoop(createHandClock(0));
  await turns();
  const calm = lag.totalMs();
  await blockLoop(BLOCKED_MS);
  const blocked = lag.totalMs();
  expect(blocked - calm).toBeGreaterThan(SEEN_MS - 5);
  lag.stop();
  await blockLoop(200);
  expect(lag.totalMs()).toBe(blocked);
});
