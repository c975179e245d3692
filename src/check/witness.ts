import { isIP } from 'node:net';
import type { AgentSettings, HostPort } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { SECOND, type Ms } from '../lib/time.ts';
import { createDeadline } from '../net/deadline.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { reach, type Reached } from '../net/reach.ts';
import type { Resolver } from '../net/resolve.ts';
import type { WitnessPort } from '../probe/ports.ts';

/**
 * Asks hosts that are not the mail system, all at once, each within `witness_timeout`. `connect`: one of them accepts a
 * TCP connection. `network`: the same, or it refuses it with a RST, which is an answer too: the way there and back works.
 * `dns`: the name of one of them resolves by DNS (not by the hosts file); witnesses given as addresses have no name to ask
 * for.
 */
export function createWitness(
  { witnesses, witness_timeout }: Pick<AgentSettings, 'witnesses' | 'witness_timeout'>,
  { clock, resolver }: { readonly clock: Clock; readonly resolver: Resolver },
): WitnessPort {
  return {
    async ask(what, signal) {
      if (witnesses.length === 0) return 'none';
      const asked = what === 'dns' ? witnesses.filter(isNamed) : witnesses;
      if (asked.length === 0) return 'unnamed';
      // Once one has answered the others need not.
      const enough = new AbortController();
      const until = AbortSignal.any([signal, enough.signal]);
      const deadline = createDeadline(clock, witness_timeout, until);
      const accepted: readonly Reached['kind'][] = what === 'connect' ? ['accepted'] : ['accepted', 'refused'];
      const question = (witness: HostPort): Promise<boolean> =>
        what === 'dns' ? resolves(witness, deadline.signal) : touches(witness, accepted, deadline.signal);
      try {
        const namesSayNothing = asked.some(isNamed) ? makesUpNames(until) : Promise.resolve(false);
        const believed = async (witness: HostPort): Promise<boolean> => {
          const [answered, saysNothing] = await Promise.all([question(witness), namesSayNothing]);
          return answered && !saysNothing;
        };
        const answers = asked.map((witness) => (isNamed(witness) ? believed(witness) : question(witness)));
        return (await anyTrue(answers)) ? 'answered' : 'silent';
      } finally {
        enough.abort();
        deadline.end();
      }
    },
  };

  async function touches(
    { host, port }: HostPort,
    answers: readonly Reached['kind'][],
    signal: AbortSignal,
  ): Promise<boolean> {
    const addresses = await found(resolver.addresses(host, signal));
    return anyTrue(addresses.map(async (address) => answers.includes((await reach(address, port, signal)).kind)));
  }

  async function resolves({ host }: HostPort, signal: AbortSignal): Promise<boolean> {
    return (await found(resolver.dnsAddresses(host, signal))).length > 0;
  }

  // Some resolvers, those of hotels and of providers among them, make an address up for every name: then no name of a
  // witness says anything. One that does not answer this makes nothing up.
  async function makesUpNames(signal: AbortSignal): Promise<boolean> {
    const deadline = createDeadline(clock, NO_NAME_LIMIT_MS, signal);
    try {
      return (await found(resolver.dnsAddresses(NO_NAME, deadline.signal))).length > 0;
    } finally {
      deadline.end();
    }
  }
}

/** There is none (RFC 6761 section 6.4). */
const NO_NAME = 'mailwitness.invalid';
const NO_NAME_LIMIT_MS: Ms = SECOND;

function isNamed({ host }: HostPort): boolean {
  return isIP(host) === 0;
}

async function found(addresses: Promise<string[]>): Promise<string[]> {
  try {
    return await addresses;
  } catch (error) {
    if (error instanceof DialogueError) return [];
    throw error;
  }
}

/** True as soon as one is; false when all are not. */
function anyTrue(answers: readonly Promise<boolean>[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    for (const answer of answers) answer.then((yes) => void (yes && resolve(true)), reject);
    Promise.all(answers).then(() => resolve(false), reject);
  });
}
