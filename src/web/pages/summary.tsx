import type { LiveSystem } from '../../probe/live-state.ts';
import { COMMA } from '../../report/language.ts';
import { hasTrouble } from './trouble.tsx';
import { inLanguage, type View } from './view.tsx';
import { WORDS } from './words.ts';

/** Named beyond this many by their number alone. */
const MAX_NAMES = 8;

/** All systems in one line, for who passes a wall: which have trouble, and which are not measured. One system needs none. */
export function Summary({
  view,
  systems,
  cardOf,
}: {
  readonly view: View;
  readonly systems: readonly LiveSystem[];
  /** The id of a system's card. */
  readonly cardOf: (system: LiveSystem) => string;
}) {
  const t = inLanguage(view);
  const n = systems.length;
  if (n < 2) return null;
  const troubled = systems.filter(hasTrouble);
  const unmeasured = systems.filter((one) => one.connected === 'unmeasured' && !hasTrouble(one));
  const names = (of: readonly LiveSystem[]) => (
    <>
      {of.slice(0, MAX_NAMES).map((system, index) => (
        <>
          {index > 0 && t(COMMA)}
          <a href={`#${cardOf(system)}`}>{system.name}</a>
        </>
      ))}
      {of.length > MAX_NAMES && ` ${t(WORDS.more)(of.length - MAX_NAMES)}`}
    </>
  );
  return (
    <section class="card wide summary" aria-labelledby="summary">
      <h2 id="summary">
        {troubled.length > 0 && (
          <span class="bad">
            {t(WORDS.systemsTroubled)(troubled.length, n)}
            {names(troubled)}
          </span>
        )}
        {troubled.length > 0 && unmeasured.length > 0 && ' · '}
        {unmeasured.length > 0 && (
          <span class="unmeasured">
            {t(WORDS.systemsUnmeasured)(unmeasured.length, n)}
            {names(unmeasured)}
          </span>
        )}
        {troubled.length === 0 && unmeasured.length === 0 && <span class="good">{t(WORDS.systemsWell)(n)}</span>}
      </h2>
    </section>
  );
}
