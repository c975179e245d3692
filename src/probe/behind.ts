import { SECOND, type Ms } from '../lib/time.ts';

/** What was told longer ago than this is in the ledger, or the ledger is behind: see Observer.ledgerIsBehind. */
export const BEHIND_MS: Ms = SECOND;
