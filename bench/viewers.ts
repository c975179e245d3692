import { setMaxListeners } from 'node:events';
import { SECOND } from '../src/lib/time.ts';
import { lookAt } from './asking.ts';
import { besides } from './beside.ts';

const VIEWERS = 50;
/** As the pages have it. */
const RENEWAL_MS = 10 * SECOND;
/** Half of them have all systems before them, the others one system with its pictures. */
const PAGES = ['', 'system/lab'];

/** Whether the measurement notices that fifty people have its pages open, each of which renews itself. */
export async function viewers(): Promise<boolean> {
  const took: number[] = [];
  return besides(
    `${VIEWERS} viewers`,
    async ({ url }, signal) => {
      setMaxListeners(2 * VIEWERS, signal);
      const looking = Array.from({ length: VIEWERS }, async (_, index) =>
        lookAt(`${url}${PAGES[index % PAGES.length] ?? ''}`, RENEWAL_MS, signal),
      );
      took.push(...(await Promise.all(looking)).flat());
    },
    () => ({
      rows: [{ figure: 'a page that was looked at, with its pictures', unit: 'ms', values: took }],
      didWork: took.length > 0,
    }),
  );
}
