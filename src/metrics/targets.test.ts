import { expect, test } from 'vitest';
import { exampleSettings } from '../../test/support/feed.ts';
import { configuredTargets, isHostName } from './targets.ts';

const [hq] = exampleSettings().systems;

const rows = [
  [
    'each host of the list',
    {
      hosts: [
        { host: 'mx1', port: 25 },
        { host: 'mx2', port: 25 },
      ],
      domain: undefined,
    },
    ['mx1', 'mx2'],
  ],
  [
    'a host that stands twice, with its port',
    {
      hosts: [
        { host: 'mx1', port: 25 },
        { host: 'mx1', port: 26 },
      ],
      domain: undefined,
    },
    ['mx1:25', 'mx1:26'],
  ],
  ['a domain before its first lookup', { hosts: undefined, domain: 'example.org' }, ['example.org']],
] as const;

test.each(rows)('targets of mx: %s', (_, change, targets) => {
  const systems = [hq].flatMap((system) =>
    system?.mx === undefined ? [] : [{ ...system, mx: { ...system.mx, ...change } }],
  );
  const found = systems.flatMap(configuredTargets).filter(({ check }) => check === 'mx');
  expect(found.map(({ target }) => target)).toEqual(targets);
});

test.each([
  ['mx1.example.org', true],
  ['mx1.example.org:25', true],
  ['192.0.2.1', true],
  ['[2001:db8::1]:25', true],
  ['-mx', false],
  ['mx 1', false],
  ['mx"1', false],
  ['', false],
  ['x'.repeat(300), false],
])('%s may be a label: %s', (text, may) => {
  expect(isHostName(text)).toBe(may);
});
