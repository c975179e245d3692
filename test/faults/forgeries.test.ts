import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokens, newProbeId, TOKEN_HEADER } from '../../src/probe/token.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { count } from '../lab/dialogue.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { killAll, rowsOf, startAgent, type AgentProcess } from './agent-process.ts';
import { badTime, duplicatesIn, probesIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';

describeLab('mail that looks like ours', () => {
  let lab: Lab;
  let agent: AgentProcess;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
    agent = await startAgent(lab, { name: 'forged' });
  });
  afterAll(async () => {
    await killAll();
    await lab?.stop();
    writeFaults('Own faults: mail that looks like ours', lines);
  });

  /** A letter from a stranger to a mailbox under watch, with that header; returns its Message-ID. */
  async function send(token: string, to = lab.users.alice.address): Promise<string> {
    const transport = createTransport({ host: '127.0.0.1', port: lab.ports.smtp, tls: { ca: lab.ca } });
    const messageId = `<${newProbeId()}@stranger.example>`;
    await transport.sendMail({
      from: 'a@stranger.example',
      to,
      messageId,
      subject: 'x',
      text: 'x',
      headers: { [TOKEN_HEADER]: token },
    });
    transport.close();
    return messageId;
  }

  async function counted(what: string, place = 'mailbox'): Promise<number> {
    const text = await (await fetch(`${agent.page}metrics`)).text();
    const line = text
      .split('\n')
      .find(
        (it) =>
          it.startsWith('mailwitness_foreign_mail_total{') && it.includes(`"${place}"`) && it.includes(`"${what}"`),
      );
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  const refused = (what: string) => agent.said((line) => line['msg'] === 'not ours: ignored' && line['what'] === what);

  test(
    'forged, foreign and malformed tokens are counted, taken for no probe, and left where they are',
    { timeout: 60_000 },
    async () => {
      await agent.said((line) => line['msg'] === 'probe ended' && line['route'] === 'inbound');
      const [meta] = rowsOf<{ instance: string; key: Buffer }>(agent.store, 'SELECT instance, key FROM meta');
      const probe = {
        id: newProbeId(),
        system: 'lab',
        route: 'inbound',
        kind: 'inbound',
        mailbox: 'alice',
        launchedAt: Date.now(),
      } as const;
      const other = createTokens({ instance: meta?.instance ?? '', key: Buffer.alloc(32, 7) });
      const stranger = createTokens({ instance: 'stranger', key: Buffer.alloc(32, 7) });
      const letters = [await send(other.sign(probe)), await send(stranger.sign(probe)), await send('v=1; nothing')];
      await Promise.all(['forged', 'other-instance', 'malformed'].map(refused));
      for (const what of ['forged', 'other-instance', 'malformed']) expect(await counted(what)).toBe(1);
      for (const letter of letters) expect(await count(lab, lab.users.alice, letter)).toBe(1);
      expect(probesIn(agent.store).filter(({ id }) => id === probe.id)).toEqual([]);
    },
  );

  test(
    'a token of ours that was signed for another system is counted, and left to that system',
    { timeout: 60_000 },
    async () => {
      const [meta] = rowsOf<{ instance: string; key: Buffer }>(agent.store, 'SELECT instance, key FROM meta');
      const own = createTokens({ instance: meta?.instance ?? '', key: meta?.key ?? Buffer.alloc(0) });
      const probe = {
        id: newProbeId(),
        system: 'another',
        route: 'inbound',
        kind: 'inbound',
        mailbox: 'alice',
        // By an earlier run, as far as this one can tell: what it did not launch itself since it began is another agent's.
        launchedAt: Date.now() - 3_600_000,
      } as const;
      const from = agent.lines.length;
      const letter = await send(own.sign(probe));
      await refused('other-system');
      await agent.saidTimes(2, (line) => line['msg'] === 'probe ended' && line['route'] === 'inbound', from);
      expect(await count(lab, lab.users.alice, letter)).toBe(1);
      expect(await counted('other-system')).toBe(1);
      expect(probesIn(agent.store).filter(({ id }) => id === probe.id)).toEqual([]);
    },
  );

  test(
    'at the sink an address that is not signed is refused, and one that was used is counted as replayed',
    { timeout: 60_000 },
    async () => {
      const last = await agent.said((line) => line['msg'] === 'probe ended' && line['outcome'] === 'relayed');
      const settled = probesIn(agent.store).find(({ id }) => id === last['probe']);
      const used = lab.truth
        .all()
        .flatMap(({ queued }) => queued.flatMap(({ attempts }) => attempts))
        .map(({ recipient }) => recipient.replace(/^<|>$/gu, ''))
        .find((recipient) => recipient.startsWith(`${settled?.id ?? 'none'}-`));
      if (settled === undefined || used === undefined) throw new Error('no probe came to the sink');
      const strangers = await counted('stranger', 'sink');
      const forged = createTokens({ instance: 'a', key: Buffer.alloc(32, 7) }).sinkAddress(settled.id, 'sink.example');
      await expect(sendToSink(forged)).rejects.toMatchObject({ responseCode: 550 });
      expect(await counted('stranger', 'sink')).toBe(strangers + 1);
      const from = agent.lines.length;
      await sendToSink(used);
      await agent.said((line) => line['what'] === 'replayed' && line['place'] === 'sink', from);
      expect(await counted('replayed', 'sink')).toBe(1);
      await agent.saidTimes(2, (line) => line['msg'] === 'probe ended' && line['outcome'] === 'relayed', from);
      expect(probesIn(agent.store).filter(({ id }) => id === settled.id)).toEqual([settled]);
    },
  );

  /** A letter from a stranger straight to the sink. */
  async function sendToSink(to: string): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: lab.ports.sink, tls: { rejectUnauthorized: false } });
    try {
      await transport.sendMail({ from: 'a@stranger.example', to, subject: 'x', text: 'x' });
    } finally {
      transport.close();
    }
  }

  test(
    'a token that is played again is counted as such, and changes nothing of its probe nor of the report',
    { timeout: 60_000 },
    async () => {
      const [meta] = rowsOf<{ instance: string; key: Buffer }>(agent.store, 'SELECT instance, key FROM meta');
      const own = createTokens({ instance: meta?.instance ?? '', key: meta?.key ?? Buffer.alloc(0) });
      await agent.said((line) => line['msg'] === 'probe ended' && line['route'] === 'inbound', agent.lines.length);
      const settled = probesIn(agent.store).find(({ kind, outcome }) => kind === 'inbound' && outcome === 'delivered');
      if (settled === undefined) throw new Error('no probe was delivered');
      const probe = {
        id: settled.id,
        system: 'lab',
        route: 'inbound',
        kind: 'inbound',
        mailbox: 'alice',
        launchedAt: settled.launched,
      } as const;
      const from = agent.lines.length;
      await send(own.sign(probe));
      // To another mailbox, too, which that token does not name.
      const elsewhere = await send(own.sign(probe), lab.users.bob.address);
      const replayed = (line: Readonly<Record<string, unknown>>): boolean =>
        line['msg'] === 'not ours: ignored' && line['what'] === 'replayed';
      await agent.saidTimes(2, replayed, from);
      expect(await counted('replayed')).toBe(2);
      expect(await count(lab, lab.users.bob, elsewhere)).toBe(1);
      expect(agent.lines.filter((line) => line['meaning'] === 'duplicate')).toEqual([]);
      expect(await agent.stop()).toBe(0);
      expect(probesIn(agent.store).filter(({ id }) => id === settled.id)).toEqual([settled]);
      expect(
        rowsOf(
          agent.store,
          'SELECT s.meaning FROM sightings s JOIN probes p ON p.n = s.probe WHERE p.id = ?',
          settled.id,
        ),
      ).toEqual([]);
      expect(badTime(agent.store)).toEqual([]);
      expect(duplicatesIn(agent.store)).toEqual([]);
      lines.push(
        nothingBooked(agent.store, {
          fault: 'forged, foreign, malformed, replayed tokens, and one of another system',
          injected: 'letters of a stranger to the mailboxes under watch, and to the sink itself',
          recorded: 'each is counted, taken for no probe, and left where it is',
        }),
      );
    },
  );
});
