import { existsSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from './describe-lab.ts';
import { count, greeting, send, verifyTls } from './dialogue.ts';
import { startLab, type Lab } from './lab.ts';

describeLab('a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => await lab.stop());

  for (const by of ['smtp', 'submission', 'submissions'] as const) {
    test(`carries a letter from ${by} to IMAP, with certificates its CA signed`, async () => {
      const messageId = await send(lab, { by, to: lab.users.bob.address });
      await lab.truth.until(messageId, ({ savedAt }) => savedAt !== undefined);
      expect(await count(lab, lab.users.bob, messageId)).toBe(1);
    });
  }

  test('has a certificate for the names and the address it is reached by', async () => {
    expect(await verifyTls(lab, 'imaps', 'mail.corp.example')).toBe('ok');
    expect(await verifyTls(lab, 'pop3s', 'localhost')).toBe('ok');
    expect(await verifyTls(lab, 'submissions', 'mail.other.example')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('greets in the clear on the ports with STARTTLS', async () => {
    expect(await greeting(lab, 'smtp')).toContain('220 mail.corp.example ESMTP');
    expect(await greeting(lab, 'imap')).toContain('STARTTLS');
    expect(await greeting(lab, 'pop3')).toContain('+OK');
  });

  test('relays nothing on the MX, and takes no mail for an unknown user', async () => {
    const relay = send(lab, { by: 'smtp', to: 'x@sink.example' });
    await expect(relay).rejects.toMatchObject({ responseCode: 554 });
    const unknown = send(lab, { by: 'smtp', to: 'nobody@corp.example' });
    await expect(unknown).rejects.toMatchObject({ responseCode: 550 });
  });

  test('tells from its logs when a letter was accepted, tried and saved', async () => {
    const before = Date.now();
    const messageId = await send(lab, { to: lab.users.carol.address });
    const truth = await lab.truth.until(messageId, ({ savedAt, sentAt }) => (savedAt ?? sentAt) !== undefined);
    const {
      acceptedAt = 0,
      firstAttemptAt = 0,
      savedAt = 0,
    } = await lab.truth.until(messageId, ({ savedAt, sentAt }) => savedAt !== undefined && sentAt !== undefined);
    expect(truth.queued[0]?.sender).toBe('alice@corp.example');
    expect(acceptedAt).toBeGreaterThan(before - 1);
    expect(firstAttemptAt).toBeGreaterThan(acceptedAt);
    // The instant of the save is Dovecot's, that of the attempt is ours less Postfix's rounded figures.
    expect(savedAt).toBeGreaterThan(firstAttemptAt - 20);
    expect(savedAt).toBeLessThan(Date.now() + 1);
  });

  test('routes mail for sink.example to the port of the sink', async () => {
    let connectedAt = 0;
    const sink = new SMTPServer({ authOptional: true, hideSTARTTLS: true, onRcptTo: (_to, _session, done) => done() });
    sink.server.on('connection', () => (connectedAt ||= Date.now()));
    await new Promise<void>((resolve) => {
      sink.listen(lab.ports.sink, '127.0.0.1', resolve);
    });
    const messageId = await send(lab, { to: 'probe@sink.example' });
    const { firstAttemptAt = 0, queued } = await lab.truth.until(messageId, ({ sentAt }) => sentAt !== undefined);
    await new Promise<void>((resolve) => {
      sink.close(resolve);
    });
    expect(queued[0]?.attempts[0]).toMatchObject({ agent: 'smtp', recipient: 'probe@sink.example' });
    expect(Math.abs(firstAttemptAt - connectedAt)).toBeLessThan(200);
  });
});

describeLab('labs side by side', () => {
  test('do not disturb each other and leave nothing', async () => {
    const labs = await Promise.all([startLab(), startLab()]);
    for (const lab of labs) {
      const messageId = await send(lab, { to: lab.users.bob.address });
      await lab.truth.until(messageId, ({ savedAt }) => savedAt !== undefined);
    }
    await Promise.all(labs.map(async (lab) => await lab.stop()));
    for (const lab of labs) {
      expect(existsSync(lab.dir)).toBe(false);
      for (const port of ['smtp', 'imaps'] as const) expect(await greeting(lab, port)).toBe('ECONNREFUSED');
    }
  });
});
