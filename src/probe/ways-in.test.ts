import { expect, test } from 'vitest';
import type { Sample } from './sample.ts';
import { createWaysIn } from './ways-in.ts';

const sample = (check: Sample['check'], target: string, ok: boolean, to: number): Sample => ({
  ...{ system: 'corp', check, target, from: to - 10, to, ok, holdMs: 1_000, phases: [] },
});

test.each<[string, Sample[], number | null]>([
  ['nothing was visited: not known', [], null],
  ['the only way in is bad: until the end of that visit', [sample('imap', 'hq', false, 500)], 500],
  [
    'all ways are bad: until the earliest end',
    [sample('imap', 'hq', false, 500), sample('pop3', 'hq', false, 400)],
    400,
  ],
  ['one way works', [sample('imap', 'hq', false, 500), sample('webmail', 'mail.example', true, 400)], null],
  [
    'another mailbox is no way in to this one',
    [sample('imap', 'hq', false, 500), sample('pop3', 'other', true, 400)],
    500,
  ],
  ['another check says nothing of it', [sample('imap', 'hq', false, 500), sample('mx', 'mx1', true, 400)], 500],
  ['a sample too old to hold', [sample('imap', 'hq', false, -501)], null],
  ['it was bad and works again', [sample('imap', 'hq', false, 400), sample('imap', 'hq', true, 500)], null],
])('%s', (_name, samples, expected) => {
  const ways = createWaysIn();
  for (const each of samples) ways.on(each);
  expect(ways.closedUntil('corp', 'hq', 500)).toBe(expected);
});
