import type { AgentEvent } from '../probe/event.ts';
import { createNews } from './news.ts';

export interface RecentEvents {
  on(event: AgentEvent): void;
  /** Oldest first. */
  list(): readonly AgentEvent[];
}

/**
 * Remembers the last `limit` events that are news to a person: of a probe that came out its end alone, of a check its
 * changes, and of mail that is not ours the last of each kind, or a stranger could fill the list.
 */
export function createRecentEvents(limit = 20): RecentEvents {
  const events: AgentEvent[] = [];
  const isNews = createNews();
  return {
    on(event: AgentEvent): void {
      if (!isNews(event)) return;
      const before = events.findIndex((other) => isSameForeign(event, other));
      if (before >= 0) events.splice(before, 1);
      events.push(event);
      if (events.length > limit) events.shift();
    },
    list: () => [...events],
  };
}

function isSameForeign(event: AgentEvent, other: AgentEvent): boolean {
  return (
    event.kind === 'foreign' && other.kind === 'foreign' && event.place === other.place && event.what === other.what
  );
}
