import type { LoadedContract } from '../src/config/load-contract.ts';
import { createHandClock } from '../src/lib/hand-clock.ts';
import { silentLog } from '../src/lib/log.ts';
import { MINUTE, SECOND, type Instant } from '../src/lib/time.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import type { Answering } from '../src/month/answering.ts';
import { createWeb } from '../src/web/web.ts';
import { NO_ENTRIES } from '../test/support/entry-desk.ts';
import { exampleSettings, liveState } from '../test/support/feed.ts';
import { NO_MONTHS } from '../test/support/month-desk.ts';
import { createBrowser, picturesOf } from './asking.ts';

const ASKED = 20;

/** How long a page took over HTTP, in ms. */
export interface PageTime {
  readonly page: string;
  /** With the start of the thread that reads the store. */
  readonly first: number;
  /** After what was read before is forgotten. */
  readonly anew: readonly number[];
  /** Within the second. */
  readonly again: readonly number[];
}

/** The pages of one system at the end of what its store holds, with a thread of their own for each, and its charts. */
export async function pageTimes(
  { system, now, agreed }: { readonly system: string; readonly now: Instant; readonly agreed: LoadedContract },
  createAnswering: () => Answering,
): Promise<readonly PageTime[]> {
  const clock = createHandClock(now);
  const example = exampleSettings();
  const [hq] = example.systems;
  if (hq === undefined) throw new Error('expected a system in the example');
  const settings = { ...example, systems: [{ ...hq, name: system }] };
  const live = liveState(now);
  const systems = live.systems.slice(0, 1).map((one) => ({ ...one, name: system }));
  const metrics = createMetrics({ settings, clock, version: '1' });
  const date = new Date(now - 1.5 * 1_440 * MINUTE).toISOString().slice(0, 10);

  async function timesOf(page: string, path: string, only?: 'pictures'): Promise<PageTime> {
    const answering = createAnswering();
    const glance = await answering.figures(system, new AbortController().signal);
    const web = createWeb({
      settings,
      metrics,
      live: () => ({ ...live, systems }),
      recent: () => [],
      desk: { ...NO_MONTHS, ...answering, exportMonth: NO_MONTHS.exportMonth },
      entries: { ...NO_ENTRIES, contractOf: () => agreed.contract },
      monthsOf: () => [],
      figuresOf: () => glance,
      clock,
      version: '1',
      log: silentLog,
    });
    const { url } = await web.start();
    const browser = createBrowser();
    try {
      const address = `${url}${path}`;
      const time = async (): Promise<number> => {
        const page = only === undefined ? [] : picturesOf(await browser.ask(address), url);
        const began = performance.now();
        await Promise.all((only === undefined ? [address] : page).map((one) => browser.ask(one)));
        return performance.now() - began;
      };
      const first = await time();
      const [anew, again]: [number[], number[]] = [[], []];
      for (let count = 0; count < ASKED; count++) {
        await clock.advance(10 * SECOND);
        anew.push(await time());
        again.push(await time());
      }
      return { page, first, anew, again };
    } finally {
      browser.close();
      await web.stop();
      await answering.stop();
    }
  }

  const times: PageTime[] = [];
  times.push(await timesOf('front page', ''));
  for (const days of [1, 7, 30])
    times.push(await timesOf(`page of a system, ${days} d`, `system/${system}?days=${days}`));
  times.push(await timesOf('the charts of 30 d', `system/${system}?days=30`, 'pictures'));
  times.push(await timesOf('page of a day', `system/${system}/day/${date}`));
  metrics.stop();
  return times;
}
