import type { ListedExclusion } from '../../month/entry-lists.ts';
import { isSamePerson } from '../../store/entry.ts';
import { may } from '../sign-in/roles.ts';
import { WORDS } from './catalogue.ts';
import { wordsIn, type Frame } from './frame.tsx';
import type { Visitor } from './room.tsx';

const { exclusions: words, entry: entryWords } = WORDS;

/** What the visitor may do to a window, as links. */
export function ExclusionActs({
  frame: { base, lang },
  visitor: { user, system },
  exclusion,
}: {
  readonly frame: Frame;
  readonly visitor: Visitor;
  readonly exclusion: ListedExclusion;
}) {
  const t = wordsIn(lang);
  const { id, entered_by } = exclusion.fact;
  const query = `system=${encodeURIComponent(system)}`;
  const canApprove =
    exclusion.state === 'waiting' && may(user, 'approve', system) && !isSamePerson(user.name, entered_by);
  return (
    <p class="acts">
      {canApprove && (
        <a href={`${base}/exclusions/${id}/approve?${query}`}>
          {t(words.approve)} {id}
        </a>
      )}
      {stands(exclusion) && may(user, 'enter', system) && (
        <a href={`${base}/exclusions/new?${query}&replaces=${encodeURIComponent(id)}`}>
          {t(entryWords.correct)} {id}
        </a>
      )}
      {stands(exclusion) && may(user, 'withdraw', system) && (
        <a href={`${base}/exclusions/${id}/withdraw?${query}`}>
          {t(words.withdraw)} {id}
        </a>
      )}
    </p>
  );
}

/** Neither withdrawn nor corrected: something can still be done to it. */
export function stands({ state }: ListedExclusion): boolean {
  return state !== 'withdrawn' && state !== 'replaced';
}
