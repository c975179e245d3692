import type { DeliveryAttempt } from './truth.ts';

export type LogEvent =
  | { readonly kind: 'client'; readonly queueId: string; readonly acceptedAt: number }
  | { readonly kind: 'message-id'; readonly queueId: string; readonly acceptedAt: number; readonly messageId: string }
  | { readonly kind: 'active'; readonly queueId: string; readonly sender: string }
  | AttemptEvent
  | { readonly kind: 'removed'; readonly queueId: string }
  | {
      readonly kind: 'saved';
      readonly at: number;
      readonly login: string;
      readonly mailbox: string;
      readonly messageId: string;
    }
  | { readonly kind: 'other' };

type AttemptEvent = Omit<DeliveryAttempt, 'startedAt' | 'endedAt'> & {
  readonly kind: 'attempt';
  readonly queueId: string;
  /** Connecting and transmitting. */
  readonly durationMs: number;
};

const SAVED = /^(\d+\.\d+) lmtp\(([^)]*)\)<.*>: Info: (?:.*: )?msgid=(.*?): saved mail to (.*)$/u;
const POSTFIX = /postfix\/(?:[\w-]+\/)?([\w-]+)\[\d+\]: ([0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{12,20}): (.*)$/u;
const STATUS =
  /^to=<([^>]*)>.*? relay=([^,]*),.*? delays=[\d.e+-]+\/[\d.e+-]+\/([\d.e+-]+)\/([\d.e+-]+),.*? status=(sent|deferred|bounced) \((.*)\)$/u;

/** One line of Postfix's or of Dovecot's log. */
export function parseLogLine(line: string): LogEvent {
  const saved = SAVED.exec(line);
  if (saved !== null) {
    const [, at, login = '', messageId = '', mailbox = ''] = saved;
    return { kind: 'saved', at: Number(at) * 1000, login, messageId, mailbox };
  }
  const [, agent = '', queueId = '', text = ''] = POSTFIX.exec(line) ?? [];
  if (agent === '') return { kind: 'other' };
  if (text.startsWith('client=')) return { kind: 'client', queueId, acceptedAt: queueIdInstant(queueId) };
  if (text.startsWith('message-id=')) {
    return { kind: 'message-id', queueId, acceptedAt: queueIdInstant(queueId), messageId: text.slice(11) };
  }
  if (text === 'removed') return { kind: 'removed', queueId };
  const sender = /^from=<([^>]*)>.*\(queue active\)$/u.exec(text)?.[1];
  if (sender !== undefined) return { kind: 'active', queueId, sender };
  return parseStatus(agent, queueId, text);
}

function parseStatus(agent: string, queueId: string, text: string): LogEvent {
  const match = STATUS.exec(text);
  if (match === null) return { kind: 'other' };
  const [, recipient = '', relay = '', connecting, transmitting, status, reply = ''] = match;
  if (status !== 'sent' && status !== 'deferred' && status !== 'bounced') return { kind: 'other' };
  const durationMs = (Number(connecting) + Number(transmitting)) * 1000;
  return { kind: 'attempt', queueId, agent, recipient, relay, status, reply, durationMs };
}

const DIGITS = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';

/** When a queue file was made, epoch ms: six digits of seconds and four of microseconds, base 52 (Postfix's mail_queue.h). */
export function queueIdInstant(queueId: string): number {
  return base52(queueId.slice(0, 6)) * 1000 + base52(queueId.slice(6, 10)) / 1000;
}

function base52(text: string): number {
  let value = 0;
  for (const digit of text) value = value * 52 + DIGITS.indexOf(digit);
  return value;
}
