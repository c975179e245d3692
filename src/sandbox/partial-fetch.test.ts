import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createSandbox, type Sandbox, type SandboxAddresses } from './sandbox.ts';

let sandbox: Sandbox;
let addresses: SandboxAddresses;

beforeAll(async () => {
  sandbox = createSandbox({
    clock: createSystemClock(),
    log: silentLog,
    sink: { host: '127.0.0.1', port: 0, domain: 'sink.example' },
  });
  addresses = await sandbox.start();
});
afterAll(() => sandbox.stop());

test('one FETCH of a part of several letters answers each of them', async () => {
  const [alice] = addresses.mailboxes;
  if (alice === undefined) throw new Error('no mailbox');
  const tls = { ca: addresses.ca, servername: addresses.hostname };
  const transport = createTransport({ host: '127.0.0.1', port: addresses.ports.mx, tls });
  for (const subject of ['one', 'two', 'three']) {
    await transport.sendMail({ from: 'x@elsewhere.example', to: alice.address, subject, text: 'x' });
  }
  const auth = { user: alice.user, pass: alice.password.reveal() };
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: addresses.ports.imap,
    secure: true,
    auth,
    tls,
    logger: false,
  });
  await client.connect();
  try {
    let exists = 0;
    while (exists < 3) exists = (await client.mailboxOpen('INBOX')).exists;
    const sizes: number[] = [];
    const query = { uid: true, bodyParts: [{ key: 'HEADER', start: 0, maxLength: 16_384 }] };
    for await (const { headers, bodyParts } of client.fetch('1:*', query, { uid: true })) {
      sizes.push((headers ?? bodyParts?.values().next().value)?.length ?? 0);
    }
    expect(sizes).toHaveLength(3);
    for (const size of sizes) expect(size).toBeGreaterThan(100);
  } finally {
    await client.logout();
  }
});
