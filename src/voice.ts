import type { Clock } from './lib/clock.ts';
import { messageOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import type { Instant, Ms } from './lib/time.ts';
import { BEHIND_MS } from './probe/behind.ts';
import type { AgentEvent } from './probe/event.ts';
import { onWall } from './probe/on-wall.ts';
import type { Store } from './probe/ports.ts';

/**
 * The ledger may be slow or its disk full: who waits for an entry waits so long, and then goes on measuring. Longer than
 * BEHIND_MS: before a letter goes out whose launch is not written, the ledger is known to be behind.
 */
const LEDGER_PATIENCE_MS: Ms = 2_000;

/** What the agent says is said once: to the listeners at once, to the ledger on the wall's scale. */
export interface Voice {
  say(event: AgentEvent): void;
  /** Says it and waits until it is in the ledger; not for ever. */
  write(event: AgentEvent): Promise<void>;
  /** Resolves when all that was said so far is in the ledger; it does not wait for ever. */
  written(): Promise<void>;
  /** Resolves when all that was said so far is in the ledger, or was refused by it and logged. */
  flush(): Promise<void>;
  /** What was said a second ago is not in the ledger yet. */
  isBehind(): boolean;
}

export function createVoice(parts: {
  readonly clock: Clock;
  readonly store: Pick<Store, 'append'>;
  readonly log: Log;
  readonly listeners: readonly ((event: AgentEvent) => void)[];
}): Voice {
  const { clock, store, log, listeners } = parts;
  /** In the order in which it was said. */
  const saying = new Map<Promise<void>, Instant>();

  function tell(event: AgentEvent, when: 'now' | 'soon'): Promise<void> {
    for (const listen of listeners) listen(event);
    const said: Promise<void> = store
      .append(onWall(event, clock), when)
      .catch((error: unknown) =>
        log.error({ event: event.kind, error: messageOf(error) }, 'the store refused an entry'),
      )
      .finally(() => saying.delete(said));
    saying.set(said, clock.now());
    return said;
  }

  function patiently(done: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(LEDGER_PATIENCE_MS, resolve);
      void done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  const flush = async (): Promise<void> => void (await Promise.all(saying.keys()));

  return {
    // Our sink's 250 waits for a copy.
    say: (event) => void tell(event, event.kind === 'sighted' && event.sighting.kind === 'copy' ? 'now' : 'soon'),
    write: (event) => patiently(tell(event, 'now')),
    written: () => patiently(flush()),
    flush,
    isBehind() {
      const [oldestAt] = saying.values();
      return oldestAt !== undefined && clock.now() - oldestAt > BEHIND_MS;
    },
  };
}
