import type { AgentEvent } from '../probe/event.ts';
import type { Sample } from '../probe/sample.ts';

/**
 * Tells which events are news to a person who watches: changes of checks and the ends of probes, each told once, however
 * often a failure is seen again. To be asked of every event, in their order.
 */
export function createNews(): (event: AgentEvent) => boolean {
  /** What was told of a target last. */
  const told = new Map<string, string>();
  const launched = new Set<string>();
  /** Why the last launch of a route was left out: told once, and again after one that went out. */
  const skipping = new Map<string, string>();

  function isChange(sample: Sample): boolean {
    const { system, check, target, ok, failure, transient } = sample;
    const key = `${system}/${check}/${target}`;
    // How long it took and what time the server says it is differs at each visit, and is no change.
    const why = failure ?? transient;
    const state = `${ok} ${why?.cause ?? ''} ${why?.phase ?? ''} ${why?.code ?? ''}`;
    const isNew = told.get(key) !== state;
    told.set(key, state);
    return isNew;
  }

  return (event) => {
    switch (event.kind) {
      case 'launched': {
        const { system, route } = event.probe;
        const isFirst = !launched.has(`${system}/${route}`);
        launched.add(`${system}/${route}`);
        skipping.delete(`${system}/${route}`);
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
        return !isRoute(event.sample) && isChange(event.sample);
      case 'noted':
        return false;
      case 'skipped': {
        const route = `${event.system}/${event.route}`;
        const isNew = skipping.get(route) !== event.why;
        skipping.set(route, event.why);
        return isNew;
      }
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
  };
}

function isRoute({ check }: Sample): boolean {
  return check === 'outbound' || check === 'inbound' || check === 'internal';
}
