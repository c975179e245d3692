import type { Contract } from '../../config/contract.ts';
import type { Instant } from '../../lib/time.ts';
import type { ActsAsked, ListAsked, Listed, ListedExclusion } from '../../month/entry-lists.ts';
import type { Preview, PreviewAsked } from '../../month/preview.ts';
import type { Act, Actor, Deed, Done } from '../../store/acts.ts';
import type { StoredRecord } from '../../store/records.ts';

/** What the pages of people ask and do. Whoever joins it reads and computes elsewhere: nothing in the thread that measures. */
export interface EntryDesk {
  /** What a system is judged by. */
  contractOf(system: string): Pick<Contract, 'timezone' | 'grounds'>;
  exclusions(asked: ListAsked, signal: AbortSignal): Promise<Listed<ListedExclusion>>;
  records(asked: ListAsked, signal: AbortSignal): Promise<Listed<StoredRecord>>;
  /** What people did on these pages. */
  acts(asked: ActsAsked, signal: AbortSignal): Promise<Listed<Act>>;
  preview(asked: PreviewAsked, signal: AbortSignal): Promise<Preview>;
  /** Rejects when it cannot be written, and then it was not done. */
  act(deed: Deed, actor: Actor, now: Instant): Promise<Done>;
}
