import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { HOUR, SECOND, type Instant, type Ms } from '../lib/time.ts';
import { composeBounce, mailDate } from './bounce.ts';
import type { SandboxFaults } from './faults.ts';
import type { RelayResult, RelayedLetter } from './relay.ts';

const MAX_MAILS = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** What a healthy mail system takes from accepting to filing. */
const OWN_DELAY: Ms = 3;
const FIRST_RETRY: Ms = SECOND;
const LAST_RETRY: Ms = 15 * SECOND;
const GIVE_UP_AFTER: Ms = HOUR;

/** A letter for one recipient. */
export interface IncomingMail {
  readonly from: string;
  readonly to: string;
  readonly raw: Buffer;
  /** `from client.example ([127.0.0.1]) with ESMTPS`: the middle of its Received header. */
  readonly received: string;
}

export interface MailQueue {
  /** Nothing more is taken in until something has left. */
  readonly full: boolean;
  /** Letters that have not left yet. */
  readonly size: number;
  /** Takes responsibility for a letter; returns its queue id. */
  accept(mail: IncomingMail): string;
  /** Drops everything, cuts what is being relayed. */
  close(): void;
}

export interface QueueParts {
  readonly hostname: string;
  readonly domain: string;
  readonly clock: Clock;
  readonly faults: SandboxFaults;
  readonly log: Log;
  readonly isOwn: (address: string) => boolean;
  readonly deliver: (address: string, folder: 'INBOX' | 'Junk', letter: Buffer) => void;
  readonly relay: (letter: RelayedLetter, signal: AbortSignal) => Promise<RelayResult>;
  /** `host:port` that letters are relayed to, for reports. */
  readonly relayName: () => string;
}

interface Entry extends RelayedLetter {
  readonly id: string;
  readonly arrivedAt: Instant;
  /** Decided when it was accepted; a report of ours always comes out. */
  readonly fate: 'out' | 'discard' | 'bounce';
  readonly folder: 'INBOX' | 'Junk';
  readonly copies: 1 | 2;
  attempts: number;
}

/** The sandbox's mail queue, in memory: files mail for own mailboxes, relays the rest, returns what fails. */
export function createQueue(parts: QueueParts): MailQueue {
  const { clock, faults, log } = parts;
  const entries = new Set<Entry>();
  const timers = new Set<Timer>();
  const held = new Set<Entry>();
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  let bytes = 0;

  function enter(entry: Entry): void {
    entries.add(entry);
    bytes += entry.raw.length;
    wait(entry, parts.isOwn(entry.to) ? OWN_DELAY + faults.get('delivery-delay') : faults.get('relay-delay'));
  }

  function leave(entry: Entry): void {
    if (entries.delete(entry)) bytes -= entry.raw.length;
  }

  function wait(entry: Entry, ms: Ms): void {
    const timer = clock.after(ms, () => {
      timers.delete(timer);
      due(entry);
    });
    timers.add(timer);
  }

  function due(entry: Entry): void {
    if (faults.get('hold')) {
      held.add(entry);
      return;
    }
    if (entry.fate === 'discard') {
      log.debug({ id: entry.id, to: entry.to }, 'sandbox: letter discarded');
      leave(entry);
    } else if (entry.fate === 'bounce') {
      giveBack(entry, '5.2.0', '550 5.2.0 returned because the sandbox was told to');
    } else if (parts.isOwn(entry.to)) {
      for (let copy = 0; copy < entry.copies; copy++) {
        parts.deliver(entry.to, entry.folder, returnPath(entry));
      }
      log.debug({ id: entry.id, to: entry.to }, 'sandbox: letter filed');
      leave(entry);
    } else {
      void relayAll(entry);
    }
  }

  async function relayAll(entry: Entry): Promise<void> {
    for (let copy = 0; copy < entry.copies; copy++) {
      const result = await parts.relay(entry, stopped.signal);
      if (stopped.signal.aborted) return;
      log.debug({ id: entry.id, to: entry.to, result: result.kind }, 'sandbox: letter relayed');
      // A copy that fails after the first went through is not worth a second attempt.
      if (result.kind !== 'sent' && copy === 0) {
        notSent(entry, result);
        return;
      }
    }
    leave(entry);
  }

  function notSent(entry: Entry, result: Exclude<RelayResult, { kind: 'sent' }>): void {
    if (result.kind === 'refused') {
      giveBack(entry, result.status, result.words, parts.relayName());
    } else if (clock.now() - entry.arrivedAt >= GIVE_UP_AFTER) {
      giveBack(entry, '4.4.7', `delivery time expired; last answer: ${result.words}`, parts.relayName());
    } else {
      wait(entry, Math.min(LAST_RETRY, FIRST_RETRY * 2 ** entry.attempts++));
    }
  }

  // To own mailboxes only: the sandbox writes to nobody else. A report has no sender, so there is none on it.
  function giveBack(entry: Entry, status: string, words: string, remote?: string): void {
    leave(entry);
    log.debug({ id: entry.id, to: entry.to, words }, 'sandbox: letter returned');
    if (!parts.isOwn(entry.from)) return;
    const raw = composeBounce({ ...entry, status, words, remote }, parts.hostname, parts.domain, clock.now());
    const returned = { id: newId(), from: '', to: entry.from, raw, arrivedAt: clock.now(), attempts: 0 };
    enter({ ...returned, fate: 'out', folder: 'INBOX', copies: 1 });
  }

  const forget = faults.onChange(() => {
    if (faults.get('hold')) return;
    const released = [...held];
    held.clear();
    for (const entry of released) due(entry);
  });

  return {
    get full() {
      return entries.size >= MAX_MAILS || bytes >= MAX_BYTES;
    },
    get size() {
      return entries.size;
    },
    accept(mail) {
      const id = newId();
      const arrivedAt = clock.now();
      const header = `Received: ${mail.received}\r\n by ${parts.hostname} id ${id}\r\n for <${mail.to}>; ${mailDate(arrivedAt)}\r\n`;
      const raw = Buffer.concat([Buffer.from(header, 'latin1'), mail.raw]);
      const fate = faults.get('discard') ? 'discard' : faults.get('bounce') ? 'bounce' : 'out';
      const folder = faults.get('junk') ? 'Junk' : 'INBOX';
      const copies = faults.get('duplicate') ? 2 : 1;
      enter({ id, from: mail.from, to: mail.to, raw, fate, folder, copies, arrivedAt, attempts: 0 });
      return id;
    },
    close() {
      forget();
      stopped.abort();
      for (const timer of timers) timer.cancel();
      timers.clear();
      held.clear();
      entries.clear();
      bytes = 0;
    },
  };
}

function newId(): string {
  return randomBytes(6).toString('hex').toUpperCase();
}

// RFC 5321 section 4.4: the server that makes the final delivery writes it.
function returnPath(entry: Entry): Buffer {
  return Buffer.concat([Buffer.from(`Return-Path: <${entry.from}>\r\n`, 'latin1'), entry.raw]);
}
