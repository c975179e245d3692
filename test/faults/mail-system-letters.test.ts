import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { openGate, refuseAtRcpt, type Gate } from './gate.ts';
import { proveLetterFault, type LetterFault, type Settled } from './mail-system-letter.ts';
import type { Stage } from './mail-system-stage.ts';
import type { Told } from './mail-system-truth.ts';

const ALICE = 'alice@corp.example';
const BOB = 'bob@corp.example';

const rows: readonly LetterFault[] = [
  {
    name: 'LMTP deferred',
    injected: 'nobody at the LMTP socket: Postfix defers what is local',
    inject: (lab) => lab.faults.deferDelivery(),
    during: () => pause(4_000),
    recorded({ ledger, told, span }) {
      const late = told.filter(
        (one) => one.route !== 'outbound' && (one.accepted_at ?? 0) > span.from && delay(one) > 1_000,
      );
      expect(late.length).toBeGreaterThan(2);
      for (const one of late)
        expect(one.truth?.queued[0]?.attempts.some(({ status }) => status === 'deferred')).toBe(true);
      return `delivered; longest delay ${ledger.receive.max_s} s, none lost`;
    },
  },
  {
    name: 'accepted and discarded',
    injected: 'a 250 to the data, and the letter is gone; lost_after is 3 s',
    stage: { reachWithinS: 3, lostAfterS: 3, overS: 3 },
    inject: (lab) => lab.faults.discard({ recipient: ALICE, on: 'smtp' }),
    during: () => pause(4_000),
    down: ['inbound'],
    recorded({ ledger, told }) {
      const gone = told.filter((one) => one.route === 'inbound' && one.truth?.savedAt === undefined);
      expect(gone.length).toBeGreaterThan(2);
      expect([...new Set(gone.map(({ outcome }) => outcome))]).toEqual(['lost']);
      expect([...ledger.receive.lost_ids].sort()).toEqual(gone.map(({ id }) => id).sort());
      expect(ledger.receive.exceedances).toBe(gone.length);
      return `${gone.length} lost, each an exceedance`;
    },
  },
  {
    name: 'delivered to Junk',
    injected: 'the server files mail for the mailbox to Junk',
    inject: (lab) => lab.faults.junk(ALICE),
    during: (stage) => someSettled(stage, 3, ({ probe }) => probe.misfiled),
    recorded({ told, states }) {
      const misfiled = told.filter(({ folder }) => folder === 'Junk');
      expect(misfiled.length).toBeGreaterThanOrEqual(3);
      for (const { id, outcome, truth } of misfiled) {
        expect([outcome, states.get(id)?.misfiled, truth?.saves[0]?.mailbox]).toEqual(['delivered', true, 'Junk']);
      }
      expect(told.filter(({ truth }) => truth?.saves[0]?.mailbox === 'Junk').length).toBe(misfiled.length);
      return `${misfiled.length} delivered and misfiled, folder Junk`;
    },
  },
  {
    name: 'delivered twice',
    injected: 'two copies in the INBOX',
    inject: (lab) => lab.faults.duplicate(ALICE),
    during: (stage) => someSettled(stage, 3, ({ probe }) => probe.kind === 'inbound'),
    after: (stage) =>
      stage.event(
        'three duplicates',
        (event): event is Settled =>
          event.kind === 'settled' &&
          stage.events.filter((one) => one.kind === 'sighted' && one.meaning === 'duplicate').length >= 3,
      ),
    recorded({ ledger, told }) {
      const doubled = told.filter(({ truth }) => (truth?.saves.length ?? 0) > 1);
      expect(doubled.length).toBeGreaterThanOrEqual(3);
      expect(ledger.receive.duplicates).toBe(doubled.length);
      return `${doubled.length} delivered, each with one duplicate; the delay is that of the first`;
    },
  },
  {
    name: 'quota full',
    injected: 'Dovecot answers 552 5.2.2, Postfix bounces to the sender',
    inject: (lab) => lab.faults.fillQuota(BOB),
    during: (stage) => someSettled(stage, 3, ({ probe }) => probe.outcome === 'bounced'),
    down: ['internal'],
    recorded({ told, states }) {
      const full = told.filter(({ truth }) => truth?.queued[0]?.attempts.some(({ status }) => status === 'bounced'));
      expect(full.length).toBeGreaterThanOrEqual(3);
      for (const { id, outcome } of full) {
        expect(outcome).toBe('bounced');
        expect(states.get(id)?.failure).toMatchObject({
          cause: 'refused',
          enhanced: '5.2.2',
          words: expect.stringMatching(/552|quota/iu),
        });
      }
      return `${full.length} bounced, with the words of the server (5.2.2)`;
    },
  },
  {
    name: 'greylisting',
    injected: '450 to the first attempt at the MX, a 250 from half a second later on',
    inject: (lab) => lab.faults.greylist({ recipient: ALICE, on: 'smtp' }, 500),
    during: (stage) => someSettled(stage, 1, ({ probe }) => (probe.deferral?.attempts ?? 0) > 1),
    recorded({ told, states }) {
      const came2 = told.filter(({ id }) => (states.get(id)?.deferral?.attempts ?? 0) > 1);
      expect(came2.length).toBeGreaterThan(0);
      for (const one of came2) {
        expect(one.outcome).toBe('delivered');
        // The wait was ours to do, as an MTA does; it is no delay of the mail system's.
        expect(states.get(one.id)?.deferral?.refusedForMs).toBeGreaterThan(500);
        expect(one.accepted_at ?? 0).toBeGreaterThan((states.get(one.id)?.launchedAt ?? 0) + 500);
      }
      return `${came2.length} accepted at the second try; the delay begins at the 250`;
    },
  },
  {
    name: 'UIDVALIDITY changed',
    injected: 'while letters are under way',
    renumbers: true,
    inject: async (lab) => {
      const release = await lab.faults.hold({ recipient: ALICE, on: 'smtp' });
      return async () => {
        await lab.faults.changeUidValidity(ALICE);
        await release();
      };
    },
    during: () => pause(2_500),
    recorded({ ledger, told }) {
      const late = came(told, 'inbound').filter((one) => delay(one) > 500);
      expect(late.length).toBeGreaterThanOrEqual(2);
      expect(ledger.receive.duplicates).toBe(0);
      return 'all delivered, none twice';
    },
  },
];

