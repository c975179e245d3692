import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findChromium } from './find-chromium.ts';
import { createPrinter } from './printer.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-printer-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** A program that stands where a Chromium would. */
function program(name: string, script: string): string {
  const file = path.join(dir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const leftOvers = (): string[] => readdirSync(dir).filter((name) => name.includes('.pdf-'));
const isAlive = (pid: number): boolean => {
  try {
    // A zombie that nobody waited for yet is dead.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a program that hangs', () => {
  test.each(['signal', 'stop'] as const)('is ended with all that it started, by %s', async (by) => {
    const pids = path.join(dir, 'pids');
    const hang = program('chromium', `sleep 1000 & echo "$$ $!" > ${pids}.part; mv ${pids}.part ${pids}; wait`);
    const printer = createPrinter({ chromium: hang, store: path.join(dir, 'store.db') });
    const giveUp = new AbortController();
    const printing = printer.print('<p>', giveUp.signal);
    printing.catch(() => {});
    await expect.poll(() => existsSync(pids), { timeout: 20_000 }).toBe(true);
    if (by === 'signal') giveUp.abort();
    else await printer.stop();
    await expect(printing).rejects.toThrow(by === 'signal' ? 'aborted' : 'the agent is stopping');
    const [one = 0, other = 0] = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
    await expect.poll(() => [isAlive(one), isAlive(other)], { timeout: 20_000 }).toEqual([false, false]);
    expect(leftOvers()).toEqual([]);
  });
});

test('what it is given holds nothing of the agent: no variable, an empty profile, the lowest priority', async () => {
  const seen = path.join(dir, 'seen');
  vi.stubEnv('MAILWITNESS_SECRET', 'hunter2');
  const say = `{ env; ls -A; cut -d' ' -f19 /proc/$$/stat; echo "$@"; } > ${seen}`;
  const printer = createPrinter({
    chromium: program('chromium', `sleep 0.3; ${say}; exit 3`),
    store: path.join(dir, 'store.db'),
  });
  await expect(printer.print('<p>', new AbortController().signal)).rejects.toThrow(/made no PDF: it ended with 3/);
  const said = readFileSync(seen, 'utf8');
  expect(said).not.toContain('hunter2');
  expect(said).toMatch(/^report\.html$/m);
  expect(said).not.toMatch(/^profile$/m);
  expect(said).toMatch(/^19$/m);
  expect(said.includes('--no-sandbox')).toBe(process.getuid?.() === 0);
});

describe('a Chromium is found', () => {
  const folders = (): string => ['relative', path.join(dir, 'a'), path.join(dir, 'b')].join(path.delimiter);

  test('by its name on the path, the usual one first', () => {
    const other = program('a/google-chrome', '');
    expect(findChromium(undefined, folders())).toBe(other);
    const usual = program('b/chromium', '');
    expect(findChromium(undefined, folders())).toBe(usual);
  });

  test('nowhere where there is none, where it cannot be run, and where nobody wants it', () => {
    expect(findChromium(undefined, '')).toBeNull();
    chmodSync(program('a/chromium', ''), 0o644);
    mkdirSync(path.join(dir, 'b', 'chromium'), { recursive: true });
    expect(findChromium(undefined, folders())).toBeNull();
    expect(findChromium('none', folders())).toBeNull();
  });

  test('where the configuration says', () => {
    const own = program('mine', '');
    expect(findChromium(own, folders())).toBe(own);
    expect(() => findChromium(path.join(dir, 'none'), folders())).toThrow('or none, got');
  });
});
