import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../lib/time.ts';
import { createAuthPacing, type Login } from './auth-pacing.ts';

const at = (port: number, server = 'mail.corp.example'): Login => ({
  server,
  service: `${server}:${port}`,
  user: 'probe@corp.example',
  waitMs: 5 * MINUTE,
});
const WORKS: readonly (readonly [string, Login, number])[] = [
  ['check imap', at(993), 15 * SECOND],
  ['check submission', at(587), 15 * SECOND],
  ['check pop3', at(995), 15 * SECOND],
  ['route outbound', at(587), MINUTE],
  ['route internal', at(587), MINUTE],
  ['watcher', at(993), 30 * SECOND],
];

/** All of them as often as they would, for `ms`; which logins were tried, by whom. */
function run(works: typeof WORKS, refused: (who: string, now: number) => boolean, ms: number) {
  const pacing = createAuthPacing();
  const tried: { readonly who: string; readonly at: number; readonly refused: boolean; readonly pace: number }[] = [];
  for (let now = 0; now < ms; now += SECOND) {
    for (const [index, [who, login, intervalMs]] of works.entries()) {
      if (now % intervalMs !== index * SECOND || pacing.waits(login, who, now)) continue;
      const isRefused = refused(who, now);
      tried.push({ who, at: now, refused: isRefused, pace: pacing.after(login, who, isRefused, intervalMs, now) });
    }
  }
  return tried;
}

describe('a password that is refused everywhere', () => {
  const tried = run(WORKS, () => true, 6 * HOUR);

  test('is tried at most four times in any ten minutes, whoever tries', () => {
    const most = Math.max(
      ...tried.map(({ at: from }) => tried.filter((it) => it.at >= from && it.at < from + 10 * MINUTE).length),
    );
    expect(most).toBeLessThanOrEqual(4);
  });

  test('leaves none of them out: each has its turn within its hold', () => {
    for (const [who] of WORKS.slice(0, 5)) {
      const own = tried.filter((it) => it.who === who);
      expect(own.length).toBeGreaterThan(2);
      for (const [index, it] of own.slice(1).entries())
        expect(it.at - (own[index]?.at ?? 0)).toBeLessThanOrEqual(3 * (own[index]?.pace ?? 0));
    }
  });
});

test('once it is taken again all go on as before', () => {
  const tried = run(WORKS, (_who, now) => now < HOUR, 2 * HOUR);
  const good = tried.filter((it) => !it.refused);
  const last = good.filter((it) => it.at >= 2 * HOUR - MINUTE).map(({ who }) => who);
  expect(new Set(last)).toEqual(new Set(WORKS.map(([who]) => who)));
});

test('a service that refuses slows down nobody who logs in at another one of the same server', () => {
  const tried = run(WORKS, (who) => who === 'check imap' || who === 'watcher', HOUR);
  expect(tried.filter((it) => it.who === 'check submission')).toHaveLength(240);
  expect(tried.filter((it) => it.refused).length).toBeLessThan(10);
});

test.each<[string, Login]>([
  ['another user', { ...at(993), user: 'other@corp.example' }],
  ['another server', at(993, 'mail.other.example')],
])('%s is not slowed down', (_what, login) => {
  const pacing = createAuthPacing();
  for (let n = 0; n < 5; n++) pacing.after(at(993), 'a', true, 1_000, n);
  expect([pacing.waits(at(993), 'a', 10), pacing.waits(login, 'b', 10)]).toEqual([true, false]);
});

test('a shorter wait is that of all who log in there, unless one of them waits longer', () => {
  const short = { ...at(993), waitMs: SECOND };
  const pacing = createAuthPacing();
  for (let n = 0; n < 3; n++) pacing.after(short, 'a', true, 1_000, n);
  expect(pacing.waits(short, 'a', 2 + SECOND)).toBe(false);
  pacing.after({ ...short, waitMs: MINUTE }, 'b', true, 1_000, 2 * SECOND);
  expect(pacing.waits(short, 'a', 60 * SECOND)).toBe(true);
});

test('who needs no login never waits', () => {
  expect(createAuthPacing().waits(undefined, 'mx', 0)).toBe(false);
});
