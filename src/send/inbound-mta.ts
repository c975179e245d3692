import type { SecureContext } from 'node:tls';
import type { HostPort, MxSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';
import { createDeadline, type Deadline } from '../net/deadline.ts';
import { createRecorder } from '../net/recorder.ts';
import { createTlsContext } from '../net/secure.ts';
import type { Resolver } from '../net/resolve.ts';
import type { SendPort } from '../probe/ports.ts';
import type { Letter, SendResult } from '../probe/send-result.ts';
import type { Phase, TranscriptLine } from '../probe/visit.ts';
import { endpointOf, resultOf } from './attempt-result.ts';
import { endingOfError } from './ending.ts';
import { openSession, type SessionOptions } from './session.ts';

export interface InboundMtaOptions {
  readonly settings: MxSettings;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Limit of one pass over all hosts; each gets an equal share of what is left. */
  readonly timeoutMs: Ms;
}

/**
 * The agent as a foreign post office. One `send` is one pass over the MX hosts in order, each on a connection of its
 * own: the next one is tried after a host that could not be reached or that refused with 4xx, as RFC 5321 section 5.1
 * has it. The result is that of the host that decided; a refusal, being an answer, outweighs a host that was not
 * reached. Trying again later is the caller's matter.
 */
export function createInboundMta({ settings, resolver, clock, timeoutMs }: InboundMtaOptions): SendPort {
  const leaving = new Set<Promise<void>>();
  /** By host: each letter has a connection of its own. Hosts that are looked up come and go. */
  const contexts = new Map<string, SecureContext>();

  function contextFor(host: string): SecureContext {
    const known = contexts.get(host);
    if (known !== undefined) return known;
    if (contexts.size >= MOST_CONTEXTS) contexts.clear();
    const made = createTlsContext(settings);
    contexts.set(host, made);
    return made;
  }

  async function hostsInOrder(signal: AbortSignal): Promise<readonly HostPort[]> {
    if (settings.hosts !== undefined) return settings.hosts;
    const found = await resolver.mx(settings.domain ?? '', signal);
    return found.map(({ host }) => ({ host, port: settings.port }));
  }

  async function sendTo(host: HostPort, letter: Letter, deadline: Deadline): Promise<SendResult> {
    const recorder = createRecorder(clock);
    const attempt = { recorder, deadline };
    const options: SessionOptions = {
      ...settings,
      ...host,
      key: 'mx',
      where: `mx ${host.host}:${host.port}`,
      tls: TLS[settings.starttls],
      ...(settings.starttls !== 'none' && { context: contextFor(host.host) }),
      name: settings.helo,
      resolver,
      clock,
    };
    const facts = { clock, recorder, startedAt: recorder.startedAt };
    let opened = await openSession(options, attempt);
    if (
      settings.starttls === 'opportunistic' &&
      opened.kind === 'unreachable' &&
      TLS_PHASES.has(opened.failure.phase)
    ) {
      recorder.note(`${opened.failure.detail}; once more in plain, as mail servers do`);
      opened = await openSession({ ...options, tls: 'none' }, attempt);
    }
    if (opened.kind !== 'open') {
      const { peer = `${host.host}:${host.port}`, certificateExpiresAt, endedAt, ...ending } = opened;
      return resultOf(ending, { ...facts, peer, certificateExpiresAt, endedAt });
    }
    const { session } = opened;
    const { ending } = await session.transmit(letter, attempt);
    const result = resultOf(ending, { ...facts, ...endpointOf(session) });
    const left = session.quit().finally(() => leaving.delete(left));
    leaving.add(left);
    return result;
  }

  return {
    async send(letter, { signal }) {
      const whole = createDeadline(clock, timeoutMs, signal);
      const recorder = createRecorder(clock);
      try {
        const hosts = await recorder.timed('dns', () => hostsInOrder(whole.signal)).catch(endingOfError);
        if ('kind' in hosts) {
          return resultOf(hosts, {
            clock,
            recorder,
            startedAt: recorder.startedAt,
            peer: `${settings.domain}:${settings.port}`,
          });
        }
        const results: SendResult[] = [];
        for (const [index, host] of hosts.entries()) {
          const share = createDeadline(clock, whole.remainingMs() / (hosts.length - index), whole.signal);
          try {
            results.push(await sendTo(host, letter, share));
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
    async close() {
      await Promise.all(leaving);
    },
  };
}

const MOST_CONTEXTS = 100;

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
