import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

/** A DNS server that hands each question to another one, and gives the answer `waitMs` later than that. */
export async function startSlowDns(
  server: string,
): Promise<{ readonly server: string; waitMs: number; close(): Promise<void> }> {
  const port = Number(server.split(':')[1]);
  const outside = createSocket('udp4');
  const timers = new Set<NodeJS.Timeout>();
  const slow = {
    server: '',
    waitMs: 0,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      outside.close();
      await once(outside, 'close');
    },
  };
  outside.on('message', (question: Buffer, from: RemoteInfo) => {
    const inside = createSocket('udp4');
    inside.once('message', (answer: Buffer) => {
      inside.close();
      const timer = setTimeout(() => {
        timers.delete(timer);
        outside.send(answer, from.port, from.address);
      }, slow.waitMs);
      timers.add(timer);
    });
    inside.send(question, port, '127.0.0.1');
  });
  outside.bind(0, '127.0.0.1');
  await once(outside, 'listening');
  slow.server = `127.0.0.1:${outside.address().port}`;
  return slow;
}
