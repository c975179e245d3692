import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { toIso, type Instant } from '../lib/time.ts';
import type { MonthEntry } from '../month/month-list.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { LiveState } from '../probe/live-state.ts';
import { eventWords } from './event-words.ts';
import type { Health } from './health.ts';
import { STYLE } from './style.ts';
import { SystemCard } from './system-card.tsx';

/** The page asks for itself again this often, in seconds. */
const REFRESH_SECONDS = 10;
const MAX_EVENTS = 20;

export interface PageFacts {
  readonly vantage: string;
  readonly version: string;
  /** What stands before every link. */
  readonly base: string;
  readonly live: LiveState;
  readonly liveness: Health;
  /** Oldest first. */
  readonly recent: readonly AgentEvent[];
  readonly monthsOf: (system: string) => readonly MonthEntry[];
  readonly now: Instant;
  /** An instant of `live` on the wall's scale, which the events are on already. */
  readonly onWall: (at: Instant) => Instant;
}

/** All systems at a glance, as one HTML document. Whatever a server said is escaped by the JSX. */
export function renderPage(facts: PageFacts): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`<!doctype html>${<Page {...facts} />}`;
}

function Page({ vantage, version, base, live, liveness, recent, monthsOf, now, onWall }: PageFacts) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content={String(REFRESH_SECONDS)} />
        <title>mailwitness {vantage}</title>
        <link rel="icon" href="data:," />
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <header>
          <h1>mailwitness</h1>
          <span class="dim">
            {version} at {vantage} · as of <time>{toIso(onWall(now))}</time>, again every {REFRESH_SECONDS} s ·{' '}
            <a href={`${base}/metrics`}>metrics</a> · <a href={`${base}/exclusions`}>exclusions</a> ·{' '}
            <a href={`${base}/records`}>records</a>
          </span>
        </header>
        <main>
          <Banner live={live} liveness={liveness} onWall={onWall} />
          {live.systems.map((system) => (
            <SystemCard system={system} base={base} months={monthsOf(system.name)} now={now} onWall={onWall} />
          ))}
          <Events recent={recent} />
        </main>
      </body>
    </html>
  );
}

function Banner({ live, liveness, onWall }: Pick<PageFacts, 'live' | 'liveness' | 'onWall'>) {
  const reasons = [
    ...liveness.reasons,
    ...live.gaps.map(
      ({ from, why }) => `unmeasured since ${toIso(onWall(from))}: ${why}${why === 'sink' ? ' (outbound only)' : ''}`,
    ),
    ...(live.store.open ? [] : ['the store is not open: nothing is recorded']),
    ...(live.sink?.listening === false
      ? [`the sink does not listen${live.sink.problem === undefined ? '' : `: ${live.sink.problem}`}`]
      : []),
  ];
  if (reasons.length === 0) return null;
  return (
    <div class="banner" role="alert">
      <strong class="unmeasured">The agent is not measuring as it should. What it shows below may be old.</strong>
      <ul>
        {reasons.map((reason) => (
          <li>{reason}</li>
        ))}
      </ul>
    </div>
  );
}

function Events({ recent }: { readonly recent: readonly AgentEvent[] }) {
  const latest = recent.slice(-MAX_EVENTS).reverse();
  return (
    <section class="card" aria-label="last events">
      <h2>Last events</h2>
      {latest.length === 0 && <p class="dim">none yet</p>}
      <ul class="rows events">
        {latest.map((event) => {
          const { tone, text } = eventWords(event);
          return (
            <li>
              <time class="dim">{toIso(event.at).slice(11, 23)}</time>
              <span class={tone === 'plain' ? '' : tone}>{text}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
