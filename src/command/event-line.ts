import type { AgentEvent } from '../probe/event.ts';
import type { Sample } from '../probe/sample.ts';
import { eventWords } from '../web/event-words.ts';
import { createNews } from '../web/news.ts';

/** What happens beside a sandbox, told to a person who watches a terminal: what is news, and each probe that goes out and each visit. */
export interface EventLines {
  /** One short line; null where another line tells it. */
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
    const isWorthALine = isNews(event) || isStep(event);
    return isWorthALine ? eventWords(event, 'without-system').text : null;
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

/** On the page these are as ever; whoever started a sandbox wants to see them happen. */
function isStep(event: AgentEvent): boolean {
  return event.kind === 'launched' || (event.kind === 'sampled' && !isRoute(event.sample));
}

function isRoute({ check }: Sample): boolean {
  return check === 'outbound' || check === 'inbound' || check === 'internal';
}
