import { parseLogLine } from './log-line.ts';

/** All instants are epoch milliseconds with a fraction. */
export interface DeliveryAttempt {
  /** The Postfix agent: `smtp` to the sink, `lmtp` to Dovecot, `error`, `discard`, … */
  readonly agent: string;
  readonly recipient: string;
  readonly relay: string;
  readonly status: 'sent' | 'deferred' | 'bounced';
  readonly reply: string;
  /** When the agent began to connect: the end less the times in `delays=`, which have two significant digits. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface QueuedMessage {
  readonly queueId: string;
  readonly messageId: string;
  readonly sender: string;
  /** The queue file was made, at the first RCPT TO that was accepted; out of the queue id, to the microsecond. */
  readonly acceptedAt: number;
  /** The first time the queue manager took it, about the instant of the 250 to the data; when its log line came. */
  readonly activeAt: number | undefined;
  readonly attempts: readonly DeliveryAttempt[];
}

export interface Save {
  readonly login: string;
  readonly mailbox: string;
  /** Dovecot's own stamp of "saved mail to", about 1 ms after the file is there. */
  readonly at: number;
}

export interface MessageTruth {
  /** With its angle brackets. */
  readonly messageId: string;
  /** More than one if it was sent again, or with the same Message-ID. In order of arrival. */
  readonly queued: readonly QueuedMessage[];
  readonly saves: readonly Save[];
  /** Of the first in `queued`. */
  readonly acceptedAt: number | undefined;
  /** The start of the first attempt of any agent. */
  readonly firstAttemptAt: number | undefined;
  /** The end of the first attempt that succeeded. */
  readonly sentAt: number | undefined;
  readonly savedAt: number | undefined;
}

/** What the servers' own logs say about each message. */
export interface Truth {
  of(messageId: string): MessageTruth | undefined;
  all(): MessageTruth[];
  /** As soon as the logs fulfil the condition; rejects after `timeoutMs` (10 s) with what they said until then. */
  until(messageId: string, done: (truth: MessageTruth) => boolean, timeoutMs?: number): Promise<MessageTruth>;
  /** Every line of both logs, after the instant at which it came. */
  readonly lines: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type QueueRecord = Mutable<Omit<QueuedMessage, 'attempts'>> & { attempts: DeliveryAttempt[] };

export function createTruth(): Truth & { add: (line: string, at: number) => void } {
  const byQueueId = new Map<string, QueueRecord>();
  const byMessageId = new Map<string, { queued: QueueRecord[]; saves: Save[] }>();
  const watchers = new Set<() => void>();
  const lines: string[] = [];

  function add(line: string, at: number): void {
    lines.push(`${at.toFixed(3)} ${line}`);
    const event = parseLogLine(line);
    switch (event.kind) {
      case 'client':
        byQueueId.set(event.queueId, newRecord(event.queueId, event.acceptedAt));
        break;
      case 'message-id': {
        // Postfix's own mail, such as a bounce, has no client.
        const record = byQueueId.get(event.queueId) ?? newRecord(event.queueId, event.acceptedAt);
        byQueueId.set(event.queueId, record);
        if (record.messageId !== '') break;
        record.messageId = event.messageId;
        entry(event.messageId).queued.push(record);
        break;
      }
      case 'active': {
        const record = byQueueId.get(event.queueId);
        if (record !== undefined) {
          record.sender = event.sender;
          record.activeAt ??= at;
        }
        break;
      }
      case 'attempt': {
        const { kind: _kind, queueId, durationMs, ...attempt } = event;
        byQueueId.get(queueId)?.attempts.push({ ...attempt, startedAt: at - durationMs, endedAt: at });
        break;
      }
      case 'saved':
        entry(event.messageId).saves.push({ login: event.login, mailbox: event.mailbox, at: event.at });
        break;
      case 'removed':
        byQueueId.delete(event.queueId);
        break;
      case 'other':
        return;
    }
    for (const look of watchers) look();
  }

  function entry(messageId: string): { queued: QueueRecord[]; saves: Save[] } {
    const known = byMessageId.get(messageId) ?? { queued: [], saves: [] };
    byMessageId.set(messageId, known);
    return known;
  }

  function of(messageId: string): MessageTruth | undefined {
    const known = byMessageId.get(messageId);
    if (known === undefined) return undefined;
    const attempts = known.queued.flatMap((queued) => queued.attempts);
    return {
      messageId,
      queued: known.queued,
      saves: known.saves,
      acceptedAt: known.queued[0]?.acceptedAt,
      firstAttemptAt: attempts[0]?.startedAt,
      sentAt: attempts.find(({ status }) => status === 'sent')?.endedAt,
      savedAt: known.saves[0]?.at,
    };
  }

  async function until(
    messageId: string,
    done: (truth: MessageTruth) => boolean,
    timeoutMs = 10_000,
  ): Promise<MessageTruth> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`not so after ${timeoutMs} ms: ${messageId}\n${lines.slice(-30).join('\n')}`));
      }, timeoutMs);
      function look(): void {
        const truth = of(messageId);
        if (truth === undefined || !done(truth)) return;
        clearTimeout(timer);
        watchers.delete(look);
        resolve(truth);
      }
      watchers.add(look);
      look();
    });
  }

  return {
    add,
    of,
    until,
    lines,
    all: () => [...byMessageId.keys()].map(of).filter((truth) => truth !== undefined),
  };
}

function newRecord(queueId: string, acceptedAt: number): QueueRecord {
  return { queueId, messageId: '', sender: '', acceptedAt, activeAt: undefined, attempts: [] };
}
