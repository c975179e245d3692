import type { SecureContext } from 'node:tls';
import type { HostPort } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { createTlsContext, type TlsTarget } from '../net/secure.ts';
import { createWarmSessions, type WarmSessions } from './warm-sessions.ts';

/** What is kept of an MX host from one letter to the next. */
export interface MxHost {
  readonly sessions: WarmSessions;
  /** Its trust, which takes time to make. */
  readonly context: SecureContext;
}

/** The MX hosts of a system, shared by all its inbound routes. */
export interface MxHosts {
  of(host: HostPort, trust: Pick<TlsTarget, 'ca'>): MxHost;
  close(): Promise<void>;
}

/** Hosts that are looked up come and go. */
const MOST_HOSTS = 100;

export function createMxHosts(clock: Clock): MxHosts {
  const hosts = new Map<string, MxHost>();
  const leaving = new Set<Promise<void>>();

  function leaveAll(): void {
    for (const { sessions } of hosts.values()) {
      const left = sessions.close().finally(() => leaving.delete(left));
      leaving.add(left);
    }
    hosts.clear();
  }

  return {
    of({ host, port }, trust) {
      const name = `${host}:${port}`;
      const known = hosts.get(name);
      if (known !== undefined) return known;
      if (hosts.size >= MOST_HOSTS) leaveAll();
      const made = { sessions: createWarmSessions(clock, 'in-demand'), context: createTlsContext(trust) };
      hosts.set(name, made);
      return made;
    },
    async close() {
      leaveAll();
      await Promise.all(leaving);
    },
  };
}
