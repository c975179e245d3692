import type { Instant, Ms } from '../../lib/time.ts';
import { seriesWords, type ChartKind } from '../../month/delay-chart.ts';
import { DELAY_DAYS, type DelayDays, type DelaySeries } from '../../month/delay-series.ts';
import type { History } from '../../month/history.ts';
import type { MonthEntry } from '../../month/month-list.ts';
import { delayOf, leastDelayOf } from '../../probe/correlate.ts';
import type { LiveSystem } from '../../probe/live-state.ts';
import type { ProbeState } from '../../probe/probe-state.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import { limitWords } from '../../report/instant-text.ts';
import { folderName } from '../event-words.ts';
import { Reports, Since } from './front.tsx';
import { CheckRow, MailboxRow, RouteRow } from './live-rows.tsx';
import { bounded, inLanguage, length, Time, type View } from './view.tsx';
import { WORDS } from './words.ts';

export interface SystemFacts {
  readonly system: LiveSystem;
  readonly months: readonly MonthEntry[];
  /** Null: it could not be read now. */
  readonly history: History | null;
  readonly delays: readonly DelaySeries[] | null;
  readonly days: DelayDays;
  readonly onWall: (at: Instant) => Instant;
}

/** One system: how it stands, what is behind it, how long mail took, the last probes. */
export function SystemPage({ view, facts }: { readonly view: View; readonly facts: SystemFacts }) {
  const t = inLanguage(view);
  const { system, months, history, delays, days, onWall } = facts;
  return (
    <>
      <section class="card" aria-labelledby="now">
        <h2 id="now">
          {system.name}: <span class={system.connected}>{t(WORDS.connected[system.connected])}</span>
        </h2>
        <p class="dim">
          <Since view={view} at={system.since} onWall={onWall} /> · {t(WORDS.zone)(view.zone)}
        </p>
        {months.length > 0 && <Reports view={view} system={system.name} months={months} />}
      </section>
      <section class="card" aria-labelledby="past">
        <h2 id="past">{t(WORDS.pastDays)}</h2>
        {history === null ? <p>{t(WORDS.noHistory)}</p> : <Days view={view} system={system.name} history={history} />}
      </section>
      {system.checks.length > 0 && (
        <section class="card" aria-labelledby="checks">
          <h2 id="checks">{t(WORDS.checks)}</h2>
          <ul class="rows">
            {worstFirst(system.checks)
              .slice(0, MAX_CHECKS)
              .map((check, index) => (
                <CheckRow view={view} check={check} onWall={onWall} id={`check${index}`} />
              ))}
          </ul>
          {system.checks.length > MAX_CHECKS && <p class="dim">{t(WORDS.more)(system.checks.length - MAX_CHECKS)}</p>}
        </section>
      )}
      {system.routes.length > 0 && (
        <section class="card" aria-labelledby="routes">
          <h2 id="routes">{t(WORDS.routes)}</h2>
          <ul class="rows">
            {system.routes.map((route, index) => (
              <RouteRow view={view} route={route} onWall={onWall} id={`route${index}`} />
            ))}
          </ul>
        </section>
      )}
      {system.mailboxes.length > 0 && (
        <section class="card" aria-labelledby="mailboxes">
          <h2 id="mailboxes">{t(WORDS.mailboxes)}</h2>
          <ul class="rows">
            {system.mailboxes.slice(0, MAX_CHECKS).map((mailbox) => (
              <MailboxRow view={view} mailbox={mailbox} />
            ))}
          </ul>
          {system.mailboxes.length > MAX_CHECKS && (
            <p class="dim">{t(WORDS.more)(system.mailboxes.length - MAX_CHECKS)}</p>
          )}
        </section>
      )}
      <section class="card" aria-labelledby="delays">
        <h2 id="delays">{t(WORDS.delays)}</h2>
        {delays === null ? (
          <p>{t(WORDS.noHistory)}</p>
        ) : (
          <Charts view={view} system={system.name} delays={delays} days={days} />
        )}
      </section>
      <section class="card" aria-labelledby="probes">
        <h2 id="probes">{t(WORDS.probes)}</h2>
        {history !== null && <Probes view={view} probes={history.probes} />}
      </section>
    </>
  );
}

const MAX_CHECKS = 40;

function worstFirst(checks: LiveSystem['checks']): LiveSystem['checks'] {
  return [...checks.filter(({ state }) => state !== 'good'), ...checks.filter(({ state }) => state === 'good')];
}

const MARKS = { good: '✓', fault: '✕', unmeasured: '?', excluded: '–' } as const;

