import type { Instant } from '../lib/time.ts';
import type { ProbeState } from './probe-state.ts';

/** Probes in memory: those that have not ended, and the lost ones that are still looked for. */
export interface OpenProbes {
  get(id: string): ProbeState | undefined;
  /** Takes the newest state of a probe; an ended one leaves, a lost one is remembered. */
  keep(state: ProbeState): void;
  open(): IterableIterator<ProbeState>;
  /** Forgets lost probes that were launched before `before`, and returns them. */
  forgetLost(before: Instant): readonly ProbeState[];
  /** False when this copy was told before. */
  newCopy(copyId: string): boolean;
}

// Enough for a mailbox in which deleting fails for days; a copy forgotten here is still known to the store.
const COPIES_REMEMBERED = 20_000;

export function createOpenProbes(): OpenProbes {
  const open = new Map<string, ProbeState>();
  const lost = new Map<string, ProbeState>();
  const copies = new Set<string>();
  return {
    get: (id) => open.get(id) ?? lost.get(id),
    keep(state) {
      if (state.settledAt === null) open.set(state.id, state);
      else open.delete(state.id);
      if (state.outcome === 'lost') lost.set(state.id, state);
    },
    open: () => open.values(),
    forgetLost(before) {
      const gone = [...lost.values()].filter((state) => state.launchedAt < before);
      for (const state of gone) lost.delete(state.id);
      return gone;
    },
    newCopy(copyId) {
      if (copies.has(copyId)) return false;
      copies.add(copyId);
      const oldest = copies.size > COPIES_REMEMBERED ? copies.values().next() : undefined;
      if (oldest?.done === false) copies.delete(oldest.value);
      return true;
    },
  };
}
