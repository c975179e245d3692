import type { AgentEvent } from '../probe/event.ts';

export interface RecentEvents {
  on(event: AgentEvent): void;
  /** Oldest first. */
  list(): readonly AgentEvent[];
}

/** Remembers the last `limit` events that a person may want to read. Visits that went well as ever are not among them. */
export function createRecentEvents(limit = 20): RecentEvents {
  const events: AgentEvent[] = [];
  return {
    on(event: AgentEvent): void {
      if (event.kind === 'sampled' && event.sample.ok && event.sample.transient === undefined) return;
      events.push(event);
      if (events.length > limit) events.shift();
    },
    list: () => [...events],
  };
}
