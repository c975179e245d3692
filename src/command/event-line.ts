import type { AgentEvent } from '../probe/event.ts';
import type { Sample } from '../probe/sample.ts';
import { eventWords } from '../web/event-words.ts';

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
  /** What was told of a target last. */
  const told = new Map<string, string>();
  const launched = new Set<string>();
  let spoiled = 0;

  function isNews(sample: Sample): boolean {
    const { system, check, target, ok, failure, transient } = sample;
    const key = `${system}/${check}/${target}`;
    // How long it took and what time the server says it is differs at each visit, and is no change.
    const why = failure ?? transient;
    const state = `${ok} ${why?.cause ?? ''} ${why?.phase ?? ''} ${why?.code ?? ''}`;
    const isNew = told.get(key) !== state;
    told.set(key, state);
    return isNew;
  }

  function isWorthALine(event: AgentEvent): boolean {
    switch (event.kind) {
      case 'launched': {
        const { system, route } = event.probe;
        const isFirst = !launched.has(`${system}/${route}`);
        launched.add(`${system}/${route}`);
        return isFirst;
      }
      case 'sent':
        // A refused or unreachable launch ends its probe: that line tells it.
        return (
          event.result.kind === 'uncertain' ||
          (event.result.kind !== 'accepted' && !event.final && event.probe.kind === 'inbound')
        );
      case 'sighted':
        // The same holds for the bounce that ends a probe.
        if (event.meaning === 'bounce') return event.probe.settledAt !== event.sighting.at;
        return event.meaning !== 'first' && event.meaning !== 'known';
      case 'sampled':
        // A route is only ever sampled as bad, by the launch that its probe's end tells of.
        return !isRoute(event.sample) && isNews(event.sample);
      case 'noted':
        return false;
      case 'upkeep':
        return event.left > 0;
      case 'voided':
        // Its probe ends as void: at our own stop there is no more to say.
        return event.check !== 'launch' || event.why !== 'stopped';
      case 'settled':
      case 'gap':
      case 'watching':
      case 'foreign':
      case 'clock-step':
        return true;
    }
  }

  function of(event: AgentEvent): string | null {
    return isWorthALine(event) ? eventWords(event, 'without-system').text : null;
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

function isRoute({ check }: Sample): boolean {
  return check === 'outbound' || check === 'inbound' || check === 'internal';
}
