/** Whether a system brings its mail from addresses that are known by now, or from ever new ones, as the great hosters do. */
export interface Senders {
  /** The system made contact. `isNew`: from an address from which nothing had come before. */
  on(system: string, isNew: boolean): void;
  isSettled(system: string): boolean;
}

/** So many contacts in a row from known addresses: the next one comes from one, too. */
const SETTLED_AFTER = 20;

export function createSenders(): Senders {
  const known = new Map<string, number>();
  return {
    on: (system, isNew) => void known.set(system, isNew ? 0 : (known.get(system) ?? 0) + 1),
    isSettled: (system) => (known.get(system) ?? 0) >= SETTLED_AFTER,
  };
}
