import { describe, expect, test } from 'vitest';
import { at, CONTRACT, exclusion, message, messages, reportOf, withContract } from '../../test/support/worked-month.ts';
import type { RecordFact } from '../facts/facts.ts';

const head = (id: string, when: string): { type: 'record'; id: string; at: number } => ({
  type: 'record',
  id,
  at: at(when),
});

function lock(id: string, when: string, deleted?: string): RecordFact {
  const locked_at = at('2025-11-01 00:00');
  return {
    ...head(id, when),
    kind: 'account-lock',
    locked_at,
    ...(deleted === undefined ? {} : { deleted_at: at(deleted) }),
  };
}

function updated(id: string, when: string, more: { replaces?: string } = {}): RecordFact {
  return { ...head(id, when), kind: 'definitions', updated_at: at(when), ...more };
}

function backup(id: string, when: string, level: 'full' | 'incremental', ok = true): RecordFact {
  return { ...head(id, when), kind: 'backup', level, finished_at: at(when), ok };
}

const listed = (records: readonly RecordFact[], contract = CONTRACT): string[] =>
  reportOf({ records, contract }).records.map(({ id }) => id);

describe('the records of a report', () => {
  test('hold a deletion of the month that was entered in another, and no deletion of another month', () => {
    const records = [
      lock('before', '2026-02-10 00:00', '2026-03-05 00:00'),
      lock('later', '2026-04-10 00:00', '2026-03-06 00:00'),
      lock('elsewhere', '2026-03-10 00:00', '2026-04-06 00:00'),
      lock('kept', '2026-03-11 00:00'),
    ];
    expect(listed(records)).toEqual(['before', 'kept', 'later']);
  });

  test('hold the update and the backups before the month at which gaps begin, as far as a clause asks for them', () => {
    const records = [
      updated('old', '2026-02-10 00:00'),
      updated('last', '2026-02-26 00:00'),
      updated('first', '2026-03-02 00:00'),
      backup('full', '2026-02-26 01:00', 'full'),
      backup('incremental', '2026-02-27 01:00', 'incremental'),
      backup('failed', '2026-02-28 01:00', 'full', false),
      backup('in', '2026-03-01 01:00', 'incremental'),
    ];
    expect(listed(records)).toEqual(['last', 'full', 'incremental', 'in', 'first']);
    const without = withContract({
      clauses: CONTRACT.clauses.filter((clause) => clause.blank || !['definitions', 'backup'].includes(clause.measure)),
    });
    expect(listed(records, without)).toEqual(['in', 'first']);
  });

  test('hold what replaced one of them, wherever it belongs', () => {
    const records = [
      updated('wrong', '2026-03-02 00:00'),
      updated('right', '2026-04-02 00:00', { replaces: 'wrong' }),
      updated('last', '2026-02-26 00:00', { replaces: 'mistyped' }),
      updated('mistyped', '2026-02-27 00:00'),
    ];
    expect(listed(records)).toEqual(['last', 'wrong', 'right']);
  });
});

describe('the exclusions of a report', () => {
  const across = message(at('2026-03-31 23:40'), 3_000);

  test('hold a window after the month that took out a message accepted in it', () => {
    const window = exclusion('2026-04-01 00:10', '2026-04-01 00:20');
    const { exclusions, clauses } = reportOf({ messages: [across], exclusions: [window] });
    expect(exclusions).toMatchObject([{ id: window.id, counts: true }]);
    expect(clauses.find(({ id }) => id === '2b')).toMatchObject({ excluded: 1, n: 0 });
  });

  test('hold no window beyond the month that took nothing out', () => {
    const after = exclusion('2026-04-01 00:40', '2026-04-01 01:20');
    const unapproved = exclusion('2026-04-01 00:10', '2026-04-01 00:20', { ground: 'a' });
    const before = exclusion('2026-02-28 20:00', '2026-02-28 23:00');
    const withdrawn = exclusion('2026-04-01 00:10', '2026-04-01 00:20', {
      withdrawn_at: at('2026-03-31 00:00'),
      withdrawn_by: 'li',
    });
    const exclusions = [after, unapproved, before, withdrawn];
    expect(reportOf({ messages: [across, ...messages(3, 5)], exclusions }).exclusions).toEqual([]);
  });
});
