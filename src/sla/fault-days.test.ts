import { expect, test } from 'vitest';
import { CONTRACT, at, days, downExactly, exclusion, reportOf, withContract } from '../../test/support/worked-month.ts';

const stretch = (day: string) => [at(`2026-03-${day} 10:00`), at(`2026-03-${day} 11:00`)] as const;
const runs = downExactly([stretch('10'), stretch('12'), stretch('14')]);
const exclusions = [
  exclusion('2026-03-10 10:00', '2026-03-10 11:00'),
  exclusion('2026-03-12 10:00', '2026-03-12 10:59'),
  exclusion('2026-03-14 10:00', '2026-03-14 11:00', { ground: 'b' }),
];

test('a clause of fault days that excludes grounds counts what their windows leave of a day', () => {
  const clauses = CONTRACT.clauses.map((clause) => (clause.id === '3e' ? { ...clause, exclude: ['e'] } : clause));
  const report = reportOf({ contract: withContract({ clauses }), runs, exclusions });
  expect(days(report).fault_days).toEqual(['2026-03-12', '2026-03-14']);
  expect(days(reportOf({ runs, exclusions })).fault_days).toEqual(['2026-03-10', '2026-03-12', '2026-03-14']);
});
