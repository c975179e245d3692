import { renameSync } from 'node:fs';
import type { Track, Undo } from './faults.ts';
import type { Dovecot } from './dovecot.ts';
import type { LabPorts } from './lab.ts';
import type { PolicyRequest, PolicyRule } from './policy.ts';
import type { Postfix } from './postfix.ts';

/** Which mail: for this address, or for any; on this port, or on any of the three that take mail. */
export interface MailMatch {
  readonly recipient: string;
  readonly on?: 'smtp' | 'submission' | 'submissions';
}

/** What can go wrong with single messages. A string stands for a recipient on any port; `all` for every recipient. */
export interface MailFaults {
  /** The answer to RCPT TO, e.g. the 450 it has by default. */
  rejectRecipient(match: MailMatch | string, reply?: string): Promise<Undo>;
  /** The answer to the data, e.g. the 451 it has by default. */
  rejectData(match: MailMatch | string, reply?: string): Promise<Undo>;
  /** 450 for the first attempt of a sender and recipient, and for those that come before `retryAfterMs` has passed. */
  greylist(match: MailMatch | string, retryAfterMs?: number): Promise<Undo>;
  /** Accepted with a 250, then dropped. */
  discard(match: MailMatch | string): Promise<Undo>;
  /** Two copies in the INBOX, with the same Message-ID, for mail to this user. */
  duplicate(address: string): Promise<Undo>;
  /** Mail for this user is filed to Junk. */
  junk(address: string): Promise<Undo>;
  /** Mail for this user goes to another address instead, on this system or elsewhere. */
  forward(address: string, to: string): Promise<Undo>;
  /** Accepted, then held in the queue until the Undo, which releases all that is held. */
  hold(match: MailMatch | string): Promise<Undo>;
  /**
   * Accepted, then held for this long (plus some 30 ms for Postfix to find it again). The Undo ends it for new mail;
   * what is held keeps its time.
   */
  delay(match: MailMatch | string, ms: number): Promise<Undo>;
  /** Headers of all mail are replaced as it comes in, each by its name: those that Postfix itself has written as well. */
  rewriteHeaders(fields: Readonly<Record<string, string>>): Promise<Undo>;
  /** The LMTP server is not there: Postfix defers all local mail until the Undo, which also flushes the queue. */
  deferDelivery(): Promise<Undo>;
}

export interface MailFaultParts {
  readonly ports: LabPorts;
  readonly postfix: Postfix;
  readonly dovecot: Dovecot;
  readonly rules: Set<PolicyRule>;
  readonly aliases: Map<string, string>;
  /** Work for later that must not outlive the lab. */
  readonly later: (ms: number, work: () => Promise<void>) => void;
}

export function createMailFaults(parts: MailFaultParts, track: Track): MailFaults {
  const { postfix, dovecot, rules, aliases } = parts;

  function addRule(rule: PolicyRule): Undo {
    rules.add(rule);
    return track(() => void rules.delete(rule));
  }

  function atRecipient(match: MailMatch | string, decide: (request: PolicyRequest) => string | undefined): Undo {
    const matches = matcher(match, parts.ports);
    return addRule((request) => (request.state === 'RCPT' && matches(request) ? decide(request) : undefined));
  }

  /** At the end of the data smtpd no longer tells the recipient if there were several, so they are remembered. */
  function atData(match: MailMatch | string, atRcpt: string | undefined, decide: PolicyRule): Undo {
    const matches = matcher(match, parts.ports);
    const instances = new Set<string>();
    return addRule((request) => {
      if (request.state === 'END-OF-MESSAGE') return instances.delete(request.instance) ? decide(request) : undefined;
      if (!matches(request)) return undefined;
      instances.add(request.instance);
      return atRcpt;
    });
  }

  async function releaseHeld(): Promise<void> {
    await postfix.command('postsuper', '-H', 'ALL');
    await postfix.command('postqueue', '-f');
  }

  return {
    rejectRecipient: async (match, reply = '450 4.2.1 mailbox temporarily unavailable') =>
      atRecipient(match, () => reply),
    rejectData: async (match, reply = '451 4.3.0 temporary failure after DATA') =>
      atData(match, undefined, () => reply),
    greylist: async (match, retryAfterMs = 0) => {
      const firstSeenAt = new Map<string, number>();
      return atRecipient(match, ({ sender, recipient }) => {
        const key = `${sender} ${recipient}`;
        const firstAt = firstSeenAt.get(key);
        if (firstAt !== undefined && performance.now() - firstAt >= retryAfterMs) return undefined;
        if (firstAt === undefined) firstSeenAt.set(key, performance.now());
        return '450 4.2.0 greylisted, try again later';
      });
    },
    discard: async (match) => atRecipient(match, () => 'DISCARD'),
    duplicate: async (address) => {
      // Postfix drops a second copy for the same address, unless it was written to under another name.
      const copy = address.replace('@', '-copy@');
      aliases.set(copy, address);
      return atRecipient(address, () => `BCC ${copy}`);
    },
    junk: async (address) => {
      aliases.set(address, address.replace('@', '+Junk@'));
      return track(() => void aliases.delete(address));
    },
    forward: async (address, to) => {
      aliases.set(address, to);
      return track(() => void aliases.delete(address));
    },
    hold: async (match) => {
      const matches = matcher(match, parts.ports);
      const rule: PolicyRule = (request) => (request.state === 'RCPT' && matches(request) ? 'HOLD' : undefined);
      rules.add(rule);
      return track(async () => {
        rules.delete(rule);
        await releaseHeld();
      });
    },
    delay: async (match, ms) =>
      atData(match, 'HOLD', ({ queueId }) => {
        parts.later(ms, async () => {
          await postfix.command('postsuper', '-H', queueId);
          await postfix.command('postqueue', '-i', queueId);
        });
        return undefined;
      }),
    rewriteHeaders: async (fields) => {
      await postfix.checkHeaders(
        Object.entries(fields).map(([name, value]) => `/^${name}:/ REPLACE ${name}: ${value}`),
      );
      return track(() => postfix.checkHeaders([]));
    },
    deferDelivery: async () => {
      const away = `${dovecot.lmtpSocket}-away`;
      renameSync(dovecot.lmtpSocket, away);
      return track(async () => {
        renameSync(away, dovecot.lmtpSocket);
        await postfix.command('postqueue', '-f');
      });
    },
  };
}

function matcher(match: MailMatch | string, ports: LabPorts): (request: PolicyRequest) => boolean {
  const { recipient, on }: MailMatch = typeof match === 'string' ? { recipient: match } : match;
  return (request) =>
    (recipient === 'all' || request.recipient === recipient.toLowerCase()) &&
    (on === undefined || request.serverPort === ports[on]);
}
