import type { Agent } from './agent.ts';
import type { CheckKind } from './probe/probe.ts';
import type { Entry } from './schedule/timetable.ts';
import type { Works } from './works.ts';

/** Launches of one route that may be under way at once: a route never waits for the last one, but it has an end. */
const LAUNCHES_AT_ONCE = 100;

/**
 * What falls due: each route's launch and each check's visits. Targets behind a lookup are visited side by side; `found`
 * hears which they are, each time.
 */
export function entriesOf(
  { routes, checks }: Works,
  agent: Pick<Agent, 'launch' | 'skip' | 'visit'>,
  signal: AbortSignal,
  found: (system: string, check: CheckKind, targets: readonly string[]) => void,
): Entry[] {
  return [
    ...routes.map((route) => ({
      name: `route ${route.system} ${route.name}`,
      intervalMs: route.intervalMs,
      atOnce: LAUNCHES_AT_ONCE,
      run: () => agent.launch(route),
      leftOut: () => agent.skip(route, 'under-way'),
    })),
    ...checks.map((work) => ({
      name: `check ${work.system} ${work.port.check} ${work.port.target}`,
      intervalMs: work.intervalMs,
      atOnce: 1,
      run: async () => {
        const looked = await work.port.targets?.(signal);
        if (looked !== undefined)
          found(
            work.system,
            work.port.check,
            looked.map(({ target }) => target),
          );
        const ports = looked ?? [work.port];
        await Promise.all(ports.map((port) => agent.visit({ ...work, port })));
      },
    })),
  ];
}
