import { isGivenUp } from './correlate.ts';
import type { ProbeState } from './probe-state.ts';

/** Probes in memory: those that have not ended, and those given up on that are still looked for. */
export interface OpenProbes {
  get(id: string): ProbeState | undefined;
  /** A probe that is being handed over is remembered, however it ends meanwhile, until it is let go. */
  hold(state: ProbeState): void;
  letGo(id: string): void;
  /** Takes the newest state of a probe; an ended one leaves, one given up on is remembered. */
  keep(state: ProbeState): void;
  open(): IterableIterator<ProbeState>;
  /** Forgets those given up on that `isOver` says are no longer looked for, and returns them. */
  forget(isOver: (state: ProbeState) => boolean): readonly ProbeState[];
  /** False when this copy was told before. */
  newCopy(copyId: string): boolean;
}

// Enough for a mailbox in which deleting fails for days; a copy forgotten here is still known to the store.
const COPIES_REMEMBERED = 20_000;

export function createOpenProbes(): OpenProbes {
  const open = new Map<string, ProbeState>();
  const givenUp = new Map<string, ProbeState>();
  const held = new Map<string, ProbeState>();
  const copies = new Set<string>();
  return {
    get: (id) => open.get(id) ?? givenUp.get(id) ?? held.get(id),
    hold: (state) => void held.set(state.id, state),
    letGo: (id) => void held.delete(id),
    keep(state) {
      if (held.has(state.id)) held.set(state.id, state);
      if (state.settledAt === null) open.set(state.id, state);
      else open.delete(state.id);
      if (isGivenUp(state)) givenUp.set(state.id, state);
    },
    open: () => open.values(),
    forget(isOver) {
      const gone = [...givenUp.values()].filter(isOver);
      for (const state of gone) givenUp.delete(state.id);
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
