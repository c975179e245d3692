import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckSettings, MailboxSettings, SystemSettings } from '../../src/config/settings.ts';
import { Secret } from '../../src/lib/secret.ts';
import { PHASES_OF, type Failure, type Visit } from '../../src/probe/visit.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { agentSettings, allText, mailbox, visitOnce } from '../support/check-bench.ts';
import type { Undo } from '../lab/faults.ts';

describeLab('the checks at a real Postfix and Dovecot', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => lab.faults.clear());
  afterAll(async () => lab?.stop());

  function alice(): MailboxSettings {
    const { login, address, password } = lab.users.alice;
    return mailbox('alice', { user: login, address, password: new Secret(password) });
  }

  function systemOf(tls: 'starttls' | 'implicit', given: Partial<SystemSettings> = {}): Partial<SystemSettings> {
    const { ports, users, ca } = lab;
    const endpoint = { host: 'localhost', tls, ca, verify: true } as const;
    const secure = tls === 'implicit';
    return {
      mailboxes: [alice()],
      submission: {
        ...endpoint,
        port: secure ? ports.submissions : ports.submission,
        user: users.alice.login,
        password: new Secret(users.alice.password),
        mail_from: users.alice.address,
      },
      mx: {
        ca,
        verify: true,
        hosts: [{ host: 'localhost', port: ports.smtp }],
        port: 25,
        starttls: secure ? 'required' : 'opportunistic',
        helo: 'witness.sink.example',
        retry_after: 60_000,
        mail_from: 'probe@sink.example',
        bounces_to_sink: false,
      },
      imap: { ...endpoint, port: secure ? ports.imaps : ports.imap },
      pop3: { ...endpoint, port: secure ? ports.pop3s : ports.pop3 },
      ...given,
    };
  }

  function visit(
    kind: CheckSettings['kind'],
    tls: 'starttls' | 'implicit' = 'implicit',
    given: Partial<SystemSettings> = {},
    timeout = 5_000,
  ): Promise<Visit> {
    const sink = {
      listen: { host: '127.0.0.1', port: lab.ports.sink },
      domain: 'sink.example',
      max_size: 1,
      max_connections: 1,
      max_connections_per_address: 1,
      timeout: 1,
    };
    return visitOnce(kind, { system: systemOf(tls, given), agent: agentSettings({ sink }), check: { timeout } });
  }

  for (const kind of ['submission', 'mx', 'imap', 'pop3'] as const) {
    for (const tls of ['starttls', 'implicit'] as const) {
      it(`${kind} is good with ${tls}, tells its phases and when its certificate ends, and no password`, async () => {
        const seen = await visit(kind, tls);
        expect(seen.failure).toBeUndefined();
        expect(seen.certificateExpiresAt).toBeGreaterThan(seen.endedAt);
        const phases = seen.phases.map(({ phase }) => phase);
        expect(PHASES_OF[kind]).toEqual(expect.arrayContaining(phases));
        expect(phases).toEqual(expect.arrayContaining(['dns', 'connect', 'tls', 'greeting', 'quit']));
        expect(seen.phases.every(({ ms }) => ms >= 0)).toBe(true);
        expect(allText(seen)).not.toContain(lab.users.alice.password);
      });
    }
  }

  it('Postfix sees each session end in order, after visits good and bad', async () => {
    const already = lab.truth.lines.length;
    const undo = await lab.faults.rejectRecipient(lab.users.alice.address, '550 5.1.1 no such user');
    await visit('mx');
    await undo();
    await visit('mx');
    await visit('submission', 'starttls');
    const smtpd = (): string[] => lab.truth.lines.slice(already).filter((line) => line.includes('smtpd['));
    const ends = (): string[] => smtpd().filter((line) => /disconnect from .* mail=/.test(line));
    await expect.poll(() => ends().length, { timeout: 10_000 }).toBe(3);
    for (const line of ends()) expect(line).toMatch(/ rset=1 quit=1 /);
    // After CONNECT it was the lab itself, which looks whether its ports are open.
    expect(smtpd().join('\n')).not.toMatch(/lost connection after (?!CONNECT)|improper command|too many errors/);
  });

  describe('tell what is wrong', () => {
    const rows: readonly [string, CheckSettings['kind'], () => Promise<Undo>, Partial<Failure>, number?][] = [
      [
        'a recipient that is refused',
        'mx',
        () => lab.faults.rejectRecipient(lab.users.alice.address, '550 5.1.1 no such user'),
        { cause: 'refused', phase: 'rcpt', code: 550, enhanced: '5.1.1' },
      ],
      [
        'a changed password, at submission',
        'submission',
        () => lab.faults.changePassword(lab.users.alice.login, 'another'),
        { cause: 'auth', phase: 'auth', code: 535 },
      ],
      [
        'a changed password, at IMAP',
        'imap',
        () => lab.faults.changePassword(lab.users.alice.login, 'another'),
        { cause: 'auth', phase: 'auth' },
      ],
      [
        'a changed password, at POP3',
        'pop3',
        () => lab.faults.changePassword(lab.users.alice.login, 'another'),
        { cause: 'auth', phase: 'auth' },
      ],
      [
        'an expired certificate',
        'imap',
        () => lab.faults.useCertificate('expired'),
        { cause: 'certificate', phase: 'tls' },
      ],
      [
        'a certificate for another name',
        'submission',
        () => lab.faults.useCertificate('other-name'),
        { cause: 'certificate', phase: 'tls' },
      ],
      ['a port that refuses', 'imap', () => lab.faults.refusePort('imaps'), { cause: 'connect', phase: 'connect' }],
      [
        'a port that swallows packets',
        'pop3',
        () => lab.faults.dropPort('pop3s'),
        { cause: 'connect', phase: 'connect' },
        500,
      ],
      ['a server that stands still', 'imap', () => lab.faults.freezeDovecot(), { cause: 'timeout', phase: 'tls' }, 500],
      ['a server that is stopped', 'mx', () => lab.faults.stopPostfix(), { cause: 'connect', phase: 'connect' }],
    ];
    it.each(rows)('%s (%s)', async (_title, kind, breakIt, failure, timeout) => {
      const undo = await breakIt();
      const bad = await visit(kind, 'implicit', {}, timeout);
      expect(bad.failure).toMatchObject(failure);
      expect(allText(bad)).not.toContain(lab.users.alice.password);
      await undo();
      expect((await visit(kind)).failure).toBeUndefined();
    });
  });

  it('greylisting at the MX is an answer', async () => {
    await lab.faults.greylist(lab.users.alice.address);
    const seen = await visit('mx');
    expect(seen.failure).toBeUndefined();
    expect(seen.transcript.map(({ text }) => text).join('\n')).toMatch(
      /the recipient shall be tried again later \(45\d\)/,
    );
  });
});
