import { expect, test } from 'vitest';
import { createCalendar } from './calendar.ts';

// Six fields: every second. The calendar is the wall clock's, so this test waits for it.
const EACH_SECOND = '* * * * * *';

test('an appointment is kept, a failure is told and the next one kept all the same', async () => {
  let runs = 0;
  const failures: unknown[] = [];
  await new Promise<void>((resolve) => {
    const calendar = createCalendar({
      appointments: [
        {
          name: 'upkeep',
          cron: EACH_SECOND,
          run: async () => {
            runs++;
            if (runs === 1) throw new Error('disk full');
            await calendar.stop();
            resolve();
          },
        },
      ],
      failed: (name, error) => failures.push([name, String(error)]),
    });
    calendar.start();
  });
  expect(runs).toBe(2);
  expect(failures).toEqual([['upkeep', 'Error: disk full']]);
});

test('a time that is none is an error at once', () => {
  const calendar = createCalendar({
    appointments: [{ name: 'never', cron: '61 3 * * *', run: async () => {} }],
    failed: () => {},
  });
  expect(() => calendar.start()).toThrow(/61|minute|pattern|range/iu);
});
