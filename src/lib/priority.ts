import { constants, setPriority } from 'node:os';

/**
 * Lets everything else go first, the measurement above all: for threads and commands that compute. On Linux this is the calling
 * thread alone (setpriority(2), notes), so a worker may call it; elsewhere it is the whole process, so a worker leaves it.
 */
export function goLast(where: 'thread' | 'process'): void {
  if (where === 'thread' && process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A system that does not allow it measures no worse than before.
  }
}
