import type { Settings } from './config/settings.ts';
import type { Clock, Timer } from './lib/clock.ts';
import { messageOf } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { MINUTE, type Instant, type Ms } from './lib/time.ts';
import { createClosing } from './month/closing.ts';

/** After a start the agent first looks into its mailboxes: what came meanwhile belongs into the month. */
const FIRST_AFTER: Ms = MINUTE;

/** Closes months by itself, all that are due: after a long stop there may be many. */
export interface MonthCloser {
  /** The first time is soon after the start, later ones are the calendar's. */
  start(): void;
  run(): Promise<void>;
  stop(): Promise<void>;
}

export function createMonthCloser(options: {
  readonly settings: Settings;
  readonly clock: Clock;
  /** What a revision says of when it was closed. */
  readonly wallNow: () => Instant;
  readonly log: Log;
}): MonthCloser {
  const { settings, clock, wallNow, log } = options;
  const systems = settings.systems.map(({ name, contract }) => ({ name, contract }));
  const closing = createClosing();
  let first: Timer | undefined;

  async function run(): Promise<void> {
    const done = await closing.run({ store: settings.agent.store, now: wallNow(), systems });
    for (const one of done) {
      const { system, month } = one;
      if (one.kind === 'closed') log.info({ system, month, revision: one.revision }, 'month closed');
      else log.error({ system, month, error: one.why }, 'the month was not closed; mailwitness close tells more');
    }
  }

  function runFirst(): void {
    run().catch((error: unknown) =>
      log.error({ error: messageOf(error) }, 'months were not closed; tried again later'),
    );
  }

  return {
    start(): void {
      first = clock.after(FIRST_AFTER, runFirst);
    },
    run,
    async stop(): Promise<void> {
      first?.cancel();
      await closing.stop();
    },
  };
}
