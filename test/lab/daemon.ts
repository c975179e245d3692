import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createInterface } from 'node:readline';

export interface Daemon {
  start(): Promise<void>;
  /** Orderly; returns when the process is gone. Harmless when it is not running. */
  stop(): Promise<void>;
  /** To the daemon and everything it started. */
  signal(name: NodeJS.Signals): void;
}

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Holds the process group while the daemon runs, for the undertaker. */
  readonly pidFile: string;
  /** Each line of its standard output and error, as it comes. */
  readonly onLine: (line: string) => void;
  /** Ready when each of these ports of 127.0.0.1 accepts a connection. */
  readonly ports: readonly number[];
}

const READY_WITHIN_MS = 20_000;
// Dovecot at times waits 5 s for its own children; its mail is safe at any moment.
const GONE_WITHIN_MS = 1_000;

/** A server in the foreground, leader of a process group of its own, so that one signal reaches all its children. */
export function createDaemon(options: DaemonOptions): Daemon {
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();

  function signal(name: NodeJS.Signals): void {
    if (child?.pid !== undefined) signalGroup(child.pid, name);
  }

  async function start(): Promise<void> {
    const started = spawn(options.command, options.args, {
      detached: true,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const recent: string[] = [];
    for (const stream of [started.stdout, started.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        recent.push(line);
        if (recent.length > 20) recent.shift();
        options.onLine(line);
      });
    }
    gone = new Promise((resolve) => {
      started.once('exit', () => {
        child = undefined;
        resolve();
      });
      started.once('error', (error) => {
        recent.push(String(error));
        child = undefined;
        resolve();
      });
    });
    if (started.pid !== undefined) writeFileSync(options.pidFile, `${started.pid}\n`);
    const deadline = performance.now() + READY_WITHIN_MS;
    for (const port of options.ports) {
      while (!(await accepts(port))) {
        if (child !== started || performance.now() > deadline) {
          const fate = child === started ? `does not listen on 127.0.0.1:${port}` : 'ended while starting';
          throw new Error(`${options.command} ${fate}; its last lines:\n${recent.join('\n')}`);
        }
        await pause(15);
      }
    }
  }

  async function stop(): Promise<void> {
    const group = child?.pid;
    if (group === undefined) return;
    signal('SIGCONT');
    process.kill(group, 'SIGTERM');
    await Promise.race([gone, pause(GONE_WITHIN_MS, undefined, { ref: false })]);
    // Also to the children that outlive their master for a moment, with the ports still open.
    signalGroup(group, 'SIGKILL');
    await gone;
    for (const port of options.ports) {
      while (await accepts(port)) await pause(5);
    }
    rmSync(options.pidFile, { force: true });
  }

  return { start, stop, signal };
}

function signalGroup(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // The group ended in the meantime.
  }
}

/** Whether something accepts connections on this port of 127.0.0.1. */
async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
