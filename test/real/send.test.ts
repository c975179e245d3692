import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { SubmissionSettings } from '../../src/config/settings.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { createResolver } from '../../src/net/resolve.ts';
import { readBounce } from '../../src/probe/bounce.ts';
import type { SendPort } from '../../src/probe/ports.ts';
import type { Probe } from '../../src/probe/probe.ts';
import type { Letter } from '../../src/probe/send-result.ts';
import { createTokens, newProbeId } from '../../src/probe/token.ts';
import { createComposer } from '../../src/send/compose.ts';
import { createInboundMta } from '../../src/send/inbound-mta.ts';
import { createMxHosts } from '../../src/send/mx-hosts.ts';
import { createSubmitter } from '../../src/send/submitter.ts';
import { createWarmSessions, MOST_SESSIONS } from '../../src/send/warm-sessions.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';

const clock = createSystemClock();
const resolver = createResolver({ servers: [], family: 'ipv4-only' });
const tokens = createTokens({ instance: 'k3v9x', key: Buffer.alloc(32, 7) });
const signal = new AbortController().signal;
const compose = createComposer();

describeLab('sending through a real Postfix and Dovecot', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => lab?.stop());

  const senders: SendPort[] = [];
  afterEach(async () => {
    for (const sender of senders.splice(0)) await sender.close();
    await lab.faults.clear();
  });

  async function letterTo(to: string, from: string): Promise<Letter & { probe: Probe }> {
    const probe: Probe = {
      id: newProbeId(),
      system: 'corp',
      route: 'r',
      kind: 'internal',
      mailbox: 'bob',
      launchedAt: Math.floor(clock.now()),
    };
    return { ...(await compose({ probe, token: tokens.sign(probe), from, to, size: 0 })), probe };
  }

  function submitter(
    tls: 'starttls' | 'implicit',
    settings: Partial<SubmissionSettings> = {},
    sessions = createWarmSessions(clock),
  ): SendPort {
    const { login, password, address } = lab.users.alice;
    const sender = createSubmitter({
      settings: {
        host: 'localhost',
        port: tls === 'starttls' ? lab.ports.submission : lab.ports.submissions,
        tls,
        ca: lab.ca,
        verify: true,
        user: login,
        password: new Secret(password),
        mail_from: address,
        ...settings,
      },
      sessions,
      resolver,
      clock,
      timeoutMs: 10_000,
    });
    senders.push(sender);
    return sender;
  }

  function mta(): SendPort {
    const sender = createInboundMta({
      settings: {
        hosts: [{ host: '127.0.0.1', port: lab.ports.smtp }],
        port: 25,
        starttls: 'opportunistic',
        verify: true,
        helo: 'agent.example',
        retry_after: 60_000,
        mail_from: 'probe@agent.example',
        bounces_to_sink: false,
      },
      hosts: createMxHosts(clock),
      resolver,
      clock,
      timeoutMs: 10_000,
    });
    senders.push(sender);
    return sender;
  }

  it.each(['starttls', 'implicit'] as const)(
    'submission with %s is accepted, over one connection for many letters',
    async (tls) => {
      const sender = submitter(tls);
      for (let n = 0; n < 5; n++) {
        const result = await sender.send(await letterTo(lab.users.bob.address, lab.users.alice.address), {
          fresh: false,
          signal,
        });
        expect(result).toMatchObject({
          kind: 'accepted',
          line: expect.stringMatching(/^250 2\.0\.0 Ok: queued as \S+$/u),
        });
        expect(result.phases.some(({ phase }) => phase === 'auth')).toBe(n === 0);
        expect(JSON.stringify(result.transcript)).not.toContain(lab.users.alice.password);
      }
    },
  );

  it('120 routes that launch at once share their connections, for Postfix greets nobody beyond its 100 processes', async () => {
    const connects = (): number =>
      lab.truth.lines.filter((line) => /postfix\/submission\/smtpd\[\d+\]: connect from/u.test(line)).length;
    const before = connects();
    const sessions = createWarmSessions(clock);
    const { address } = lab.users.alice;
    const results = await Promise.all(
      Array.from({ length: 120 }, async () =>
        submitter('starttls', {}, sessions).send(await letterTo(lab.users.bob.address, address), {
          fresh: false,
          signal,
        }),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'accepted').length).toBe(120);
    expect(connects() - before).toBeGreaterThan(0);
    expect(connects() - before).toBeLessThanOrEqual(MOST_SESSIONS);
  });

  it('inbound at the MX is accepted, over TLS as it is offered', async () => {
    const result = await mta().send(await letterTo(lab.users.bob.address, 'probe@agent.example'), {
      fresh: true,
      signal,
    });
    expect(result.kind).toBe('accepted');
    expect(result.certificateExpiresAt).toBeGreaterThan(Date.now());
  });

  it('451 after DATA is a refusal for now, at the letter', async () => {
    await lab.faults.rejectData(lab.users.bob.address);
    const result = await submitter('starttls').send(await letterTo(lab.users.bob.address, lab.users.alice.address), {
      fresh: false,
      signal,
    });
    expect(result).toMatchObject({
      kind: 'refused',
      permanent: false,
      failure: { cause: 'refused', phase: 'accept', code: 451 },
    });
  });

  it('450 at RCPT is a refusal for now, at RCPT, and the MTA comes through once it is over', async () => {
    const undo = await lab.faults.rejectRecipient(lab.users.bob.address);
    const sender = mta();
    const letter = await letterTo(lab.users.bob.address, 'probe@agent.example');
    expect(await sender.send(letter, { fresh: true, signal })).toMatchObject({
      kind: 'refused',
      permanent: false,
      failure: { cause: 'refused', phase: 'rcpt', code: 450, enhanced: '4.2.1' },
    });
    await undo();
    expect((await sender.send(letter, { fresh: true, signal })).kind).toBe('accepted');
  });

  it('a stranger’s address is refused for good', async () => {
    const result = await mta().send(await letterTo('x@elsewhere.example', 'probe@agent.example'), {
      fresh: true,
      signal,
    });
    expect(result).toMatchObject({ kind: 'refused', permanent: true, failure: { phase: 'rcpt', code: 554 } });
  });

  it('a wrong password is a refused login', async () => {
    const sender = submitter('starttls', { password: new Secret('not-the-password') });
    const result = await sender.send(await letterTo(lab.users.bob.address, lab.users.alice.address), {
      fresh: false,
      signal,
    });
    expect(result).toMatchObject({
      kind: 'refused',
      permanent: true,
      failure: { cause: 'auth', phase: 'auth', code: 535 },
    });
    expect(JSON.stringify(result)).not.toContain('not-the-password');
  });

  it('the bounce that Postfix writes is read, with the token of the letter it is about', async () => {
    const letter = await letterTo(lab.goneAddress, lab.users.carol.address);
    const { login, password } = lab.users.carol;
    const sender = submitter('starttls', { user: login, password: new Secret(password) });
    expect((await sender.send(letter, { fresh: false, signal })).kind).toBe('accepted');
    const bounce = await expect
      .poll(() => firstReport(lab.dir), { timeout: 20_000 })
      .not.toBeNull()
      .then(() => firstReport(lab.dir));
    expect(bounce?.recipients).toMatchObject([
      { recipient: lab.goneAddress, action: 'failed', status: expect.stringMatching(/^5\./u) },
    ]);
    expect(bounce?.recipients[0]?.words).not.toBe('');
    expect(tokens.read(bounce?.token ?? '')).toEqual({ kind: 'ours', probe: letter.probe });
  });
});

/** The first delivery report in any of the lab's mailboxes. */
function firstReport(dir: string): ReturnType<typeof readBounce> {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\/Maildir\/new\/[^/]+$/u.test(file),
  );
  for (const file of files) {
    const report = readBounce(readFileSync(path.join(dir, file)));
    if (report !== null) return report;
  }
  return null;
}
