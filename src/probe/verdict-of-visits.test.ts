import { describe, expect, test } from 'vitest';
import { judgeVisits, needsSecond, paceAfterAuth, questionOf, type Attempt } from './verdict-of-visits.ts';
import type { Cause, Failure } from './visit.ts';

const good: Attempt = { lagMs: 0, timeoutMs: 10_000 };
const failed = (cause: Cause, witness?: Attempt['witness'], lagMs = 0): Attempt => ({
  failure: { cause, phase: 'connect', detail: cause },
  lagMs,
  timeoutMs: 10_000,
  ...(witness && { witness }),
});

const on = (line: NonNullable<Failure['line']>, attempt: Attempt): Attempt => ({
  ...attempt,
  ...(attempt.failure && { failure: { ...attempt.failure, line } }),
});

test.each<[string, Failure['cause'], Failure['line'], string | null]>([
  ['a name', 'dns', undefined, 'dns'],
  ['silence', 'timeout', undefined, 'network'],
  ['a cut', 'closed', undefined, 'network'],
  ['a host that cannot be reached', 'connect', undefined, 'network'],
  ['a RST', 'connect', 'refused', 'connect'],
  ['a cut in the middle of the handshake', 'tls', 'cut', 'network'],
  ['a handshake that the server refuses', 'tls', undefined, null],
  ['our own limit', 'timeout', 'busy', null],
  ['an answer', 'refused', undefined, null],
])('after %s the witnesses are asked accordingly', (_name, cause, line, question) => {
  const failure = { cause, phase: 'connect', detail: '', ...(line && { line }) } as const;
  expect(questionOf(failure)).toBe(question);
});

describe('what a visit and its second attempt say', () => {
  test.each<[string, Attempt, Attempt | undefined, object]>([
    ['good at once', good, undefined, { kind: 'good' }],
    [
      'the second attempt is good: a transient',
      failed('connect', 'answered'),
      good,
      { kind: 'good', transient: { cause: 'connect' } },
    ],
    [
      'the second attempt is good, and nobody answered after the first: no transient of the system',
      failed('connect', 'silent'),
      good,
      { kind: 'good' },
    ],
    [
      'the second attempt is good, and our lag ate the first: no transient of the system',
      failed('timeout', 'answered', 1_001),
      good,
      { kind: 'good' },
    ],
    [
      'a name does not resolve, and no witness has a name to ask for: nobody can tell',
      failed('dns', 'unnamed'),
      failed('dns', 'unnamed'),
      { kind: 'void', why: 'own-line', alone: true },
    ],
    [
      'this machine lets nothing out to it: nobody can tell of this target',
      on('forbidden', failed('connect', 'answered')),
      on('forbidden', failed('connect', 'answered')),
      { kind: 'void', why: 'own-line', alone: true },
    ],
    [
      'this machine lets nothing out to anybody: my own line',
      on('forbidden', failed('connect', 'answered')),
      on('forbidden', failed('connect', 'silent')),
      { kind: 'void', why: 'own-line' },
    ],
    [
      'all connections that we allow ourselves were busy: nobody asked the server',
      on('busy', failed('timeout')),
      on('busy', failed('timeout')),
      { kind: 'void', why: 'overload', alone: true },
    ],
    [
      'both fail and a witness answered: bad',
      failed('connect', 'answered'),
      failed('connect', 'answered'),
      { kind: 'bad' },
    ],
    [
      'both fail and nobody answered either time: my own line',
      failed('connect', 'silent'),
      failed('timeout', 'silent'),
      { kind: 'void', why: 'own-line' },
    ],
    [
      'my line came back before the witnesses were asked again: only one failure is proven',
      failed('connect', 'silent'),
      failed('connect', 'answered'),
      { kind: 'void', why: 'own-line' },
    ],
    [
      'my line went away after the first failure: only one is proven',
      failed('connect', 'answered'),
      failed('connect', 'silent'),
      { kind: 'void', why: 'own-line' },
    ],
    [
      'no witness is configured: nobody to ask, bad',
      failed('connect', 'none'),
      failed('connect', 'none'),
      { kind: 'bad' },
    ],
    ['the login was refused: bad without a second attempt', failed('auth'), undefined, { kind: 'bad' }],
    [
      'a refusal after a failure of my own line is one failure, too',
      failed('timeout', 'silent'),
      failed('refused'),
      { kind: 'void', why: 'own-line' },
    ],
    [
      'a timeout that our lag ate more than a tenth of',
      failed('timeout', 'answered', 1_001),
      failed('timeout', 'answered'),
      { kind: 'void', why: 'overload' },
    ],
    [
      'a tenth exactly is still the other side',
      failed('timeout', 'answered', 1_000),
      failed('timeout', 'answered'),
      { kind: 'bad' },
    ],
    [
      'lag does not excuse a refusal',
      failed('refused', undefined, 9_000),
      failed('refused', undefined, 9_000),
      { kind: 'bad' },
    ],
  ])('%s', (_name, first, second, expected) => {
    const verdict = judgeVisits(first, second);
    expect(verdict).toMatchObject(expected);
    expect('transient' in verdict).toBe('transient' in expected);
    expect('alone' in verdict).toBe('alone' in expected);
  });
});

test('a refused login gets no second attempt, everything else does', () => {
  expect(needsSecond(good)).toBe(false);
  expect(needsSecond(failed('auth'))).toBe(false);
  expect(needsSecond(failed('certificate'))).toBe(true);
});

test('visits slow down from the third refused login in a row, up to three times the wait', () => {
  expect([0, 1, 2, 3, 4, 5, 20].map((inRow) => paceAfterAuth(15_000, inRow, 300_000))).toEqual([
    15_000, 15_000, 15_000, 300_000, 600_000, 900_000, 900_000,
  ]);
  expect(paceAfterAuth(3_600_000, 9, 300_000)).toBe(3_600_000);
});
