import { assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { expect, test } from 'vitest';
import { newProbeId, createTokens } from '../probe/token.ts';
import type { Probe } from '../probe/probe.ts';
import { createComposer } from './compose.ts';
import { createLetterTemplate, type ComposeRequest } from './letter-template.ts';

const tokens = createTokens({ instance: 'k3v9x', key: Buffer.alloc(32, 7) });

function requestOf(change: Partial<Probe> = {}, size = 0): ComposeRequest {
  const probe: Probe = {
    id: newProbeId(),
    system: 'corp.example',
    route: 'to-them',
    kind: 'outbound',
    mailbox: null,
    launchedAt: Date.UTC(2026, 10, 22, 17),
    ...change,
  };
  const to = probe.kind === 'outbound' ? tokens.sinkAddress(probe.id, 'sink.example') : 'alice@corp.example';
  return { probe, token: tokens.sign(probe), from: 'probe@corp.example', to, size };
}

const instants = integer({ min: Date.UTC(2020, 0), max: Date.UTC(2100, 0) * 1_000 }).map((at) => at / 1_000);
const kinds = constantFrom({ kind: 'outbound', mailbox: null } as const, { kind: 'inbound', mailbox: 'hq' } as const);

test('the letters of a template are those that MailComposer makes, at any instant, on any route, of any size', async () => {
  const probes = record({
    route: constantFrom('r', 'a.b-c', 'x'.repeat(63)),
    of: kinds,
    first: instants,
    next: instants,
  });
  const sizes = constantFrom(0, 3_000, 20_000);
  await assert(
    asyncProperty(probes, sizes, async ({ route, of, first, next }, size) => {
      const compose = createComposer();
      await compose(requestOf({ route, ...of, launchedAt: first }, size));
      const request = requestOf({ route, ...of, launchedAt: next }, size);
      expect((await compose(request)).raw.toString()).toBe((await createComposer()(request)).raw.toString());
    }),
    { numRuns: 150 },
  );
});

test.each<[string, ComposeRequest, boolean]>([
  ['another probe of the route', requestOf({ launchedAt: Date.UTC(2027, 1, 3) + 0.25 }), true],
  ['one of another route', requestOf({ route: 'to-us' }), false],
  ['one of another system', requestOf({ system: 'other.example' }), false],
  ['one of another size', requestOf({}, 5_000), false],
  ['one from another sender', { ...requestOf(), from: 'other@corp.example' }, false],
  ['one to another mailbox', requestOf({ kind: 'inbound', mailbox: 'hq' }), false],
  ['one whose instant has a digit less', requestOf({ launchedAt: Date.UTC(2001, 0) }), false],
])('%s: filled in %o', async (_name, request, fits) => {
  const first = requestOf();
  const template = createLetterTemplate(first, (await createComposer()(first)).raw);
  expect(template.fill(request) !== null).toBe(fits);
});

test('nothing of the first letter is left in the second', async () => {
  const first = requestOf({ launchedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  const template = createLetterTemplate(first, (await createComposer()(first)).raw);
  const text = template.fill(requestOf({ launchedAt: Date.UTC(2027, 10, 12, 13, 14, 15, 999) }))?.toString();
  for (const word of [first.probe.id, '2026-', ' 2026 ', '.678Z', '03:04', ...first.token.split('; ').slice(-2)]) {
    expect(text).not.toContain(word);
  }
});
