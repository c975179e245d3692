import { describe, expect, test } from 'vitest';
import type { ExclusionFact, Fact, MessageFact, RecordFact, RunFact } from '../facts/facts.ts';
import { createRedactor } from './redact.ts';

const run: RunFact = {
  type: 'run',
  vantage: 'hq',
  check: 'mx',
  ok: false,
  from: 0,
  to: 1,
  samples: 1,
  cause: 'refused',
};
const message: MessageFact = {
  type: 'message',
  vantage: 'hq',
  id: 'm1',
  route: 'inbound',
  accepted_at: 0,
  outcome: 'bounced',
};
const exclusion: ExclusionFact = {
  type: 'exclusion',
  id: 'x1',
  from: 0,
  to: 1,
  ground: 'a',
  entered_by: 'Li Wei <li.wei@corp.example>',
  entered_at: 0,
  note: 'new disks in mx1',
};

function redact(...facts: readonly Fact[]): Fact[] {
  return facts.map(createRedactor());
}

test("the servers' words go, and a host or mailbox has one name wherever it stands", () => {
  expect(
    redact(
      { ...run, target: 'mx1.corp.example', detail: '550 <ann@corp.example> unknown' },
      { ...message, target: 'ann@corp.example' },
      { ...run, target: 'mx2.corp.example' },
      { ...run, target: 'mx1.corp.example', ok: true },
      { ...message, id: 'm2', target: 'mx1.corp.example' },
      run,
    ),
  ).toStrictEqual([
    { ...run, target: 'target-1' },
    { ...message, target: 'target-2' },
    { ...run, target: 'target-3' },
    { ...run, target: 'target-1', ok: true },
    { ...message, id: 'm2', target: 'target-1' },
    run,
  ]);
});

test('a target whose name looks like one that was given is not taken for it', () => {
  const targets = redact({ ...run, target: 'target-2' }, { ...run, target: 'b' }).map(
    (fact) => (fact as RunFact).target,
  );
  expect(targets).toEqual(['target-1', 'target-2']);
});

test('addresses in what people wrote are renamed one to one, the rest of their words stays', () => {
  const record: RecordFact = {
    type: 'record',
    id: 'r1',
    kind: 'complaint',
    at: 0,
    started_at: 0,
    what: 'ann@corp.example could not write to <li.wei@corp.example>, (10.0.0.25) said no.',
  };
  const contact: RecordFact = {
    type: 'record',
    id: 'r2',
    kind: 'service-contact',
    at: 0,
    channel: 'abuse@corp.example',
    answered: true,
  };
  expect(redact({ ...exclusion, approved_by: 'ann@corp.example', withdrawn_by: 'Ann' }, record, contact)).toStrictEqual(
    [
      { ...exclusion, entered_by: 'Li Wei <address-1>', approved_by: 'address-2', withdrawn_by: 'Ann' },
      { ...record, what: 'address-2 could not write to <address-1>, (address-3) said no.' },
      { ...contact, channel: 'address-4' },
    ],
  );
});

test('a setting that was found as expected stays so, one that was not does not become so', () => {
  const setting = { type: 'record', kind: 'setting', at: 0, name: 'postmaster' } as const;
  const [same, other] = redact(
    { ...setting, id: '1', expected: 'a@corp.example', found: 'a@corp.example' },
    { ...setting, id: '2', expected: 'a@corp.example', found: 'b@corp.example' },
  );
  expect(same).toMatchObject({ expected: 'address-1', found: 'address-1' });
  expect(other).toMatchObject({ expected: 'address-1', found: 'address-2' });
});

describe('an address in a note', () => {
  test.each([
    ['mail to ann@corp.example. Or ann@corp.example!', 'mail to address-1. Or address-1!'],
    ['\u8ACB\u5BEB\uFF1Aann@corp.example\u3002', '\u8ACB\u5BEB\uFF1Aaddress-1\u3002'],
    ['ann@corp.example,bob@corp.example', 'address-1,address-2'],
    ['from 192.0.2.7 and 192.0.2.7:25', 'from address-1 and address-1:25'],
    ['[2001:db8::25] and ::1 and fe80::1', '[address-1] and address-2 and address-3'],
    ['::ffff:192.0.2.7.', 'address-1.'],
    ['2001:db8:0:0:0:0:0:1', 'address-1'],
    ['ip:192.0.2.7, client:10.0.0.25 and face:10.0.0.25', 'ip:address-1, client:address-2 and face:address-2'],
    ['IP192.0.2.7_old', 'IPaddress-1_old'],
    ['said 550 [IPv6:2001:db8::25] and ip:2001:db8::25.', 'said 550 [IPv6:address-1] and ip:address-1.'],
    ['"ann lee"@corp.example, ann@[192.0.2.7]', 'address-1, address-2'],
    ['ann\uFF20corp.example', 'address-1'],
  ])('%s', (note, expected) => {
    expect(redact({ ...exclusion, note })).toMatchObject([{ note: expected }]);
  });

  test.each([
    'at 10:30 to 11:15',
    'version 1.2.3',
    'version 1.2.3.4.5',
    '02:00:00',
    'a @ b',
    'C++ std::vector',
    'ratio 3:1',
  ])('none in "%s"', (note) => {
    expect(redact({ ...exclusion, note })).toMatchObject([{ note }]);
  });
});

test('a note of a megabyte takes no quadratic time', () => {
  const notes = ['a', ':', '1.', '1.1.1', '@', 'a@', '"', '"a', 'a@['].map((piece) =>
    piece.repeat(1_000_000 / piece.length),
  );
  for (const note of notes) expect(redact({ ...exclusion, note })).toHaveLength(1);
});
