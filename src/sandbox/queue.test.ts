import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { createHandClock, type HandClock } from '../lib/hand-clock.ts';
import { silentLog } from '../lib/log.ts';
import { readBounce } from '../probe/bounce.ts';
import { createFaults, type FaultValues, type SandboxFaults } from './faults.ts';
import { createQueue, type IncomingMail, type MailQueue } from './queue.ts';
import type { RelayResult } from './relay.ts';

const START = Date.UTC(2026, 2, 1);
const DEFERRED: RelayResult = { kind: 'deferred', words: '451 4.3.0 later' };
const REFUSED: RelayResult = { kind: 'refused', words: '550 5.1.1 no\r\nsuch user', status: '5.1.1' };

interface Bench {
  readonly clock: HandClock;
  readonly faults: SandboxFaults;
  readonly queue: MailQueue;
  /** `bob INBOX`, in the order in which they came out, with when. */
  readonly delivered: { readonly what: string; readonly afterMs: number; readonly raw: Buffer }[];
  /** When each attempt to relay was made. */
  readonly attempts: number[];
}

function bench(faultValues: Partial<FaultValues> = {}, answers: readonly RelayResult[] = []): Bench {
  const clock = createHandClock(START);
  const faults = createFaults(faultValues);
  const delivered: { what: string; afterMs: number; raw: Buffer }[] = [];
  const attempts: number[] = [];
  const queue = createQueue({
    hostname: 'mail.sandbox.example',
    domain: 'sandbox.example',
    clock,
    faults,
    log: silentLog,
    isOwn: (address) => address.endsWith('@sandbox.example'),
    deliver: (address, folder, raw) => {
      delivered.push({ what: `${address.split('@')[0]} ${folder}`, afterMs: clock.now() - START, raw });
    },
    relay: async () => {
      attempts.push(clock.now() - START);
      return answers[attempts.length - 1] ?? answers.at(-1) ?? { kind: 'sent' };
    },
    relayName: () => '127.0.0.1:25',
  });
  return { clock, faults, queue, delivered, attempts };
}

function mail(to: string, from = 'alice@sandbox.example', size = 0): IncomingMail {
  return {
    from,
    to,
    raw: Buffer.from(`Subject: hello\r\nX-Mailwitness: kept\r\n\r\n${'x'.repeat(size)}`),
    received: 'from here',
  };
}

const OWN = mail('bob@sandbox.example');
const OUT = mail('someone@sink.example');

describe('what comes out of the queue, and when', () => {
  it.each([
    ['own mail is filed after a moment', {}, OWN, ['bob INBOX after 3']],
    ['a delivery delay is added to it', { 'delivery-delay': 5_000 }, OWN, ['bob INBOX after 5003']],
    ['a relay delay does not concern own mail', { 'relay-delay': 5_000 }, OWN, ['bob INBOX after 3']],
    ['junk goes to Junk', { junk: true }, OWN, ['bob Junk after 3']],
    ['a duplicate comes out twice', { duplicate: true }, OWN, ['bob INBOX after 3', 'bob INBOX after 3']],
    ['discarded mail does not come out', { discard: true }, OWN, []],
    ['discarded mail is not relayed', { discard: true }, OUT, []],
    ['bounced mail comes back, after the time of both ways', { bounce: true }, OWN, ['alice INBOX after 6']],
    ['a letter without a sender is never returned', { bounce: true }, mail('bob@sandbox.example', ''), []],
    ['nothing is returned to a stranger', { bounce: true }, mail('bob@sandbox.example', 'x@sink.example'), []],
    ['mail for the sink is relayed at once', {}, OUT, ['relayed after 0']],
    ['or after the relay delay', { 'relay-delay': 5_000 }, OUT, ['relayed after 5000']],
    ['and twice', { duplicate: true }, OUT, ['relayed after 0', 'relayed after 0']],
    ['what is held stays', { hold: true }, OWN, []],
  ] as [string, Partial<FaultValues>, IncomingMail, string[]][])('%s', async (_name, faults, letter, expected) => {
    const { clock, queue, delivered, attempts } = bench(faults);
    queue.accept(letter);
    await clock.advance(60_000);
    const seen = delivered.map(({ what, afterMs }) => `${what} after ${afterMs}`);
    expect([...seen, ...attempts.map((afterMs) => `relayed after ${afterMs}`)]).toEqual(expected);
    expect(queue.size).toBe(faults.hold ? 1 : 0);
  });

  it('a fault that was on at acceptance holds for the letter, whatever is switched meanwhile', async () => {
    const { clock, faults, queue, delivered } = bench({ junk: true });
    queue.accept(OWN);
    await faults.set('junk', false);
    await clock.advance(10);
    expect(delivered.map(({ what }) => what)).toEqual(['bob Junk']);
  });

  it('held mail goes on when the queue is released', async () => {
    const { clock, faults, queue, delivered, attempts } = bench({ hold: true });
    queue.accept(OWN);
    queue.accept(OUT);
    await clock.advance(60_000);
    await faults.set('hold', false);
    await clock.advance(0);
    expect(delivered.map(({ afterMs }) => afterMs)).toEqual([60_000]);
    expect(attempts).toEqual([60_000]);
  });
});

