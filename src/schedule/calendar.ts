import { schedule, type ScheduledTask } from 'node-cron';

/** Something that belongs to the calendar and not to a measurement: it follows the wall clock and its zone. */
export interface Appointment {
  readonly name: string;
  /** Five fields as in crontab(5): `17 3 * * *` is 03:17 each day. */
  readonly cron: string;
  run(): Promise<void>;
}

export interface Calendar {
  start(): void;
  /** No further run begins. */
  stop(): Promise<void>;
}

/**
 * Keeps appointments by the wall clock. Set back an hour, that clock is silent for an hour, so nothing that measures is
 * kept here (see timetable.ts). `failed` hears of a run that failed; the next one is kept all the same.
 */
export function createCalendar(options: {
  readonly appointments: readonly Appointment[];
  readonly failed: (name: string, error: unknown) => void;
}): Calendar {
  const { appointments, failed } = options;
  let tasks: ScheduledTask[] = [];
  return {
    start(): void {
      tasks = appointments.map(({ name, cron, run }) =>
        schedule(cron, () => run().catch((error: unknown) => failed(name, error)), { name, noOverlap: true }),
      );
    },
    async stop(): Promise<void> {
      for (const task of tasks) await task.destroy();
      tasks = [];
    },
  };
}
