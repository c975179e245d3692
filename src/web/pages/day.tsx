import { raw } from 'hono/html';
import type { DayDetail } from '../../month/history.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import { dateOf, dayNumber } from '../../sla/days.ts';
import { dayStrip } from './charts.ts';
import { bounded, inLanguage, length, Time, type View } from './view.tsx';
import { WORDS } from './words.ts';

const MAX_ROWS = 200;

/** A day of a system: its minutes, and what failed on it. */
export function DayPage({
  view,
  system,
  detail,
}: {
  readonly view: View;
  readonly system: string;
  readonly detail: DayDetail;
}) {
  const t = inLanguage(view);
  const { date, timezone } = detail;
  const unmeasuredMs = detail.unmeasured.reduce((sum, { from, to }) => sum + to - from, 0);
  const link = (shift: number): string =>
    `${view.base}/system/${encodeURIComponent(system)}/day/${dateOf(dayNumber(date) + shift)}`;
  const stretches = [
    ...detail.down.map((one) => ({ ...one, bounds: one, tone: 'bad', word: WORDS.down })),
    ...detail.unmeasured.map((one) => ({ ...one, bounds: null, tone: 'unmeasured', word: WORDS.state.unmeasured })),
    ...detail.excluded.map((one) => ({ ...one, bounds: null, tone: 'dim', word: WORDS.exclusions })),
  ].sort((one, other) => one.from - other.from);
  return (
    <>
      <section class="card" aria-labelledby="day-of">
        <h2 id="day-of">
          <a href={`${view.base}/system/${encodeURIComponent(system)}`}>{system}</a>: {t(WORDS.dayOf)(date)}
        </h2>
        <p>
          <a href={link(-1)}>{t(WORDS.before)}</a>
          {detail.known >= detail.to && (
            <>
              {' '}
              · <a href={link(1)}>{t(WORDS.after)}</a>
            </>
          )}{' '}
          <span class="dim">· {t(WORDS.zone)(timezone)}</span>
        </p>
        <p class="figure">
          {t(WORDS.down)} {bounded(view, detail.downTime)}
          {unmeasuredMs > 0 && ` · ${t(WORDS.notMeasured)(length(view, unmeasuredMs))}`}
        </p>
        <figure>{raw(dayStrip(view, detail))}</figure>
        <ul class="legend">
          <li>■ {t(WORDS.down)}</li>
          <li>▨ {t(WORDS.state.unmeasured)}</li>
          <li>░ {t(WORDS.exclusions)}</li>
          <li>□ {t(WORDS.state.good)}</li>
        </ul>
        {stretches.length === 0 ? (
          <p>{t(WORDS.quietDay)}</p>
        ) : (
          <table>
            <thead>
              <tr>
                {[WORDS.from, WORDS.to, WORDS.length, WORDS.what].map((word) => (
                  <th scope="col">{t(word)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {stretches.slice(0, MAX_ROWS).map(({ from, to, bounds, tone, word }) => (
                <tr>
                  <th scope="row">
                    <Time at={from} zone={timezone} exact />
                  </th>
                  <td data-label={t(WORDS.to)}>
                    <Time at={to} zone={timezone} exact />
                  </td>
                  <td data-label={t(WORDS.length)}>
                    {bounds === null ? length(view, to - from) : bounded(view, { ...bounds, estimateMs: to - from })}
                  </td>
                  <td data-label={t(WORDS.what)} class={tone}>
                    {t(word)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {stretches.length > MAX_ROWS && <p class="dim">{t(WORDS.more)(stretches.length - MAX_ROWS)}</p>}
      </section>
      {detail.failures.length > 0 && (
        <section class="card" aria-labelledby="failures">
          <h2 id="failures">{t(WORDS.failures)}</h2>
          <ul class="rows failures">
            {detail.failures.slice(0, MAX_ROWS).map((run) => {
              const cause = run.cause === undefined ? undefined : CATALOGUE.names.cause[run.cause];
              const check = Object.entries(CATALOGUE.names.check).find(([name]) => name === run.check)?.[1];
              return (
                <li>
                  <span class="figure">
                    <Time at={run.from} zone={timezone} />
                  </span>
                  <span>
                    {check === undefined ? run.check : t(check)} <span class="dim">{run.target}</span>
                  </span>
                  <span>
                    {length(view, run.to - run.from)}
                    {cause !== undefined && ` · ${t(cause)}`}
                  </span>
                  {run.detail !== undefined && (
                    <span class="words" lang="en">
                      {run.detail}
                    </span>
                  )}
                </li>
              );
            })}
          </ul>
          {detail.failures.length > MAX_ROWS && <p class="dim">{t(WORDS.more)(detail.failures.length - MAX_ROWS)}</p>}
        </section>
      )}
    </>
  );
}
