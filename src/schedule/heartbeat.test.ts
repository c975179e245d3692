import { expect, test } from 'vitest';
import type { ClockReadings } from '../lib/clock.ts';
import { createHandClock } from '../lib/hand-clock.ts';
import type { ClockJump } from '../probe/clock-jump.ts';
import { createHeartbeat } from './heartbeat.ts';

const START = 1_800_000_000_000;

/** A machine whose wall and boot clock do what `change` adds to them before each beat, numbered from 1. */
async function beats(count: number, change: (beat: number) => Partial<ClockReadings>) {
  const hand = createHandClock(START);
  const said: ClockJump[] = [];
  const corrections: string[] = [];
  let [wall, uptime, turn] = [0, 0, 0];
  const clock = {
    ...hand,
    read: (): ClockReadings => {
      const ms = hand.now() - START;
      return { wallMs: START + ms + wall, monotonicMs: ms, uptimeMs: ms + uptime };
    },
    slept: (ms: number) => void corrections.push(`slept ${ms}`),
    stepped: (ms: number) => void corrections.push(`stepped ${ms}`),
    watch: () => {},
    unwatch: () => {},
  };
  const heartbeat = createHeartbeat({ clock, beat: () => {}, jumped: (jump) => void said.push(jump) });
  heartbeat.start();
  for (; turn < count;) {
    const { wallMs = 0, uptimeMs = 0 } = change(++turn);
    wall += wallMs;
    uptime += uptimeMs;
    await hand.advance(1_000);
  }
  heartbeat.stop();
  return { said, corrections };
}

test('clocks that agree are no jump', async () => {
  expect((await beats(10, () => ({}))).said).toEqual([]);
});

test('a step is told once, and the clock is set right by it', async () => {
  const { said, corrections } = await beats(5, (beat) => (beat === 2 ? { wallMs: -3_600_000 } : {}));
  expect(said).toEqual([{ kind: 'step', stepMs: -3_600_000 }]);
  expect(corrections).toEqual(['stepped -3600000']);
});

test('a suspend is told once, and the clock is set right by it', async () => {
  const { corrections } = await beats(5, (beat) => (beat === 2 ? { wallMs: 90_000, uptimeMs: 90_000 } : {}));
  expect(corrections).toEqual(['slept 90000']);
});

test('a machine that slept and woke with a wrong wall is told both, one after the other', async () => {
  const { corrections } = await beats(5, (beat) => (beat === 2 ? { wallMs: 3_690_000, uptimeMs: 90_000 } : {}));
  expect(corrections).toEqual(['slept 90000', 'stepped 3600000']);
});

test('small steps that add up are told when they have come to a jump', async () => {
  const { said } = await beats(3, () => ({ wallMs: 100 }));
  expect(said).toEqual([{ kind: 'step', stepMs: 300 }]);
});
