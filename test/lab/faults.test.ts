import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeUnless } from '../support/needs.ts';
import { describeLab } from './describe-lab.ts';
import { count, greeting, send, verifyTls, withImap } from './dialogue.ts';
import { startLab, type Lab } from './lab.ts';
import { whyNoPortFaults } from './port-faults.ts';
import type { MessageTruth } from './truth.ts';

const saved = ({ savedAt }: MessageTruth): boolean => savedAt !== undefined;
const lastStatus = ({ queued }: MessageTruth): string | undefined => queued[0]?.attempts.at(-1)?.status;

/** The delivery status notification that came back for this letter, as Postfix logged it. */
async function bounceOf(lab: Lab, messageId: string): Promise<MessageTruth | undefined> {
  const bounced = await lab.truth.until(messageId, (truth) => lastStatus(truth) === 'bounced');
  const isBounce = ({ queued, savedAt }: MessageTruth): boolean =>
    queued[0]?.sender === '' && savedAt !== undefined && (queued[0]?.acceptedAt ?? 0) > (bounced.acceptedAt ?? 0);
  await expect.poll(() => lab.truth.all().some(isBounce), { timeout: 5000 }).toBe(true);
  return lab.truth.all().find(isBounce);
}

describeLab('faults of single messages', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => await lab.faults.clear());
  afterAll(async () => await lab.stop());

  test('451 after DATA', async () => {
    const { bob, carol } = lab.users;
    const undo = await lab.faults.rejectData(bob.address);
    const error = { responseCode: 451, command: 'DATA' };
    await expect(send(lab, { to: bob.address })).rejects.toMatchObject(error);
    await expect(send(lab, { to: [carol.address, bob.address] })).rejects.toMatchObject(error);
    await send(lab, { to: carol.address });
    await undo();
    await send(lab, { to: bob.address });
  });

  test('450 at RCPT, on one port only', async () => {
    const { bob } = lab.users;
    const undo = await lab.faults.rejectRecipient({ recipient: bob.address, on: 'smtp' });
    const error = { responseCode: 450, command: 'RCPT TO' };
    await expect(send(lab, { by: 'smtp', to: bob.address })).rejects.toMatchObject(error);
    await send(lab, { to: bob.address });
    await undo();
    await send(lab, { by: 'smtp', to: bob.address });
  });

  test('greylisting: 450 for the first attempt, then a 250', async () => {
    const { bob } = lab.users;
    await lab.faults.greylist({ recipient: 'all', on: 'smtp' });
    const letter = { by: 'smtp', from: 'x@sink.example', to: bob.address } as const;
    await expect(send(lab, letter)).rejects.toMatchObject({ responseCode: 450 });
    await send(lab, letter);
    await expect(send(lab, { ...letter, from: 'y@sink.example' })).rejects.toMatchObject({ responseCode: 450 });
  });

  test('greylisting with a wait: too early is 450 again', async () => {
    const { bob } = lab.users;
    await lab.faults.greylist({ recipient: bob.address, on: 'smtp' }, 3_600_000);
    const letter = { by: 'smtp', to: bob.address } as const;
    await expect(send(lab, letter)).rejects.toMatchObject({ responseCode: 450 });
    await expect(send(lab, letter)).rejects.toMatchObject({ responseCode: 450 });
  });

  test('accepted, then discarded', async () => {
    const { bob, carol } = lab.users;
    await lab.faults.discard(bob.address);
    const lost = await send(lab, { to: bob.address });
    const after = await send(lab, { to: carol.address });
    await lab.truth.until(after, saved);
    expect(lab.truth.of(lost)?.savedAt).toBeUndefined();
    expect(await count(lab, bob, lost)).toBe(0);
  });

  test('delivered twice: two copies in the INBOX with the same Message-ID', async () => {
    const { bob } = lab.users;
    const undo = await lab.faults.duplicate(bob.address);
    const twice = await send(lab, { to: bob.address });
    await lab.truth.until(twice, ({ saves }) => saves.length === 2);
    expect(await count(lab, bob, twice)).toBe(2);
    await undo();
    const once = await send(lab, { to: bob.address });
    await lab.truth.until(once, (truth) => lastStatus(truth) === 'sent');
    expect(await count(lab, bob, once)).toBe(1);
  });

  test('filed to Junk', async () => {
    const { bob } = lab.users;
    const undo = await lab.faults.junk(bob.address);
    const junk = await send(lab, { to: bob.address });
    const { saves } = await lab.truth.until(junk, saved);
    expect(saves[0]?.mailbox).toBe('Junk');
    expect(await count(lab, bob, junk, 'Junk')).toBe(1);
    expect(await count(lab, bob, junk)).toBe(0);
    await undo();
    const good = await send(lab, { to: bob.address });
    expect((await lab.truth.until(good, saved)).saves[0]?.mailbox).toBe('INBOX');
  });

  test('hold and release', async () => {
    const { bob, carol } = lab.users;
    const release = await lab.faults.hold(bob.address);
    const held = await send(lab, { to: bob.address });
    const other = await send(lab, { to: carol.address });
    await lab.truth.until(other, saved);
    expect(lab.truth.of(held)?.savedAt).toBeUndefined();
    const releasedAt = Date.now();
    await release();
    const { savedAt } = await lab.truth.until(held, saved);
    expect(savedAt).toBeGreaterThanOrEqual(releasedAt);
  });

  test('a delay of a given length', async () => {
    const { bob } = lab.users;
    await lab.faults.delay(bob.address, 1500);
    const messageId = await send(lab, { to: bob.address });
    const { savedAt = 0, acceptedAt = 0 } = await lab.truth.until(messageId, saved);
    expect(savedAt - acceptedAt).toBeGreaterThan(1490);
    expect(savedAt - acceptedAt).toBeLessThan(3500);
  });

  test('LMTP gone: deferred until it is back', async () => {
    const { bob } = lab.users;
    const release = await lab.faults.deferDelivery();
    const messageId = await send(lab, { to: bob.address });
    await lab.truth.until(messageId, (truth) => lastStatus(truth) === 'deferred');
    const releasedAt = Date.now();
    await release();
    const { savedAt = 0 } = await lab.truth.until(messageId, saved);
    expect(savedAt).toBeGreaterThanOrEqual(releasedAt);
  });

  test('a mailbox that is gone: a bounce to the sender', async () => {
    const messageId = await send(lab, { to: lab.goneAddress });
    const { queued } = await lab.truth.until(messageId, (truth) => lastStatus(truth) === 'bounced');
    expect(queued[0]?.attempts[0]?.reply).toContain('550 5.1.1');
    const bounce = await bounceOf(lab, messageId);
    expect(bounce?.saves[0]?.login).toBe(lab.users.alice.login);
    const text = await withImap(lab, lab.users.alice, async (client) => {
      await client.mailboxOpen('INBOX');
      const [message] = await client.fetchAll({ header: { 'message-id': bounce?.messageId ?? '' } }, { source: true });
      return message?.source?.toString() ?? '';
    });
    expect(text).toContain('multipart/report; report-type=delivery-status');
    expect(text).toContain(messageId);
  });

  test('a full mailbox: 552 5.2.2 and a bounce', async () => {
    const { bob } = lab.users;
    const undo = await lab.faults.fillQuota(bob.login);
    const full = await send(lab, { to: bob.address });
    const { queued } = await lab.truth.until(full, (truth) => lastStatus(truth) === 'bounced');
    expect(queued[0]?.attempts[0]?.reply).toContain('552 5.2.2');
    expect((await bounceOf(lab, full))?.saves[0]?.login).toBe(lab.users.alice.login);
    await undo();
    await lab.truth.until(await send(lab, { to: bob.address }), saved);
  });
});

