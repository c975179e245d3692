import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomInt } from 'node:crypto';

export interface Claim {
  /** Absolute path of the new, empty directory. */
  readonly dir: string;
  /** Unique on this machine while the lab is up; also names its nft table. */
  readonly name: string;
  readonly ports: readonly number[];
}

const PORTS_A_LAB = 10;

/**
 * A private directory and ten free ports of 127.0.0.1. The directory is named after the first port and made exclusively,
 * so two labs that start at the same moment never get the same ports.
 */
export async function claim(): Promise<Claim> {
  for (let tries = 0; tries < 200; tries++) {
    // Below 32768, where the kernel takes no local ports for outgoing connections.
    const first = randomInt(1_200, 3_200) * PORTS_A_LAB;
    const ports = Array.from({ length: PORTS_A_LAB }, (_, index) => first + index);
    if (!(await allFree(ports))) continue;
    const name = `mailwitness_lab_${first}`;
    const dir = path.join(tmpdir(), name);
    try {
      mkdirSync(dir, { mode: 0o755 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    return { dir, name, ports };
  }
  throw new Error('no block of ten free ports found on 127.0.0.1 between 12000 and 32000');
}

async function allFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    if (!(await isFree(port))) return false;
  }
  return true;
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
