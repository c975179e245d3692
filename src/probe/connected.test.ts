import { describe, expect, test } from 'vitest';
import { DEFAULT_CONNECTED, evaluate, ofTargets } from './connected.ts';
import type { Reachability } from './live-state.ts';

const over = (states: Record<string, Reachability>) => evaluate(DEFAULT_CONNECTED, (check) => states[check] ?? null);

describe('connected, over what is configured', () => {
  test.each<[string, Record<string, Reachability>, Reachability | null]>([
    ['nothing configured has no state', {}, null],
    ['all good is good', { submission: 'good', mx: 'good', imap: 'good' }, 'good'],
    ['a bad part outweighs an unmeasured one', { submission: 'bad', mx: 'unmeasured', imap: 'good' }, 'bad'],
    ['an unmeasured part outweighs good ones', { submission: 'good', mx: 'unmeasured' }, 'unmeasured'],
    ['IMAP down and POP3 up: the letters can be had', { submission: 'good', imap: 'bad', pop3: 'good' }, 'good'],
    [
      'IMAP down and webmail unmeasured is not known',
      { submission: 'good', imap: 'bad', webmail: 'unmeasured' },
      'unmeasured',
    ],
    ['all ways in down is bad', { submission: 'good', imap: 'bad', pop3: 'bad', webmail: 'bad' }, 'bad'],
    ['a bad route breaks it', { submission: 'good', outbound: 'bad', imap: 'good' }, 'bad'],
  ])('%s', (_name, states, expected) => expect(over(states)).toBe(expected));
});

describe('a check over its targets', () => {
  test.each<[string, Reachability[], number, Reachability | null]>([
    ['no target, no state', [], 1, null],
    ['one bad of two is bad by default', ['good', 'bad'], 1, 'bad'],
    ['one unmeasured of two could be bad', ['good', 'unmeasured'], 1, 'unmeasured'],
    ['one bad of two is good where two are needed', ['good', 'bad'], 2, 'good'],
    ['one bad and one unmeasured could be two', ['bad', 'unmeasured', 'good'], 2, 'unmeasured'],
    ['with fewer targets than needed, all are needed', ['bad'], 2, 'bad'],
  ])('%s', (_name, states, bad, expected) => expect(ofTargets(states, bad)).toBe(expected));
});
