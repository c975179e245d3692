import { existsSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from './describe-lab.ts';
import { startLab, type Lab } from './lab.ts';

describeLab('a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => {
    await lab.stop();
    expect(existsSync(lab.dir)).toBe(false);
  });

  test('carries a message from submission to IMAP, all with TLS verified by its CA', async () => {
    const { alice, bob } = lab.users;
    const transport = createTransport({
      host: '127.0.0.1',
      port: lab.ports.submission,
      requireTLS: true,
      auth: { user: alice.login, pass: alice.password },
      tls: { ca: lab.ca },
    });
    await transport.sendMail({ from: alice.address, to: bob.address, subject: 'hello', text: 'x' });
    transport.close();
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: lab.ports.imaps,
      secure: true,
      auth: { user: bob.login, pass: bob.password },
      tls: { ca: lab.ca },
      logger: false,
    });
    await client.connect();
    await client.mailboxOpen('INBOX');
    await expect.poll(async () => await client.search({ subject: 'hello' }), { timeout: 5000 }).toEqual([1]);
    await client.logout();
  });
});