function Days({ view, system, history }: { readonly view: View; readonly system: string; readonly history: History }) {
  const t = inLanguage(view);
  return (
    <>
      <ol class="days">
        {history.days.map(({ date, kind, down, unmeasuredMs, excludedMs }) => {
          const words = `${date}: ${t(WORDS.day[kind])}; ${t(WORDS.minutesOf)(bounded(view, down), length(view, unmeasuredMs), length(view, excludedMs))}`;
          return (
            <li>
              <a class={kind} href={`${view.base}/system/${encodeURIComponent(system)}/day/${date}`} title={words}>
                <span aria-hidden="true">{MARKS[kind]}</span>
                <span class="hidden">{words}</span>
              </a>
            </li>
          );
        })}
      </ol>
      <ul class="legend">
        {(['good', 'fault', 'unmeasured', 'excluded'] as const).map((kind) => (
          <li>
            {MARKS[kind]} {t(WORDS.day[kind])}
          </li>
        ))}
      </ul>
    </>
  );
}

function Charts({
  view,
  system,
  delays,
  days,
}: {
  readonly view: View;
  readonly system: string;
  readonly delays: readonly DelaySeries[];
  readonly days: DelayDays;
}) {
  const t = inLanguage(view);
  /** Of the reading that stands here in words: a page that renews itself shows charts of its own age. */
  const image = ({ route, kind, to }: DelaySeries, chart: ChartKind): string =>
    `${view.base}/system/${encodeURIComponent(system)}/delay.svg?route=${encodeURIComponent(route)}&kind=${kind}&days=${days}&to=${to}&chart=${chart}&lang=${view.lang}`;
  return (
    <>
      <p>
        {DELAY_DAYS.map((one, index) => (
          <>
            {index > 0 && ' · '}
            {one === days ? (
              <strong>{t(WORDS.lastDays)(one)}</strong>
            ) : (
              <a href={`${view.base}/system/${encodeURIComponent(system)}?days=${one}`}>{t(WORDS.lastDays)(one)}</a>
            )}
          </>
        ))}
      </p>
      {delays.length === 0 && <p class="dim">{t(WORDS.none)}</p>}
      {delays.map((series) => (
        <>
          <h3>
            {t(CATALOGUE.names.check[series.kind])} {series.route !== series.kind && series.route}
          </h3>
          <p class="figure">
            {seriesWords(view.lang, series)}
            {series.n > 0 &&
              series.limits
                .map(({ limitMs, over }) => ` · ${t(CATALOGUE.chart.above)(limitWords(view.lang, limitMs))}: ${over}`)
                .join('')}
          </p>
          {series.n > 0 && (
            <div class="charts">
              <img
                src={image(series, 'time')}
                width="420"
                height="240"
                alt={t(CATALOGUE.chart.overTime)(series.route)}
              />
              <img
                src={image(series, 'spread')}
                width="420"
                height="240"
                alt={t(CATALOGUE.chart.spread)(series.route)}
              />
            </div>
          )}
        </>
      ))}
    </>
  );
}

function Probes({ view, probes }: { readonly view: View; readonly probes: readonly ProbeState[] }) {
  const t = inLanguage(view);
  if (probes.length === 0) return <p class="dim">{t(WORDS.none)}</p>;
  return (
    <table>
      <thead>
        <tr>
          {[WORDS.launched, WORDS.route, WORDS.outcomeName, WORDS.accepted, WORDS.delay, WORDS.folder].map((word) => (
            <th scope="col">{t(word)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {probes.map((probe) => {
          const delay = delayOf(probe);
          return (
            <tr>
              <th scope="row">
                <a href={`${view.base}/probe/${probe.id}`}>
                  <Time at={probe.launchedAt} zone={view.zone} />
                </a>
              </th>
              <td data-label={t(WORDS.route)}>
                {t(CATALOGUE.names.check[probe.kind])}{' '}
                {probe.route !== probe.kind && <span class="dim">{probe.route}</span>}
              </td>
              <td data-label={t(WORDS.outcomeName)} class={toneOf(probe)}>
                {t(WORDS.outcome[probe.outcome])}
                {probe.misfiled && ` · ${t(WORDS.misfiled)}`}
                {probe.copies > 1 && ` · ${t(WORDS.duplicates)(probe.copies - 1)}`}
              </td>
              <td data-label={t(WORDS.accepted)}>
                {probe.acceptedAt === null ? '—' : length(view, probe.acceptedAt - probe.launchedAt)}
              </td>
              <td data-label={t(WORDS.delay)}>{delay === null ? '—' : delayText(view, probe, delay)}</td>
              <td data-label={t(WORDS.folder)}>{probe.folder === null ? '—' : folderName(probe, view.lang)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Between when it was last asked for in vain and when it was seen. */
export function delayText(view: View, probe: ProbeState, delay: Ms): string {
  return bounded(view, { leastMs: leastDelayOf(probe) ?? delay, estimateMs: delay, mostMs: delay });
}

export function toneOf({ outcome, misfiled, copies }: ProbeState): string {
  if (outcome === 'pending' || outcome === 'void' || outcome === 'uncertain') return 'unmeasured';
  if (outcome !== 'relayed' && outcome !== 'delivered') return 'bad';
  return misfiled || copies > 1 ? 'warn' : 'good';
}
