import { messageOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { DAY, type Instant, type Ms } from './lib/time.ts';
import type { Store } from './probe/ports.ts';
import type { ProbeState } from './probe/probe-state.ts';
import { BEHIND_MS } from './probe/behind.ts';
import { fromToken } from './probe/recover.ts';
import type { Sighting } from './probe/sighting.ts';

/** Sightings of probes that are not in memory, each looked up in the store; those of one probe in their order. */
export interface SeenAgain {
  /** Whether a sighting of that probe is being looked up: what comes now waits for it. */
  isLookingFor(probeId: string): boolean;
  lookUp(sighting: Sighting): void;
  /** What was seen BEHIND_MS ago is still looked for, or not in the ledger yet. */
  isBehind(): boolean;
}

/** A letter may be accepted so long after its launch: inbound waits while it is refused. */
const MOST_DEFERRED_MS: Ms = DAY;

/**
 * A probe that ended before, perhaps under an earlier run, comes out again (`found`); or one is seen that no row tells of
 * (`recovered`), where its token may be believed to be the first and only trace of it.
 */
export function createSeenAgain(parts: {
  readonly now: () => Instant;
  readonly store: Pick<Store, 'probe' | 'purged'>;
  readonly log: Log;
  readonly flush: () => Promise<void>;
  readonly watchMsOf: (system: string) => Ms;
  readonly found: (state: ProbeState, sighting: Sighting) => void;
  readonly recovered: (state: ProbeState, sighting: Sighting) => void;
}): SeenAgain {
  const { now, store, log, flush, watchMsOf, found, recovered } = parts;
  const lookUps = new Map<string, Promise<void>>();
  /** When each of those under way was seen. */
  const since = new Map<Promise<void>, Instant>();

  async function look(sighting: Sighting): Promise<void> {
    const { probeId: probe, kind, signed } = sighting;
    try {
      // What was said of it may be on its way to the store still.
      await flush();
      const state = await store.probe(probe);
      if (state !== null) return found(state, sighting);
      // A contact at the sink comes before its letter, and only that carries the token.
      const told = signed === undefined ? null : fromToken(signed, now(), watchMsOf(signed.system));
      if (told !== null && !(await store.purged(told.system, told.launchedAt, told.launchedAt + MOST_DEFERRED_MS)))
        return recovered(told, sighting);
      log.warn({ probe, kind }, 'seen: a probe of ours that is not in the store, and its token proves nothing now');
    } catch (error) {
      log.error({ probe, error: messageOf(error) }, 'could not look up a probe that was seen');
    }
  }

  return {
    isLookingFor: (probeId) => lookUps.has(probeId),
    lookUp(sighting) {
      const { probeId } = sighting;
      const before = lookUps.get(probeId) ?? Promise.resolve();
      const looking = before
        .then(() => look(sighting))
        // Until it would survive kill -9: the letter that it came from stays so long.
        .then(flush)
        .finally(() => {
          since.delete(looking);
          if (lookUps.get(probeId) === looking) lookUps.delete(probeId);
        });
      lookUps.set(probeId, looking);
      since.set(looking, now());
    },
    isBehind() {
      const [oldestAt] = since.values();
      return oldestAt !== undefined && now() - oldestAt > BEHIND_MS;
    },
  };
}
