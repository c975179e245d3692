import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Date, cores, CPU, Node, mail servers, and how busy the machine was before: figures mean nothing without them. */
export function describeMachine(): string {
  const cores = cpus();
  const parts = [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `${cores.length} cores ${cores[0]?.model ?? 'of a kind unknown'}`,
    `Node ${process.version}`,
    `Postfix ${said('postconf', '-h', 'mail_version')}`,
    `Dovecot ${said('dovecot', '--version').replace(/ .*/u, '')}`,
    `load before ${readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 2).join(' ')}`,
  ];
  return parts.join(' · ');
}

function said(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'none';
  }
}
