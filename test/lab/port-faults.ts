import { spawnSync } from 'node:child_process';

/** Over IPv4, where the lab listens; `dropped-ipv6` over IPv6, where it does not. */
export type PortState = 'refused' | 'dropped' | 'dropped-ipv6';

export interface PortFaults {
  set(port: number, state: PortState): void;
  clear(port: number): void;
}

/** Undefined when ports can be refused and dropped here; else the reason. */
export function whyNoPortFaults(): string | undefined {
  const { error, status, stderr } = spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' });
  if (error !== undefined) return 'nft is not installed';
  return status === 0 ? undefined : `nft may not list its tables (needs CAP_NET_ADMIN): ${stderr.trim()}`;
}

/** The lab's own nft table, there only while a port of the lab is refused or dropped. */
export function createPortFaults(table: string): PortFaults {
  const states = new Map<number, PortState>();

  function apply(): void {
    // A table that is not there cannot be deleted, hence it is declared first; nft does all of it at once.
    const script = [`table inet ${table}`, `delete table inet ${table}`];
    if (states.size > 0) {
      script.push(`table inet ${table} { chain input {`, 'type filter hook input priority 0; policy accept;');
      for (const [port, state] of states) {
        script.push(RULES[state](port));
      }
      script.push('}', '}');
    }
    const { error, status, stderr } = spawnSync('nft', ['-f', '-'], {
      input: `${script.join('\n')}\n`,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`nft could not change table ${table}: ${error?.message ?? stderr.trim()}`);
  }

  return {
    set: (port, state) => {
      states.set(port, state);
      apply();
    },
    clear: (port) => {
      if (states.delete(port)) apply();
    },
  };
}

const RULES: Readonly<Record<PortState, (port: number) => string>> = {
  refused: (port) => `ip daddr 127.0.0.1 tcp dport ${port} reject with tcp reset`,
  dropped: (port) => `ip daddr 127.0.0.1 tcp dport ${port} drop`,
  'dropped-ipv6': (port) => `ip6 daddr ::1 tcp dport ${port} drop`,
};
