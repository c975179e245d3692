import { createServer, type AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { expect, it } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createSandbox, type SandboxAddresses } from './sandbox.ts';

const options = {
  clock: createSystemClock(),
  log: silentLog,
  sink: { host: '127.0.0.1', port: 9, domain: 'sink.example' },
};

// In a file of its own: whatever else runs in this process would be counted too.
it('a start on a port that is taken tells which one, and leaves nothing open', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  await expect(createSandbox({ ...options, ports: { imap: port } }).start()).rejects.toThrow(
    `sandbox: imap cannot listen on 127.0.0.1:${port} (listen EADDRINUSE`,
  );
  await new Promise((resolve) => taken.close(resolve));
  await expect.poll(held, { message: 'what keeps this process alive' }).toEqual([]);
});

it('a stop before the start has ended leaves nothing open', async () => {
  const sandbox = createSandbox(options);
  const starting = sandbox.start();
  await sandbox.stop();
  await starting;
  await expect.poll(held, { message: 'what keeps this process alive' }).toEqual([]);
});

it('a stop in the middle of everything cuts clients and leaves nothing open', async () => {
  const stalled = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await new Promise((resolve) => stalled.once('listening', resolve));
  const { port } = stalled.address() as AddressInfo;
  const sandbox = createSandbox({ ...options, sink: { ...options.sink, port } });
  const here = await sandbox.start();

  const idling = imap(here, 0);
  await idling.connect();
  await idling.mailboxOpen('INBOX');
  void idling.idle();
  const cut = new Promise((resolve) => idling.once('close', resolve));
  const silent = await openPop3(here);

  // One letter hangs at a sink that says nothing, one waits for its time, one is held.
  const relaying = new Promise((resolve) => stalled.once('connection', resolve));
  await submit(here, 'someone@sink.example');
  await relaying;
  await sandbox.faults.set('delivery-delay', 3_600_000);
  await submit(here, 'bob@sandbox.example');
  await sandbox.faults.set('delivery-delay', 0);
  await sandbox.faults.set('hold', true);
  await submit(here, 'bob@sandbox.example');
  await sandbox.faults.set('imap-frozen', true);
  const frozen = imap(here, 1).connect();

  await Promise.all([sandbox.stop(), frozen.catch(() => 'cut'), cut]);
  idling.close();
  silent.destroy();
  await new Promise((resolve) => stalled.close(resolve));
  await expect.poll(held, { message: 'what keeps this process alive' }).toEqual([]);
});

function imap(here: SandboxAddresses, mailbox: number): ImapFlow {
  const { host, ca, ports } = here;
  const account = here.mailboxes[mailbox];
  const auth = { user: account?.user ?? '', pass: account?.password.reveal() ?? '' };
  const client = new ImapFlow({
    host,
    port: ports.imap,
    secure: true,
    tls: { ca },
    auth,
    logger: false,
    disableAutoIdle: true,
  });
  client.on('error', () => {});
  return client;
}

async function openPop3(here: SandboxAddresses): Promise<TLSSocket> {
  const socket = connect({ host: here.host, port: here.ports.pop3, ca: here.ca });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

async function submit(here: SandboxAddresses, to: string): Promise<void> {
  const [alice] = here.mailboxes;
  const auth = { user: alice?.user ?? '', pass: alice?.password.reveal() ?? '' };
  const { host, ca, ports } = here;
  const transport = createTransport({ host, port: ports.submission, requireTLS: true, tls: { ca }, auth });
  await transport.sendMail({ from: auth.user, to, subject: 'hello', text: 'hello' });
}

/** What keeps this process alive: sockets, servers, our timers. */
function held(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /^(TCP|TLS)/.test(kind))
    .sort();
}
