import { DAY, toIso, type Instant, type Ms } from '../../lib/time.ts';
import type { MonthGlance } from '../../month/glance.ts';
import type { MonthEntry } from '../../month/month-list.ts';
import type { AgentEvent } from '../../probe/event.ts';
import type { LiveSystem } from '../../probe/live-state.ts';
import { eventWords } from '../event-words.ts';
import { Banner, type BannerFacts } from './banner.tsx';
import { Delays } from './delays.tsx';
import { Month } from './month.tsx';
import { Summary } from './summary.tsx';
import { Trouble } from './trouble.tsx';
import { Verdicts } from './verdicts.tsx';
import { inLanguage, length, Time, timeText, type View } from './view.tsx';
import { WORDS } from './words.ts';

const MAX_EVENTS = 20;
/** Older reports are asked for by their address. */
const MAX_REPORTS = 13;

export interface FrontFacts extends BannerFacts {
  /** Oldest first; on the wall's scale already. */
  readonly recent: readonly AgentEvent[];
  readonly monthsOf: (system: string) => readonly MonthEntry[];
  readonly figuresOf: (system: string) => MonthGlance | null;
}

/** All systems at a glance. */
export function Front({ view, facts }: { readonly view: View; readonly facts: FrontFacts }) {
  const { live, monthsOf, figuresOf } = facts;
  return (
    <>
      <Banner view={view} facts={facts} />
      <Summary view={view} systems={live.systems} cardOf={(system) => `s${live.systems.indexOf(system)}`} />
      {live.systems.map((system, index) => (
        <SystemCard
          view={view}
          system={system}
          id={`s${index}`}
          months={monthsOf(system.name)}
          glance={figuresOf(system.name)}
          onWall={facts.onWall}
        />
      ))}
      <Events view={view} recent={facts.recent} />
    </>
  );
}

interface CardProps {
  readonly view: View;
  readonly system: LiveSystem;
  readonly id: string;
  /** Oldest first. */
  readonly months: readonly MonthEntry[];
  readonly glance: MonthGlance | null;
  readonly onWall: (at: Instant) => Instant;
}

function SystemCard({ view, system, id, months, glance, onWall }: CardProps) {
  const t = inLanguage(view);
  const { name } = system;
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>
        <a href={`${view.base}/system/${encodeURIComponent(name)}`}>{name}:</a>{' '}
        <span class={system.connected}>{t(WORDS.connected[system.connected])}</span>
      </h2>
      <p class="dim">
        <Since view={view} at={system.since} onWall={onWall} />
      </p>
      <Trouble view={view} system={system} onWall={onWall} />
      {glance === null ? <p class="dim">{t(WORDS.noMonth)}</p> : <Month view={view} id={id} glance={glance} />}
      <Delays view={view} system={system} glance={glance} />
      <p>{openProbes(view, system, onWall)}</p>
      {glance !== null && <Verdicts view={view} glance={glance} />}
      {months.length > 0 && <Reports view={view} system={name} months={months} />}
    </section>
  );
}

export function Since({
  view,
  at,
  onWall,
}: {
  readonly view: View;
  readonly at: Instant | null;
  readonly onWall: (at: Instant) => Instant;
}) {
  const t = inLanguage(view);
  if (at === null) return <>{t(WORDS.notJudged)}</>;
  return (
    <>
      {t(WORDS.since)(age(view, view.now - onWall(at)))} <Time at={onWall(at)} zone={view.zone} />
    </>
  );
}

/** Days where hours would be hundreds. */
function age(view: View, ms: Ms): string {
  return ms < 3 * DAY ? length(view, ms) : inLanguage(view)(WORDS.days)(Math.floor(ms / DAY));
}

export function openProbes(view: View, system: LiveSystem, onWall: (at: Instant) => Instant): string {
  const n = system.routes.reduce((sum, { open }) => sum + open, 0);
  const oldest = Math.min(...system.routes.map(({ oldestOpenAt }) => oldestOpenAt ?? Infinity));
  return inLanguage(view)(WORDS.open)(n, Number.isFinite(oldest) ? length(view, view.now - onWall(oldest)) : '');
}

export function Reports({
  view,
  system,
  months,
}: {
  readonly view: View;
  readonly system: string;
  readonly months: readonly MonthEntry[];
}) {
  const t = inLanguage(view);
  const latest = months.slice(-MAX_REPORTS).reverse();
  return (
    <p>
      {t(WORDS.reports)}{' '}
      {latest.map(({ month, running, revisions }, index) => (
        <>
          {index > 0 && ' · '}
          <a href={`${view.base}/report/${month}?system=${encodeURIComponent(system)}`}>{month}</a>
          {running && <span class="dim"> {t(WORDS.soFar)}</span>}
          {revisions.length > 0 && <span class="dim"> {t(WORDS.closed)}</span>}
        </>
      ))}
    </p>
  );
}

function Events({ view, recent }: { readonly view: View; readonly recent: readonly AgentEvent[] }) {
  const t = inLanguage(view);
  const latest = recent.slice(-MAX_EVENTS).reverse();
  return (
    <section class="card wide" aria-labelledby="events">
      <h2 id="events">{t(WORDS.lastEvents)}</h2>
      {latest.length === 0 && <p class="dim">{t(WORDS.none)}</p>}
      <ul class="rows events">
        {latest.map((event) => {
          const { tone, text } = eventWords(event, 'with-system', view.lang);
          return (
            <li>
              <time class="dim" datetime={toIso(event.at)}>
                {eventTime(view, event.at)}
              </time>
              <span class={tone === 'plain' ? undefined : tone}>{text}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Of another day than today with its date. */
function eventTime({ now, zone }: View, at: Instant): string {
  const [text, today] = [timeText(at, zone), timeText(now, zone)];
  return text.slice(0, 10) === today.slice(0, 10) ? text.slice(11, 19) : text.slice(5, 19);
}
