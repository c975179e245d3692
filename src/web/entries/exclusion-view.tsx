import type { Contract } from '../../config/contract.ts';
import type { ListedExclusion } from '../../month/entry-lists.ts';
import { COMMA, type Language } from '../../report/language.ts';
import { formatInZone } from '../../sla/zoned-text.ts';
import type { ExclusionState } from '../../store/exclusion-state.ts';
import { WORDS } from './catalogue.ts';
import { wordsIn } from './frame.tsx';
import { timeText, toTheSecond } from './time-text.ts';

const TONES: Readonly<Record<ExclusionState, string>> = {
  counts: 'good',
  waiting: 'warn',
  withdrawn: 'dim',
  replaced: 'dim',
  strange: 'bad',
};

/** One window: how it stands and why, when, under which ground, and who did what. */
export function ExclusionView({
  lang,
  exclusion: { fact, state, replaced_by },
  contract: { timezone, grounds },
  heading: Heading = 'h3',
}: {
  readonly lang: Language;
  readonly exclusion: ListedExclusion;
  readonly contract: Pick<Contract, 'timezone' | 'grounds'>;
  /** One below what it stands under. */
  readonly heading?: 'h2' | 'h3';
}) {
  const t = wordsIn(lang);
  const { exclusions, entry } = WORDS;
  const zoned = (at: number): string => formatInZone(at, timezone);
  const told = (at = 0): string => toTheSecond(at, timezone);
  const ground = Object.hasOwn(grounds, fact.ground) ? grounds[fact.ground] : undefined;
  const acts = [
    t(entry.enteredBy)(fact.entered_by, told(fact.entered_at)),
    ...(fact.announced_at === undefined ? [] : [`${t(exclusions.announced)} ${told(fact.announced_at)}`]),
    ...(fact.approved_by === undefined ? [] : [t(entry.approvedBy)(fact.approved_by, told(fact.approved_at))]),
    ...(fact.approval_entered_at === undefined ? [] : [t(entry.approvalEntered)(told(fact.approval_entered_at))]),
    ...(fact.withdrawn_by === undefined ? [] : [t(entry.withdrawnBy)(fact.withdrawn_by, told(fact.withdrawn_at))]),
    ...(fact.replaces === undefined ? [] : [t(entry.replaces)(fact.replaces)]),
    ...(replaced_by === undefined ? [] : [t(entry.replacedBy)(replaced_by)]),
  ];
  return (
    <>
      <Heading>
        {fact.id} <span class={`state ${TONES[state]}`}>{t(exclusions.state[state])}</span>{' '}
        <span class="dim">{t(exclusions.why[state])}</span>
      </Heading>
      <p class="figure">
        <time datetime={zoned(fact.from)}>{timeText(fact.from, timezone)}</time> –{' '}
        <time datetime={zoned(fact.to)}>{timeText(fact.to, timezone)}</time> <span class="dim">{timezone}</span>
      </p>
      <p>
        {fact.ground} {ground?.title[lang]}
      </p>
      <p>{fact.note}</p>
      <p class="dim">{acts.join(t(COMMA))}</p>
    </>
  );
}
