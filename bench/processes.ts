import { readdirSync, readFileSync } from 'node:fs';

/** The kernel's unit of CPU time in /proc (USER_HZ), 100 a second on every Linux there is. */
const TICK_MS = 10;

/** CPU in ms, user and system, that a process and all that descend from it have used up to now; 0 when it is gone. */
export function cpuOfTree(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .map(statOf)
    .filter((stat) => stat !== null);
  const tree = new Set([root]);
  // Children come after their parents in no order: repeat until nobody is found any more.
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  return all.filter(({ pid }) => tree.has(pid)).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** Resident memory of a process in MiB. */
export function residentOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** Its own CPU with that of its children which have ended (proc(5): utime, stime, cutime, cstime). */
function statOf(pid: number): { pid: number; parent: number; cpuMs: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0);
    return { pid, parent: fields[1] ?? 0, cpuMs: ticks * TICK_MS };
  } catch {
    return null;
  }
}
