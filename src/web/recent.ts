import type { AgentEvent } from '../probe/event.ts';

export interface RecentEvents {
  on(event: AgentEvent): void;
  /** Oldest first. */
  list(): readonly AgentEvent[];
}

/**
 * Remembers the last `limit` events that a person may want to read: what went as ever is not among them, of a probe that
 * came out its end alone, and of mail that is not ours the last of each kind, or a stranger could fill the list.
 */
export function createRecentEvents(limit = 20): RecentEvents {
  const events: AgentEvent[] = [];
  return {
    on(event: AgentEvent): void {
      if (isAsEver(event)) return;
      const before = events.findIndex((other) => isSameForeign(event, other));
      if (before >= 0) events.splice(before, 1);
      events.push(event);
      if (events.length > limit) events.shift();
    },
    list: () => [...events],
  };
}

function isAsEver(event: AgentEvent): boolean {
  switch (event.kind) {
    case 'launched':
    case 'noted':
      return true;
    case 'sent':
      return event.result.kind === 'accepted';
    case 'sighted':
      return event.meaning === 'first' || event.meaning === 'known';
    case 'sampled':
      return event.sample.ok && event.sample.transient === undefined;
    case 'upkeep':
      return event.left === 0;
    case 'settled':
    case 'voided':
    case 'gap':
    case 'watching':
    case 'foreign':
    case 'clock-step':
      return false;
  }
}

function isSameForeign(event: AgentEvent, other: AgentEvent): boolean {
  return (
    event.kind === 'foreign' && other.kind === 'foreign' && event.place === other.place && event.what === other.what
  );
}
