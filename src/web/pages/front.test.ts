import { afterEach, expect, test } from 'vitest';
import { NO_ENTRIES } from '../../../test/support/entry-desk.ts';
import { exampleSettings, liveState, START } from '../../../test/support/feed.ts';
import { NO_MONTHS } from '../../../test/support/month-desk.ts';
import { createHandClock } from '../../lib/hand-clock.ts';
import { silentLog } from '../../lib/log.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import type { LiveState, LiveSystem } from '../../probe/live-state.ts';
import { createWeb, type Web } from '../web.ts';

// The front page over HTTP, of as many systems as it takes.

let web: Web;
let metrics: Metrics;

afterEach(async () => {
  await web.stop();
  metrics.stop();
});

async function front(
  lang: 'zh' | 'en',
  systems: readonly LiveSystem[],
  more: Partial<LiveState> = {},
): Promise<string> {
  const example = exampleSettings();
  const [one] = example.systems;
  if (one === undefined) throw new Error('the example has no system');
  const settings = { ...example, systems: systems.map(({ name }) => ({ ...one, name })) };
  const clock = createHandClock(START);
  metrics = createMetrics({ settings, clock, version: '1' });
  web = createWeb({
    settings,
    metrics,
    live: () => ({ ...liveState(clock.now(), more), systems }),
    recent: () => [],
    desk: NO_MONTHS,
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: () => null,
    clock,
    version: '1',
    log: silentLog,
  });
  const { url } = await web.start();
  return (await fetch(new URL(`/?lang=${lang}`, url))).text();
}

function systemsOf(n: number, change: (index: number) => Partial<LiveSystem> = () => ({})): readonly LiveSystem[] {
  const [like] = liveState(START).systems;
  if (like === undefined) throw new Error('the example has no system');
  return Array.from({ length: n }, (_, index) => ({ ...like, name: `corp-${index}`, ...change(index) }));
}

/** Undefined: the page has none. */
function summaryOf(body: string): string | undefined {
  const found = /<section class="card wide summary" aria-labelledby="summary"><h2 id="summary">(.*?)<\/h2>/s.exec(body);
  return found?.[1]?.replace(/<[^>]+>/g, '');
}

const bad = { connected: 'bad' as const };
const dark = { connected: 'unmeasured' as const };

test.each([
  [
    'one that is down',
    systemsOf(12, (n) => (n === 7 ? bad : {})),
    '1 of 12 systems has trouble: corp-7',
    '12 个系统中 1 个有异常：corp-7',
  ],
  [
    'two, one of them with a mailbox that is not watched alone, and one that is not measured',
    systemsOf(12, (n) =>
      n === 1
        ? bad
        : n === 2
          ? { mailboxes: [{ name: 'alice', watching: 'down', since: START }] }
          : n === 3
            ? dark
            : {},
    ),
    '2 of 12 systems have trouble: corp-1, corp-2 · 1 of 12 systems is not measured: corp-3',
    '12 个系统中 2 个有异常：corp-1、corp-2 · 12 个系统中 1 个未监测：corp-3',
  ],
  [
    'more than have room in a line',
    systemsOf(12, () => bad),
    '12 of 12 systems have trouble: corp-0, corp-1, corp-2, corp-3, corp-4, corp-5, corp-6, corp-7 and 4 more',
    '12 个系统中 12 个有异常：corp-0、corp-1、corp-2、corp-3、corp-4、corp-5、corp-6、corp-7 另有 4 项',
  ],
  ['none', systemsOf(2), 'All 2 systems are connected and without trouble', '2 个系统均可收发，无异常'],
])('many systems are told in one line: %s', async (_, systems, en, zh) => {
  expect(summaryOf(await front('en', systems))).toBe(en);
  await web.stop();
  metrics.stop();
  expect(summaryOf(await front('zh', systems))).toBe(zh);
});

test('the line comes before all systems and leads to each that it names', async () => {
  const body = await front(
    'en',
    systemsOf(3, (n) => (n === 2 ? bad : {})),
  );
  expect(body.indexOf('id="summary"')).toBeLessThan(body.indexOf('id="s0"'));
  expect(body).toContain('<a href="#s2">corp-2</a>');
  expect(body).toMatch(/<h2 id="s2">.*?corp-2:/s);
});

test('one system is its own summary', async () => {
  expect(summaryOf(await front('en', systemsOf(1)))).toBeUndefined();
});

test('what a library said of the store and the sink is marked as English', async () => {
  const [trouble, problem] = ['disk I/O error <x>', 'listen EADDRINUSE'];
  const store = { open: true, trouble };
  const body = await front('zh', systemsOf(1), { store, sink: { listening: false, problem } } as Partial<LiveState>);
  expect(body).toContain('<li>数据存储写不进去，记录暂留内存: <span lang="en">disk I/O error &lt;x&gt;</span></li>');
  expect(body).toContain('<li>监测方收信端未监听: <span lang="en">listen EADDRINUSE</span></li>');
});

test('a route that is unmeasured because its letters are held is told among what is wrong, with how many wait', async () => {
  const held = (open: number) =>
    systemsOf(1).map((system) => ({
      ...system,
      checks: [],
      mailboxes: [],
      routes: system.routes.slice(0, 1).map((route) => ({
        ...route,
        state: 'unmeasured' as const,
        failure: null,
        open,
        oldestOpenAt: open === 0 ? null : START - 20_800,
        lastDelay: { ms: 5, leastMs: 4, at: START - 30_000 },
      })),
    }));
  const body = await front('en', held(5));
  expect(body).toContain('<h3>What is wrong</h3>');
  expect(body).toMatch(/5[^<]*oldest[^<]*20\.8 s/);
  await web.stop();
  metrics.stop();
  expect(await front('en', held(0))).not.toContain('<h3>What is wrong</h3>');
});
