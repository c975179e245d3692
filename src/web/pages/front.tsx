import { raw } from 'hono/html';
import { DAY, toIso, type Instant, type Ms } from '../../lib/time.ts';
import type { MonthGlance } from '../../month/glance.ts';
import type { MonthEntry } from '../../month/month-list.ts';
import type { AgentEvent } from '../../probe/event.ts';
import type { LiveState, LiveSystem } from '../../probe/live-state.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import type { Verdict } from '../../sla/report.ts';
import { eventWords } from '../event-words.ts';
import type { Health } from '../health.ts';
import { budgetBar } from './charts.ts';
import { Delays } from './delays.tsx';
import { CheckRow, MailboxRow, RouteRow } from './live-rows.tsx';
import { inLanguage, length, Time, timeText, type View } from './view.tsx';
import { WORDS } from './words.ts';

const MAX_EVENTS = 20;
/** What is wrong beyond this many is told as a number: a system may have a thousand mailboxes. */
const MAX_TROUBLE = 25;
/** Older reports are asked for by their address. */
const MAX_REPORTS = 13;

export interface FrontFacts {
  readonly live: LiveState;
  readonly liveness: Health;
  /** Oldest first. */
  readonly recent: readonly AgentEvent[];
  readonly monthsOf: (system: string) => readonly MonthEntry[];
  readonly figuresOf: (system: string) => MonthGlance | null;
  /** An instant of `live` on the wall's scale, which the events are on already. */
  readonly onWall: (at: Instant) => Instant;
}

