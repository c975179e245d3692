import type { Instant } from '../lib/time.ts';
import type { CheckKind } from './probe.ts';
import type { Sample } from './sample.ts';

const WAYS_IN: ReadonlySet<string> = new Set<CheckKind>(['imap', 'pop3', 'webmail']);

/** The last sample of each way in of every system. */
export interface WaysIn {
  on(sample: Sample): void;
  /**
   * Until when surely nobody could look into that mailbox, through the system's fault: every way in to it was bad, by
   * samples that still hold. Null where one worked, or where that is not known.
   */
  closedUntil(system: string, mailbox: string, now: Instant): Instant | null;
}

export function createWaysIn(): WaysIn {
  const last = new Map<string, Sample>();
  return {
    on(sample) {
      if (WAYS_IN.has(sample.check)) last.set(`${sample.system}/${sample.check}/${sample.target}`, sample);
    },
    closedUntil(system, mailbox, now) {
      const ways = [...last.values()].filter(
        (it) => it.system === system && (it.check === 'webmail' || it.target === mailbox),
      );
      if (ways.length === 0 || ways.some((it) => it.ok || now - it.to > it.holdMs)) return null;
      return Math.min(...ways.map((it) => it.to));
    },
  };
}
