import type { Instant } from '../../lib/time.ts';
import type { LiveState } from '../../probe/live-state.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import type { Text } from '../../report/language.ts';
import type { Health } from '../health.ts';
import { inLanguage, timeText, type View } from './view.tsx';
import { WORDS } from './words.ts';

export interface BannerFacts {
  readonly live: LiveState;
  readonly liveness: Health;
  /** An instant of `live` on the wall's scale. */
  readonly onWall: (at: Instant) => Instant;
}

/** That the agent does not measure as it should, and why; nothing where it does. */
export function Banner({
  view,
  facts: { live, liveness, onWall },
}: {
  readonly view: View;
  readonly facts: BannerFacts;
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
    ...(live.store.trouble === null ? [] : [<Told view={view} what={WORDS.storeWaits} words={live.store.trouble} />]),
    ...(live.sink?.listening === false ? [<Told view={view} what={WORDS.sinkDeaf} words={live.sink.problem} />] : []),
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

/** With what a library or the machine said, which is in English. */
function Told({ view, what, words }: { readonly view: View; readonly what: Text; readonly words: string | undefined }) {
  return (
    <>
      {inLanguage(view)(what)}
      {words !== undefined && (
        <>
          : <span lang="en">{words}</span>
        </>
      )}
    </>
  );
}
