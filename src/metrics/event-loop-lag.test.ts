import { afterEach, expect, test } from 'vitest';
import { createHandClock } from '../lib/hand-clock.ts';
import { MINUTE } from '../lib/time.ts';
import { watchEventLoop, type EventLoopLag } from './event-loop-lag.ts';

let lag: EventLoopLag | undefined;
afterEach(() => lag?.stop());

// The watch is Node's own timer: it is let begin, held up by a busy loop, and let see that it was.
async function blockLoop(ms: number): Promise<void> {
  await turns();
  const end = performance.now() + ms;
  while (performance.now() < end);
  await turns();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 25));
}

test('a blocked loop is seen, stays in sight for a window, whoever asks, and then is forgotten', async () => {
  const clock = createHandClock(0);
  lag = watchEventLoop(clock);
  await blockLoop(300);
  expect(lag.read().max).toBeGreaterThan(250);
  expect(lag.read().max).toBeGreaterThan(250);
  await clock.advance(MINUTE);
  lag.read();
  expect(lag.read().max).toBeGreaterThan(250);
  await clock.advance(MINUTE);
  lag.read();
  await clock.advance(MINUTE);
  lag.read();
  expect(lag.read().max).toBeLessThan(250);
});
