import type { Clock } from './lib/clock.ts';
import { messageOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import type { Ms } from './lib/time.ts';
import type { AgentEvent } from './probe/event.ts';
import { onWall } from './probe/on-wall.ts';
import type { Store } from './probe/ports.ts';

/** The ledger may be slow or its disk full: who waits for an entry waits so long, and then goes on measuring. */
const LEDGER_PATIENCE_MS: Ms = 2_000;

/** What the agent says is said once: to the listeners at once, to the ledger on the wall's scale. */
export interface Voice {
  say(event: AgentEvent): void;
  /** Says it and waits until it is in the ledger; not for ever. */
  write(event: AgentEvent): Promise<void>;
  /** Resolves when all that was said so far is in the ledger, or was refused by it and logged. */
  flush(): Promise<void>;
}

export function createVoice(parts: {
  readonly clock: Clock;
  readonly store: Pick<Store, 'append'>;
  readonly log: Log;
  readonly listeners: readonly ((event: AgentEvent) => void)[];
}): Voice {
  const { clock, store, log, listeners } = parts;
  const saying = new Set<Promise<void>>();

  function tell(event: AgentEvent, when: 'now' | 'soon'): Promise<void> {
    for (const listen of listeners) listen(event);
    const said: Promise<void> = store
      .append(onWall(event, clock), when)
      .catch((error: unknown) =>
        log.error({ event: event.kind, error: messageOf(error) }, 'the store refused an entry'),
      )
      .finally(() => saying.delete(said));
    saying.add(said);
    return said;
  }

  return {
    say: (event) => void tell(event, 'soon'),
    write: (event) =>
      new Promise((resolve) => {
        const timer = clock.after(LEDGER_PATIENCE_MS, resolve);
        void tell(event, 'now').then(() => {
          timer.cancel();
          resolve();
        });
      }),
    flush: async () => void (await Promise.all(saying)),
  };
}
