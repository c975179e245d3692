import { SECOND, type Ms } from '../../lib/time.ts';
import { DIRECTIONS, type Direction } from '../../metrics/month-figures.ts';
import type { MonthGlance } from '../../month/glance.ts';
import type { LiveSystem } from '../../probe/live-state.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import { limitWords } from '../../report/instant-text.ts';
import { NO_LIMITS, type DelayLimits } from '../../sla/delay-limits.ts';
import { bounded, inLanguage, length, type View } from './view.tsx';
import { WORDS } from './words.ts';

const KIND_OF = { send: 'outbound', receive: 'inbound' } as const;

/** How long mail takes now, and took in the running month, against what the contract allows. */
export function Delays({
  view,
  system,
  glance,
}: {
  readonly view: View;
  readonly system: LiveSystem;
  readonly glance: MonthGlance | null;
}) {
  const t = inLanguage(view);
  const shown = DIRECTIONS.filter((one) => system.routes.some(({ kind }) => kind === KIND_OF[one]));
  if (shown.length === 0) return null;
  const limits = shown.map((one) => glance?.limits[one] ?? NO_LIMITS);
  // In the heads where both directions have the same, else beside each figure.
  const same = (of: keyof DelayLimits): Ms | null =>
    limits.every((one) => one[of] === limits[0]?.[of]) ? (limits[0]?.[of] ?? null) : null;
  const [mean, max] = [same('meanMs'), same('maxMs')];
  const limit = (ms: Ms | null): string => (ms === null ? '' : ` (≤ ${limitWords(view.lang, ms)})`);
  const above = max === null ? t(WORDS.aboveLimit) : t(CATALOGUE.chart.above)(limitWords(view.lang, max));
  return (
    <>
      <h3>{t(WORDS.delays)}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{t(WORDS.direction)}</th>
            <th scope="col">{t(WORDS.latest)}</th>
            <th scope="col">
              {t(WORDS.mean)}
              {limit(mean)}
            </th>
            <th scope="col">{t(WORDS.p95)}</th>
            <th scope="col">
              {t(WORDS.most)}
              {limit(max)}
            </th>
            <th scope="col">{above}</th>
            <th scope="col">{t(WORDS.lost)}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((direction, index) => {
            const own = limits[index] ?? NO_LIMITS;
            return (
              <DelayRow
                view={view}
                system={system}
                glance={glance}
                direction={direction}
                above={above}
                beside={{
                  mean: mean === own.meanMs ? '' : limit(own.meanMs),
                  max: max === own.maxMs ? '' : limit(own.maxMs),
                }}
              />
            );
          })}
        </tbody>
      </table>
    </>
  );
}

function DelayRow({
  view,
  system,
  glance,
  direction,
  above,
  beside,
}: {
  readonly view: View;
  readonly system: LiveSystem;
  readonly glance: MonthGlance | null;
  readonly direction: Direction;
  readonly above: string;
  /** Its own limits, where the heads do not tell them. */
  readonly beside: { readonly mean: string; readonly max: string };
}) {
  const t = inLanguage(view);
  const { meanMs, maxMs } = glance?.limits[direction] ?? NO_LIMITS;
  const figures = glance?.delays[direction] ?? null;
  const spread = glance?.spread[direction] ?? null;
  const now = system.routes
    .filter(({ kind }) => kind === KIND_OF[direction])
    .map(({ lastDelay }) => lastDelay)
    .filter((one) => one !== null)
    .sort((one, other) => other.at - one.at)[0];
  const p95 = msOf(spread?.p95S);
  const max = msOf(figures?.maxS);
  const mean = msOf(figures?.meanS);
  /** One letter may take longer than the mean of all may be: no fault, and yet to be looked at. */
  const toneOf = (ms: Ms | null): string | undefined =>
    ms === null
      ? undefined
      : maxMs !== null && ms > maxMs
        ? 'bad'
        : meanMs !== null && ms > meanMs
          ? 'warn'
          : undefined;
  const plain = (ms: Ms | null): string => (ms === null ? '—' : length(view, ms));
  return (
    <tr>
      <th scope="row">{t(WORDS[direction])}</th>
      <td data-label={t(WORDS.latest)} class={toneOf(now?.ms ?? null)}>
        {now === undefined ? '—' : bounded(view, { leastMs: now.leastMs, estimateMs: now.ms, mostMs: now.ms })}
      </td>
      <td data-label={t(WORDS.mean)} class={mean !== null && meanMs !== null && mean > meanMs ? 'bad' : undefined}>
        {mean === null
          ? '—'
          : bounded(view, {
              leastMs: msOf(spread?.mean.leastS) ?? mean,
              estimateMs: mean,
              mostMs: msOf(spread?.mean.mostS) ?? mean,
            })}
        {beside.mean}
      </td>
      <td data-label={t(WORDS.p95)} class={toneOf(p95)}>
        {plain(p95)}
      </td>
      <td data-label={t(WORDS.most)} class={toneOf(max)}>
        {plain(max)}
        {beside.max}
      </td>
      <td data-label={above} class={(figures?.exceedances ?? 0) > 0 ? 'bad' : undefined}>
        {figures === null ? '—' : countText(view, figures.exceedances, spread?.exceedances)}
      </td>
      <td data-label={t(WORDS.lost)} class={(spread?.lost ?? 0) > 0 ? 'bad' : undefined}>
        {spread?.lost ?? '—'}
      </td>
    </tr>
  );
}

function msOf(seconds: number | null | undefined): Ms | null {
  return seconds === null || seconds === undefined ? null : seconds * SECOND;
}

function countText(
  view: View,
  n: number,
  bounds: { readonly least: number; readonly most: number } | undefined,
): string {
  if (bounds === undefined || bounds.least === bounds.most) return String(n);
  return inLanguage(view)(WORDS.withBounds)(String(n), String(bounds.least), String(bounds.most));
}
