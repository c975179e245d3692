import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Lab } from '../test/lab/lab.ts';

const METRIC = 'imap_cmd';

/** Commands that Dovecot has finished, by name and in all, as Dovecot itself counts them. */
export interface ImapCommands {
  /** Since it was created. */
  read(): ReadonlyMap<string, number>;
}

/** From here on Dovecot counts its IMAP commands. */
export function countImapCommands(lab: Lab): ImapCommands {
  const stats = (...args: string[]): string =>
    execFileSync('doveadm', ['-c', path.join(lab.dir, 'dovecot.conf'), 'stats', ...args], { encoding: 'utf8' });
  stats('add', '--group-by', 'cmd_name', METRIC, 'event=imap_command_finished');
  return {
    read() {
      const counts = new Map<string, number>();
      for (const line of stats('dump').split('\n')) {
        const [name = '', , count] = line.split('\t');
        if (name.startsWith(`${METRIC}_`)) counts.set(name.slice(METRIC.length + 1), Number(count));
      }
      return counts;
    },
  };
}

/** What was counted after `before`, without those that were not asked for. */
export function commandsSince(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const counts = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return new Map(counts.filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]));
}
