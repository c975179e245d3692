import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Like a browser: its connections are kept, six at most. */
export function createBrowser(): { ask(url: string): Promise<string>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 6 });
  return {
    ask: async (url) =>
      new Promise<string>((resolve, reject) => {
        const asked = get(url, { agent, headers: { Accept: 'text/html', 'Accept-Language': 'en' } }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode === 200) resolve(text);
            else reject(new Error(`${url} answered ${String(response.statusCode)}: ${text}`));
          });
        });
        asked.on('error', reject);
      }),
    close: () => agent.destroy(),
  };
}

/** The addresses of the pictures on a page. */
export function picturesOf(page: string, url: string): readonly string[] {
  return [...page.matchAll(/<img[^>]* src="([^"]+)"/g)].map(([, src = '']) =>
    String(new URL(src.replaceAll('&amp;', '&'), url)),
  );
}

/**
 * Somebody who has a page open until called off: it asks for itself at its own pace, with its pictures. How long each page
 * took with all that is on it, in ms.
 */
export async function lookAt(url: string, everyMs: number, signal: AbortSignal): Promise<readonly number[]> {
  const browser = createBrowser();
  const took: number[] = [];
  try {
    // Not all at once: people open a page when they come.
    await pause(Math.random() * everyMs, undefined, { signal });
    while (!signal.aborted) {
      const began = performance.now();
      const page = await browser.ask(url);
      await Promise.all(picturesOf(page, url).map((picture) => browser.ask(picture)));
      took.push(performance.now() - began);
      await pause(everyMs, undefined, { signal });
    }
  } catch (error) {
    // Called off while it waited.
    if (!signal.aborted) throw error;
  } finally {
    browser.close();
  }
  return took;
}