describeLab('what can befall letters in a real mail system', () => {
  let lab: Lab;
  const lines: FaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Letters', lines);
  });

  test.each(rows.map((row) => [row.name, row] as const))(
    '%s',
    async (_name, row) => {
      lines.push(await proveLetterFault(lab, row));
      expect(lines.at(-1)).toMatchObject({ fault: row.name });
    },
    60_000,
  );

  test('DSN from a remote', async () => {
    const [gate, sink] = await sinkBehind(lab);
    try {
      lines.push(
        await proveLetterFault(lab, {
          name: 'DSN from a remote',
          injected: 'the post office that receives answers 550 5.7.1 to RCPT; Postfix writes a report to the sender',
          stage: { agent: { sink } },
          inject: async () => {
            gate.treat(refuseAtRcpt);
            return async () => gate.treat(null);
          },
          during: (stage) => someSettled(stage, 3, ({ probe }) => probe.outcome === 'bounced'),
          down: ['outbound'],
          recorded({ ledger, told, states }) {
            const bounced = told.filter(({ truth }) =>
              truth?.queued[0]?.attempts.some(({ status }) => status === 'bounced'),
            );
            expect(bounced.length).toBeGreaterThanOrEqual(3);
            for (const { id, outcome, route } of bounced) {
              expect([route, outcome]).toEqual(['outbound', 'bounced']);
              expect(states.get(id)?.failure).toMatchObject({
                enhanced: '5.7.1',
                words: expect.stringContaining('we do not take this'),
              });
            }
            expect([...ledger.send.lost_ids].sort()).toEqual(bounced.map(({ id }) => id).sort());
            return `${bounced.length} bounced with the remote's words, each an exceedance of clause 2a`;
          },
        }),
      );
      expect(lines.at(-1)?.recorded).not.toBe('');
    } finally {
      await gate.close();
    }
  }, 60_000);

  test('message altered on the way', async () => {
    let altered = 0;
    let altering = false;
    const alter = (chunk: Buffer): Buffer => {
      const text = chunk.toString('latin1');
      const body = text.indexOf('\r\n\r\n');
      if (!altering || body < 0 || !/^x-mailwitness/imu.test(text)) return chunk;
      altered++;
      return Buffer.from(text.slice(0, body + 4) + text.slice(body + 4).replaceAll(/[a-z]/gu, 'x'), 'latin1');
    };
    const gate = await openGate(lab.ports.smtp, { alter });
    try {
      lines.push(
        await proveLetterFault(lab, {
          name: 'message altered on the way',
          injected: 'before the MX something rewrites the body and leaves the headers',
          stage: {
            system: { mx: { hosts: [`127.0.0.1:${gate.port}`], helo: 'probe.sink.example', starttls: 'none' } },
          },
          inject: async () => {
            altering = true;
            return async () => void (altering = false);
          },
          during: (stage) => {
            const since = stage.now();
            return someSettled(stage, 3, ({ probe }) => probe.kind === 'inbound' && probe.launchedAt > since);
          },
          recorded() {
            expect(altered).toBeGreaterThanOrEqual(3);
            return 'delivered: the token of the header tells the probe, its delay is measured';
          },
        }),
      );
      expect(lines.at(-1)?.recorded).not.toBe('');
    } finally {
      await gate.close();
    }
  }, 60_000);

  test('a mail loop', async () => {
    const loop = await relayBack(lab);
    try {
      lines.push(
        await proveLetterFault(lab, {
          name: 'a mail loop',
          injected:
            'mail for the mailbox is forwarded to a host that sends it back, until Postfix counts too many hops; what still goes round when that ends comes through',
          stage: { agent: { sink: undefined }, system: { routes: loopRoutes() } },
          inject: () => lab.faults.forward(BOB, 'loop@sink.example'),
          during: (stage) => someSettled(stage, 2, ({ probe }) => probe.outcome === 'bounced'),
          down: ['internal'],
          recorded({ ledger, told, states }) {
            const bounced = told.filter(({ outcome }) => outcome === 'bounced');
            expect(bounced.length).toBeGreaterThanOrEqual(2);
            for (const { id } of bounced) expect(states.get(id)?.failure?.words).toMatch(/too many hops/u);
            expect(told.filter(({ outcome }) => outcome !== 'bounced' && outcome !== 'delivered')).toEqual([]);
            expect(ledger.receive).toMatchObject({ lost: 0 });
            return `${bounced.length} bounced: too many hops`;
          },
        }),
      );
      expect(lines.at(-1)?.recorded).not.toBe('');
    } finally {
      await loop.close();
    }
  }, 60_000);
});