describe('relaying that fails', () => {
  it('is tried again after gaps that double up to 15 s', async () => {
    const { clock, queue, attempts } = bench({}, [DEFERRED]);
    queue.accept(OUT);
    await clock.advance(60_000);
    expect(attempts).toEqual([0, 1_000, 3_000, 7_000, 15_000, 30_000, 45_000, 60_000]);
    expect(queue.size).toBe(1);
  });

  it('ends with a report after an hour', async () => {
    const { clock, queue, delivered } = bench({}, [DEFERRED]);
    queue.accept(OUT);
    await clock.advance(3_700_000);
    expect(delivered.map(({ what }) => what)).toEqual(['alice INBOX']);
    expect(delivered[0]?.raw.toString()).toContain('Status: 4.4.7');
    expect(queue.size).toBe(0);
  });

  it('a 5xx is reported at once, as RFC 3464 has it', async () => {
    const { clock, queue, delivered, attempts } = bench({}, [REFUSED]);
    queue.accept(OUT);
    await clock.advance(10);
    expect(attempts).toEqual([0]);
    const report = await simpleParser(delivered[0]?.raw ?? '', { keepDeliveryStatus: true });
    expect(report.headers.get('content-type')).toMatchObject({
      value: 'multipart/report',
      params: { 'report-type': 'delivery-status' },
    });
    expect(report.headers.get('auto-submitted')).toBe('auto-replied');
    const status = report.attachments
      .find((part) => part.contentType === 'message/delivery-status')
      ?.content.toString();
    expect(status).toContain('Final-Recipient: rfc822; someone@sink.example\r\nAction: failed\r\nStatus: 5.1.1');
    // Remote words stay on their line.
    expect(status).toContain('Diagnostic-Code: smtp; 550 5.1.1 no such user');
    const headers = report.attachments.find((part) => part.contentType === 'text/rfc822-headers')?.content.toString();
    expect(headers).toMatch(/^Received: from here\r\n by mail\.sandbox\.example id [0-9A-F]{12}\r\n/);
    // And as the agent reads it.
    expect(readBounce(delivered[0]?.raw ?? '')).toEqual({
      recipients: [
        { recipient: 'someone@sink.example', action: 'failed', status: '5.1.1', words: '550 5.1.1 no such user' },
      ],
      token: 'kept',
    });
  });
});

describe('bounds', () => {
  it('the queue is full at 1000 letters, and no longer when they have left', async () => {
    const { clock, faults, queue } = bench({ hold: true });
    for (let letter = 0; letter < 999; letter++) queue.accept(OWN);
    expect(queue.full).toBe(false);
    queue.accept(OWN);
    expect(queue.full).toBe(true);
    await clock.advance(10);
    await faults.set('hold', false);
    expect(queue.full).toBe(false);
  });

  it('the queue is full at 64 MiB', () => {
    const { queue } = bench({ hold: true });
    for (let letter = 0; letter < 7; letter++) queue.accept(mail('bob@sandbox.example', '', 10 * 1024 * 1024));
    expect(queue.full).toBe(true);
  });

  it('a closed queue delivers nothing more', async () => {
    const { clock, queue, delivered, attempts } = bench({}, [DEFERRED]);
    queue.accept(OUT);
    await clock.advance(1);
    queue.accept(OWN);
    queue.close();
    await clock.advance(60_000);
    expect([delivered.length, attempts.length, queue.size]).toEqual([0, 1, 0]);
  });
});
