import { expect, it } from 'vitest';
import { createFaultHistory } from './fault-history.ts';
import { createFaults } from './faults.ts';

it('tells when which fault was switched, and to what', async () => {
  const faults = createFaults({ junk: true });
  let now = 1;
  const history = createFaultHistory(faults, () => now++);
  await faults.set('junk', true);
  expect(history.list()).toEqual([]);
  now = 10;
  await faults.set('imap-slow', 500);
  await faults.set('imap-slow', 800);
  await faults.set('webmail-text', 'Closed');
  await faults.reset();
  expect(history.list().map(({ name, value }) => [name, value])).toEqual([
    ['imap-slow', 500],
    ['imap-slow', 800],
    ['webmail-text', 'Closed'],
    ['junk', null],
    ['imap-slow', null],
    ['webmail-text', null],
  ]);
  expect(history.list()[0]?.at).toBe(10);
});

it('keeps the last ones, until it is told to end', async () => {
  const faults = createFaults();
  const history = createFaultHistory(faults, () => 0);
  for (let n = 1; n <= 100; n++) await faults.set('imap-slow', n);
  expect(history.list().map(({ value }) => value)).toEqual(Array.from({ length: 40 }, (_, n) => n + 61));
  history.stop();
  await faults.set('imap-slow', 0);
  expect(history.list().at(-1)?.value).toBe(100);
});
