import { isIP } from 'node:net';
import type { AgentSettings, HostPort } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { createDeadline } from '../net/deadline.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { reach } from '../net/reach.ts';
import type { Resolver } from '../net/resolve.ts';
import type { WitnessPort } from '../probe/ports.ts';

/**
 * Asks hosts that are not the mail system, all at once, each within `witness_timeout`. `network`: one of them accepts a TCP
 * connection, or refuses it with a RST, which is an answer too: the way there and back works. `dns`: the name of
 * one of them resolves by DNS (not by the hosts file); witnesses given as addresses have no name to ask for.
 */
export function createWitness(
  { witnesses, witness_timeout }: Pick<AgentSettings, 'witnesses' | 'witness_timeout'>,
  { clock, resolver }: { readonly clock: Clock; readonly resolver: Resolver },
): WitnessPort {
  return {
    async ask(what, signal) {
      const asked = what === 'network' ? witnesses : witnesses.filter(({ host }) => isIP(host) === 0);
      if (asked.length === 0) return 'none';
      // Once one has answered the others need not.
      const enough = new AbortController();
      const deadline = createDeadline(clock, witness_timeout, AbortSignal.any([signal, enough.signal]));
      const question = what === 'network' ? touches : resolves;
      try {
        return (await anyTrue(asked.map((witness) => question(witness, deadline.signal)))) ? 'answered' : 'silent';
      } finally {
        enough.abort();
        deadline.end();
      }
    },
  };

  async function touches({ host, port }: HostPort, signal: AbortSignal): Promise<boolean> {
    const addresses = await found(resolver.addresses(host, signal));
    return anyTrue(addresses.map(async (address) => (await reach(address, port, signal)).kind !== 'silent'));
  }

  async function resolves({ host }: HostPort, signal: AbortSignal): Promise<boolean> {
    return (await found(resolver.dnsAddresses(host, signal))).length > 0;
  }
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