describeLab('faults of the servers', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => await lab.faults.clear());
  afterAll(async () => await lab.stop());

  test('wrong password, then the right one again', async () => {
    const { bob } = lab.users;
    const undo = await lab.faults.changePassword(bob.login, 'another');
    await expect(count(lab, bob, '<x>')).rejects.toMatchObject({ authenticationFailed: true });
    const refused = send(lab, { user: bob, to: bob.address });
    await expect(refused).rejects.toMatchObject({ responseCode: 535 });
    await undo();
    expect(await count(lab, bob, '<x>')).toBe(0);
  });

  describeUnless(whyNoPortFaults(), 'of single ports', () => {
    test('a port refused, another black-holed', async () => {
      await lab.faults.refusePort('imap');
      const undo = await lab.faults.dropPort('smtp');
      expect(await greeting(lab, 'imap')).toBe('ECONNREFUSED');
      expect(await greeting(lab, 'smtp')).toBe('no connection');
      expect(await greeting(lab, 'submission')).toContain('220');
      await undo();
      expect(await greeting(lab, 'smtp')).toContain('220');
      expect(await greeting(lab, 'imap')).toBe('ECONNREFUSED');
      await lab.faults.clear();
      expect(await greeting(lab, 'imap')).toContain('OK');
    });
  });

  test('Dovecot frozen: connected, silent', async () => {
    const undo = await lab.faults.freezeDovecot();
    expect(await greeting(lab, 'imap')).toBe('connected, silent');
    expect(await greeting(lab, 'smtp')).toContain('220');
    await undo();
    expect(await greeting(lab, 'imap')).toContain('OK');
  });

  test('Dovecot stopped and started', async () => {
    const undo = await lab.faults.stopDovecot();
    expect(await greeting(lab, 'imap')).toBe('ECONNREFUSED');
    const messageId = await send(lab, { by: 'smtp', to: lab.users.bob.address });
    await undo();
    await lab.truth.until(messageId, saved);
  });

  test('Postfix stopped and started', async () => {
    const undo = await lab.faults.stopPostfix();
    expect(await greeting(lab, 'submission')).toBe('ECONNREFUSED');
    expect(await greeting(lab, 'imap')).toContain('OK');
    await undo();
    await lab.truth.until(await send(lab, { to: lab.users.bob.address }), saved);
  });

  test('a certificate that has expired, and one for another name', async () => {
    const undo = await lab.faults.useCertificate('expired');
    expect(await verifyTls(lab, 'imaps', lab.hostname)).toBe('CERT_HAS_EXPIRED');
    expect(await verifyTls(lab, 'submissions', lab.hostname)).toBe('CERT_HAS_EXPIRED');
    await undo();
    expect(await verifyTls(lab, 'imaps', lab.hostname)).toBe('ok');
    await lab.faults.useCertificate('other-name');
    expect(await verifyTls(lab, 'imaps', lab.hostname)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('UIDVALIDITY changes, open sessions end, the messages stay', async () => {
    const { carol } = lab.users;
    const messageId = await send(lab, { to: carol.address });
    await lab.truth.until(messageId, saved);
    const look = async (): Promise<string> =>
      await withImap(lab, carol, async (client) => String((await client.mailboxOpen('INBOX')).uidValidity));
    const before = await look();
    await withImap(lab, carol, async (client) => {
      await client.mailboxOpen('INBOX');
      await lab.faults.changeUidValidity(carol.login);
      await expect.poll(() => client.usable).toBe(false);
    });
    const after = await look();
    expect(after).not.toBe(before);
    expect(await count(lab, carol, messageId)).toBe(1);
  });
});