// ---- what the rows are written with ----

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves once so many probes have ended as the condition says. */
async function someSettled(stage: Stage, count: number, condition: (event: Settled) => boolean): Promise<void> {
  const matches = (event: (typeof stage.events)[number]): boolean => event.kind === 'settled' && condition(event);
  const start = stage.now();
  await stage.event(
    `${count} probes ended so`,
    (event): event is Settled =>
      event.kind === 'settled' && stage.events.filter((one) => matches(one) && one.at > start).length >= count,
  );
}

function came(told: readonly Told[], route: string): readonly Told[] {
  return told.filter((one) => one.route === route && one.outcome === 'delivered');
}

function delay({ accepted_at: acceptedAt, visible_at: visibleAt, relayed_at: relayedAt }: Told): number {
  return Math.max(0, (visibleAt ?? relayedAt ?? Number.NaN) - (acceptedAt ?? Number.NaN));
}

/** The agent's sink behind a gate at the port to which Postfix sends. */
async function sinkBehind(lab: Lab): Promise<[Gate, Record<string, unknown>]> {
  const free = await openGate(0);
  const { port } = free;
  await free.close();
  const gate = await openGate(port, { port: lab.ports.sink });
  return [gate, { listen: `127.0.0.1:${port}`, domain: 'sink.example' }];
}

function loopRoutes(): readonly Record<string, unknown>[] {
  const pace = { interval: '1s', timeout: '5s' };
  return [
    { kind: 'inbound', mailbox: 'alice', ...pace },
    { kind: 'internal', mailbox: 'bob', ...pace },
  ];
}

/** A host that sends each letter straight back to the MX, for bob. */
async function relayBack(lab: Lab): Promise<{ close(): Promise<void> }> {
  const transport = createTransport({ host: '127.0.0.1', port: lab.ports.smtp, secure: false, ignoreTLS: true });
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      void tell(again(stream, session.envelope.mailFrom), done);
    },
  });
  async function tell(result: Promise<Error | undefined>, done: (error?: Error) => void): Promise<void> {
    done(await result);
  }
  /** What came back of it: nothing, or the refusal in the words of the MX. */
  async function again(
    stream: AsyncIterable<Buffer>,
    mailFrom: { readonly address: string } | false,
  ): Promise<Error | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const from = mailFrom === false ? '' : mailFrom.address;
    try {
      await transport.sendMail({ envelope: { from, to: BOB }, raw: Buffer.concat(chunks) });
      return undefined;
    } catch (error) {
      const { response = 'no', responseCode = 451 } = error as { response?: string; responseCode?: number };
      return Object.assign(new Error(response.replace(/^\d+ /u, '')), { responseCode });
    }
  }
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(lab.ports.sink, '127.0.0.1', resolve));
  return {
    close: async () => {
      transport.close();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}
