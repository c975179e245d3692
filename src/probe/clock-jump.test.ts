import { describe, expect, test } from 'vitest';
import { judgeClocks } from './clock-jump.ts';

const at = (wallMs: number, monotonicMs: number, uptimeMs: number) => ({ wallMs, monotonicMs, uptimeMs });
const start = at(1_000_000, 5_000, 90_000);

describe('two readings of the clocks a second apart', () => {
  test.each([
    ['all three moved by a second', at(1_001_000, 6_000, 91_000), { kind: 'steady' }],
    ['the wall drifted by 250 ms', at(1_001_250, 6_000, 91_000), { kind: 'steady' }],
    ['the wall was set an hour ahead', at(4_601_000, 6_000, 91_000), { kind: 'step', stepMs: 3_600_000 }],
    ['the wall was set an hour back', at(-2_599_000, 6_000, 91_000), { kind: 'step', stepMs: -3_600_000 }],
    ['the machine slept ten minutes', at(1_601_000, 6_000, 691_000), { kind: 'suspend', sleptMs: 600_000 }],
    ['the process stood still for ten seconds', at(1_011_000, 16_000, 101_000), { kind: 'stall', lateMs: 10_000 }],
    ['a tick came five seconds late, exactly', at(1_006_000, 11_000, 96_000), { kind: 'steady' }],
  ])('%s', (_name, after, expected) => {
    expect(judgeClocks(start, after, 1_000)).toEqual(expected);
  });
});