/** All systems at a glance. */
export function Front({ view, facts }: { readonly view: View; readonly facts: FrontFacts }) {
  const { live, monthsOf, figuresOf } = facts;
  return (
    <>
      <Banner view={view} facts={facts} />
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

export function Banner({
  view,
  facts: { live, liveness, onWall },
}: {
  readonly view: View;
  readonly facts: Pick<FrontFacts, 'live' | 'liveness' | 'onWall'>;
}) {
  const t = inLanguage(view);
  const reasons = [
    ...live.gaps.map(({ from, why }) =>
      t(WORDS.unmeasuredSince)(
        timeText(onWall(from), view.zone),
        view.lang === 'en' ? why : t(CATALOGUE.names.gap[why]),
      ),
    ),
    ...(live.store.open ? [] : [t(WORDS.storeClosed)]),
    ...(live.store.trouble === null ? [] : [`${t(WORDS.storeWaits)}: ${live.store.trouble}`]),
    ...(live.sink?.listening === false
      ? [`${t(WORDS.sinkDeaf)}${live.sink.problem === undefined ? '' : `: ${live.sink.problem}`}`]
      : []),
  ];
  if (reasons.length === 0 && liveness.reasons.length === 0) return null;
  return (
    <div class="banner wide" role="alert">
      <strong class="unmeasured">{t(WORDS.notMeasuring)}</strong>
      <ul>
        {liveness.reasons.map((reason) => (
          <li>{reason}</li>
        ))}
        {reasons.map((reason) => (
          <li>{reason}</li>
        ))}
      </ul>
    </div>
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

function Trouble({ view, system, onWall }: Pick<CardProps, 'view' | 'system' | 'onWall'>) {
  const t = inLanguage(view);
  const checks = system.checks.filter(
    ({ state, lastSample }) => state === 'bad' || (state === 'unmeasured' && lastSample !== null),
  );
  const routes = system.routes.filter(({ state, failure }) => state === 'bad' || failure !== null);
  const mailboxes = system.mailboxes.filter(({ watching }) => watching === 'down');
  const rows = [
    ...checks.map((check) => <CheckRow view={view} check={check} onWall={onWall} />),
    ...routes.map((route) => <RouteRow view={view} route={route} onWall={onWall} />),
    ...mailboxes.map((mailbox) => <MailboxRow view={view} mailbox={mailbox} />),
  ];
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{t(WORDS.trouble)}</h3>
      <ul class="rows">{rows.slice(0, MAX_TROUBLE)}</ul>
      {rows.length > MAX_TROUBLE && <p class="dim">{t(WORDS.more)(rows.length - MAX_TROUBLE)}</p>}
    </>
  );
}

export function Month({
  view,
  id,
  glance,
}: {
  readonly view: View;
  readonly id: string;
  readonly glance: MonthGlance;
}) {
  const t = inLanguage(view);
  const { down, budgetMs, budgetLeftMs, unmeasuredMs, excludedMs, knownAt, month } = glance;
  const words =
    down === null
      ? t(WORDS.noDownData)
      : [
          budgetMs === null
            ? `${t(WORDS.down)} ${length(view, down.estimateMs)}`
            : `${t(WORDS.down)} ${t(WORDS.ofBudget)(length(view, down.estimateMs), length(view, budgetMs))}`,
          ...(down.leastMs === down.mostMs
            ? []
            : [t(WORDS.between)(length(view, down.leastMs), length(view, down.mostMs))]),
          ...(budgetLeftMs === null
            ? []
            : [
                budgetLeftMs < 0
                  ? t(WORDS.overspent)(length(view, -budgetLeftMs))
                  : t(WORDS.left)(length(view, budgetLeftMs)),
              ]),
        ].join(' · ');
  const aside = [
    ...(unmeasuredMs > 0 ? [t(WORDS.notMeasured)(length(view, unmeasuredMs))] : []),
    ...(excludedMs > 0 ? [t(WORDS.takenOut)(length(view, excludedMs))] : []),
    t(WORDS.computedAt)(length(view, view.now - knownAt)),
  ].join(' · ');
  return (
    <>
      <h3>{t(WORDS.thisMonth)(month)}</h3>
      <p class={budgetLeftMs !== null && budgetLeftMs < 0 ? 'bad figure' : 'figure'}>{words}</p>
      {raw(budgetBar(view, `${id}-budget`, glance, words))}
      <p class="dim">{aside}</p>
    </>
  );
}

export function openProbes(view: View, system: LiveSystem, onWall: (at: Instant) => Instant): string {
  const n = system.routes.reduce((sum, { open }) => sum + open, 0);
  const oldest = Math.min(...system.routes.map(({ oldestOpenAt }) => oldestOpenAt ?? Infinity));
  return inLanguage(view)(WORDS.open)(n, Number.isFinite(oldest) ? length(view, view.now - onWall(oldest)) : '');
}

const VERDICTS: readonly Verdict[] = ['missed', 'open', 'met', 'no data'];
const TONE: Readonly<Record<Verdict, string>> = { missed: 'bad', open: 'unmeasured', met: 'good', 'no data': 'dim' };

function Verdicts({ view, glance }: { readonly view: View; readonly glance: MonthGlance }) {
  const t = inLanguage(view);
  const { word, reason: reasons } = CATALOGUE.verdict;
  const named = VERDICTS.map((verdict) => ({
    verdict,
    clauses: glance.clauses.filter((one) => one.verdict === verdict),
  }));
  return (
    <details>
      <summary>
        {t(WORDS.verdicts)}:{' '}
        {named
          .filter(({ clauses }) => clauses.length > 0)
          .map(({ verdict, clauses }, index) => (
            <>
              {index > 0 && ' · '}
              <span class={TONE[verdict]}>
                {t(word[verdict])} {clauses.length}
              </span>
            </>
          ))}
      </summary>
      <ul>
        {named.flatMap(({ verdict, clauses }) =>
          clauses.map(({ id, title, reason }) => (
            <li>
              {t(WORDS.clause)(id)} {title[view.lang]}: <span class={TONE[verdict]}>{t(word[verdict])}</span>
              {reason !== undefined && <span class="dim"> ({t(reasons[reason])})</span>}
            </li>
          )),
        )}
      </ul>
    </details>
  );
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
