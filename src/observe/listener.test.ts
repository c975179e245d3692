import { once } from 'node:events';
import { connect, createServer, Server, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../lib/errors.ts';
import { createHandClock } from '../lib/hand-clock.ts';
import { silentLog } from '../lib/log.ts';
import { createListener, type Listener } from './listener.ts';

const cleanUp: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

describe('starting', () => {
  test("a port that is taken is the operator's to mend", async () => {
    const { port } = await occupy(0);
    const { listener } = make(port);
    const error: unknown = await listener.start().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toHaveProperty(
      'message',
      `agent.sink.listen: expected a free port; another program listens there, got 127.0.0.1:${port}`,
    );
    expect(listener.state.listening).toBe(false);
  });
});

describe('a listener that fails', () => {
  test.each([
    ['cannot take a connection', (server: Server) => server.emit('error', new Error('accept EMFILE')), 'accept EMFILE'],
    ['is closed', (server: Server) => server.close(), 'its listener was closed'],
  ])('because it %s tells so, and listens anew on its port', async (_, fail, words) => {
    const { listener, clock, away } = make(0);
    await listener.start();
    const { port } = listener;
    expect(listener.state).toEqual({ listening: true });
    await clock.advance(5_000);
    const server = serverAt(port);
    const closed = new Promise((resolve) => server.once('close', resolve));
    fail(server);
    await closed;
    expect(listener.state).toEqual({ listening: false, problem: words });
    await expect(reach(port)).rejects.toThrow('ECONNREFUSED');
    await clock.advance(1_000);
    await expect.poll(() => listener.state).toEqual({ listening: true });
    expect(away).toEqual([5_000]);
    expect(listener.port).toBe(port);
    await reach(port);
  });

  test('tries again while another program has its port, and tells each time since when nobody could connect', async () => {
    const { listener, clock, away } = make(0);
    await listener.start();
    const { port } = listener;
    const server = serverAt(port);
    server.close();
    await once(server, 'close');
    const squatter = await occupy(port);
    await clock.advance(1_000);
    await expect.poll(() => away).toEqual([0]);
    expect(listener.state.problem).toContain('another program listens there');
    await squatter.leave();
    await clock.advance(2_000);
    await expect.poll(() => listener.state).toEqual({ listening: true });
    expect(away).toEqual([0, 0]);
    await reach(port);
  });

  test('does not come back once it is stopped', async () => {
    const { listener, clock, away } = make(0);
    await listener.start();
    const { port } = listener;
    serverAt(port).close();
    await listener.stop();
    await clock.advance(60_000);
    expect(away).toEqual([]);
    await expect(reach(port)).rejects.toThrow('ECONNREFUSED');
  });
});

function make(port: number) {
  const clock = createHandClock(0);
  const away: number[] = [];
  const listener: Listener = createListener({
    host: '127.0.0.1',
    port,
    accept: (socket) => socket.end(),
    clock,
    log: silentLog,
    onAway: (since) => void away.push(since),
  });
  cleanUp.push(() => listener.stop());
  return { listener, clock, away };
}

/** The server itself, which nobody is handed: what breaks it comes from the system. */
function serverAt(port: number): Server {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const found = handles.find(
    (it): it is Server => it instanceof Server && (it.address() as AddressInfo | null)?.port === port,
  );
  if (found === undefined) throw new Error(`nobody listens on ${port}`);
  return found;
}

async function occupy(port: number) {
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  const leave = (): Promise<unknown> => new Promise((resolve) => squatter.close(resolve));
  cleanUp.push(leave);
  return { port: (squatter.address() as AddressInfo).port, leave };
}

async function reach(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
}
