import type { HostPort, MxSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';
import { createDeadline, type Deadline } from '../net/deadline.ts';
import { createRecorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import type { SendPort } from '../probe/ports.ts';
import type { Letter, SendResult } from '../probe/send-result.ts';
import type { Phase, TranscriptLine } from '../probe/visit.ts';
import { resultOf } from './attempt-result.ts';
import { endingOfError } from './ending.ts';
import type { MxHosts } from './mx-hosts.ts';
import { sendOver } from './send-over.ts';
import { openSession, type Attempt, type Opened, type SessionOptions } from './session.ts';

export interface InboundMtaOptions {
  readonly settings: MxSettings;
  /** Of the same system, for all its inbound routes. */
  readonly hosts: MxHosts;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Limit of one pass over all hosts; each gets an equal share of what is left. */
  readonly timeoutMs: Ms;
}

/**
 * The agent as a foreign post office. One `send` is one pass over the MX hosts in order. Each letter has a connection of
 * its own, unless letters follow within seconds: then one is kept for the next, as mail servers do. The next host is tried after a host that could not be reached or that refused with 4xx, as RFC 5321 section 5.1
 * has it. The result is that of the host that decided; a refusal, being an answer, outweighs a host that was not
 * reached. Trying again later is the caller's matter.
 */
export function createInboundMta({ settings, hosts, resolver, clock, timeoutMs }: InboundMtaOptions): SendPort {
  async function hostsInOrder(signal: AbortSignal): Promise<readonly HostPort[]> {
    if (settings.hosts !== undefined) return settings.hosts;
    const found = await resolver.mx(settings.domain ?? '', signal);
    return found.map(({ host }) => ({ host, port: settings.port }));
  }

  function sendTo(host: HostPort, letter: Letter, fresh: boolean, deadline: Deadline): Promise<SendResult> {
    const attempt = { recorder: createRecorder(clock), deadline };
    const { sessions, context } = hosts.of(host, settings);
    const peer = `${host.host}:${host.port}`;
    const where = `mx ${peer}`;
    const options: SessionOptions = {
      ...settings,
      ...host,
      key: 'mx',
      where,
      tls: TLS[settings.starttls],
      context,
      name: settings.helo,
      resolver,
      clock,
    };
    return sendOver(sessions, { letter, fresh, attempt, clock, where, peer, open: () => open(options, attempt) });
  }

  async function open(options: SessionOptions, attempt: Attempt): Promise<Opened> {
    const opened = await openSession(options, attempt);
    if (options.tls !== 'opportunistic' || opened.kind !== 'unreachable' || !TLS_PHASES.has(opened.failure.phase))
      return opened;
    attempt.recorder.note(`${opened.failure.detail}; once more in plain, as mail servers do`);
    return await openSession({ ...options, tls: 'none' }, attempt);
  }

  return {
    async send(letter, { fresh, signal }) {
      const whole = createDeadline(clock, timeoutMs, signal);
      const recorder = createRecorder(clock);
      try {
        const order = await recorder.timed('dns', () => hostsInOrder(whole.signal)).catch(endingOfError);
        if ('kind' in order) {
          return resultOf(order, {
            clock,
            recorder,
            startedAt: recorder.startedAt,
            peer: `${settings.domain}:${settings.port}`,
          });
        }
        const results: SendResult[] = [];
        for (const [index, host] of order.entries()) {
          const share = createDeadline(clock, whole.remainingMs() / (order.length - index), whole.signal);
          try {
            results.push(await sendTo(host, letter, fresh, share));
          } finally {
            share.end();
          }
          const last = results.at(-1);
          if (whole.signal.aborted || (last !== undefined && isDecided(last))) break;
        }
        return ofPass(results, recorder.startedAt);
      } finally {
        whole.end();
      }
    },
    close: () => hosts.close(),
  };
}

const TLS_PHASES: ReadonlySet<Phase> = new Set(['starttls', 'tls']);

const TLS: Readonly<Record<MxSettings['starttls'], SessionOptions['tls']>> = {
  opportunistic: 'opportunistic',
  required: 'starttls',
  none: 'none',
};

/** A host that greets with 5xx takes nobody's mail and has judged no letter: mail servers go on to the next one. */
function isRefusedForGood(result: SendResult): boolean {
  return result.kind === 'refused' && result.permanent && result.failure.phase !== 'greeting';
}

/** Another host may not be tried after an acceptance, a final refusal, or when the letter may have been accepted. */
function isDecided(result: SendResult): boolean {
  return result.kind === 'accepted' || result.kind === 'uncertain' || isRefusedForGood(result);
}

function ofPass(results: readonly SendResult[], startedAt: number): SendResult {
  const decided = results.find(isDecided) ?? results.findLast(({ kind }) => kind === 'refused') ?? results.at(-1);
  if (decided === undefined) throw new Error('an MX without hosts');
  const transcript: readonly TranscriptLine[] = results.flatMap((result) => result.transcript);
  return { ...decided, startedAt, endedAt: results.at(-1)?.endedAt ?? decided.endedAt, transcript };
}
