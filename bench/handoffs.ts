import type { Lab } from '../test/lab/lab.ts';
import type { MessageTruth } from '../test/lab/truth.ts';

const STATUS = / ([0-9A-Za-z]{12,20}): to=<.* delays=[\d.e+-]+\/([\d.e+-]+)\//u;

/**
 * When Postfix's queue manager handed each letter to a delivery agent for the first time, which connects at once: "queue
 * active" in its log, and the second of the `delays=`, the time in the queue manager. The start of the connection that
 * the third and fourth would give is worth nothing here: they have two significant digits, of the 100 ms that a sink's
 * greeting takes.
 */
export function readHandoffs({ truth }: Lab): (message: MessageTruth) => number | null {
  const waits = new Map<string, number>();
  for (const line of truth.lines) {
    const [, queueId = '', seconds] = STATUS.exec(line) ?? [];
    if (queueId !== '' && !waits.has(queueId)) waits.set(queueId, Number(seconds) * 1000);
  }
  return ({ queued: [first] }) => {
    const wait = waits.get(first?.queueId ?? '');
    return first?.activeAt === undefined || wait === undefined ? null : first.activeAt + wait;
  };
}
