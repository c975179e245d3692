import type { Clock } from '../lib/clock.ts';
import type { Instant } from '../lib/time.ts';
import type { Probe } from '../probe/probe.ts';

/** The probes that shall come out at a mailbox and were not seen there yet, each with the instant from which it is waited for. */
export interface Expectations {
  readonly size: number;
  /** Since when the youngest is waited for; null while none is. */
  readonly youngestAt: Instant | null;
  expect(probe: Probe): void;
  /** Seen, or ended otherwise. */
  drop(probeId: string): void;
  /** From now on a probe that is told is under way right now; those of before may be old. */
  begin(): void;
}

export function createExpectations(clock: Clock): Expectations {
  // In the order in which they were told, which is that of their instants once `begin` was called.
  const since = new Map<string, Instant>();
  let youngest: Instant | null = null;
  let running = false;

  return {
    get size() {
      return since.size;
    },
    get youngestAt() {
      return youngest;
    },
    expect(probe) {
      // Launched before the wall was set back, it may be of an hour that is still to come, and nobody would look until then.
      const at = running ? clock.now() : Math.min(probe.launchedAt, clock.now());
      since.set(probe.id, at);
      youngest = youngest === null ? at : Math.max(youngest, at);
    },
    drop(probeId) {
      const at = since.get(probeId);
      since.delete(probeId);
      if (at !== youngest) return;
      youngest = null;
      for (const other of since.values()) youngest = youngest === null ? other : Math.max(youngest, other);
    },
    begin() {
      running = true;
    },
  };
}
