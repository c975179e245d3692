import type { AgentEvent } from '../probe/event.ts';
import { eventWords } from '../web/event-words.ts';
import { createNews } from '../web/news.ts';

/** What happens beside a sandbox, told to a person who watches a terminal: changes and the ends of probes. */
export interface EventLines {
  /** One short line; null where there is nothing new to say. */
  of(event: AgentEvent): string | null;
  /** The same while the agent starts; the probes that an earlier run spoiled are counted for `startSummary` instead. */
  ofStart(event: AgentEvent): string | null;
  /** What `ofStart` counted, in one line at most. */
  startSummary(): readonly string[];
}

export function createEventLines(): EventLines {
  const isNews = createNews();
  let spoiled = 0;

  function of(event: AgentEvent): string | null {
    return isNews(event) ? eventWords(event, 'without-system').text : null;
  }

  return {
    of,
    ofStart(event) {
      if (event.kind !== 'settled' || event.probe.kind !== 'outbound' || event.probe.outcome !== 'void')
        return of(event);
      spoiled += 1;
      return null;
    },
    startSummary: () =>
      spoiled === 0
        ? []
        : [
            `${spoiled} ${spoiled === 1 ? 'probe of the last run is' : 'probes of the last run are'} void: the sink was not there`,
          ],
  };
}
