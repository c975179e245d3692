import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import type { MessageTruth } from '../lab/truth.ts';
import { killAll, spawnAgent, startAgent, type AgentPlan, type AgentProcess, type LogLine } from './agent-process.ts';
import { badTime, gapMs, overlapsIn, probesIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';

const accepted = (line: LogLine): boolean => line['msg'] === 'probe accepted';
const ended = (line: LogLine): boolean => line['msg'] === 'probe ended';
const relayed = (line: LogLine): boolean => ended(line) && line['outcome'] === 'relayed';

/** The agent's clock goes by the monotonic one, a log by the wall's: no farther apart than this, or it is a jump. */
const CLOCKS_MS = 250;
const POLL = { timeout: 60_000 };
const CLOSING = fileURLToPath(new URL('closing-sink.mjs', import.meta.url));

describeLab('our own post office', () => {
  let lab: Lab;
  const sockets = new Set<Socket>();
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await killAll();
    await lab.faults.clear();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Own faults: the sink', lines);
  });

  const outbound: AgentPlan['system'] = { routes: [{ kind: 'outbound', interval: '1s' }], checks: [] };

  /** A connection to the sink from an address of its own, so that it shares no limit with the mail system. */
  function open(from: string, onData: (text: string, socket: Socket) => void = () => {}): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect({ port: lab.ports.sink, host: '127.0.0.1', localAddress: from });
      sockets.add(socket);
      socket.on('error', () => resolve(socket));
      socket.on('close', () => {
        sockets.delete(socket);
        resolve(socket);
      });
      socket.on('connect', () => resolve(socket));
      socket.on('data', (data) => onData(data.toString(), socket));
    });
  }

  const residentMib = ({ pid }: AgentProcess): number =>
    Number(/^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

  /**
   * Contacts that lie where the mail system's own log says they cannot, in words: before the letter was in its queue, or
   * after its first attempt had ended. How busy the machine is moves both, but never one past the other.
   */
  async function untrue(agent: AgentProcess): Promise<string[]> {
    const words: string[] = [];
    for (const { id, outcome, relayed: at } of probesIn(agent.store)) {
      if (outcome !== 'relayed' || at === null) continue;
      const tried = ({ queued }: MessageTruth): boolean => queued.some(({ attempts }) => attempts.length > 0);
      const truth = await lab.truth.until(`<mailwitness.${id}@${lab.domain}>`, tried, 30_000);
      const [from, to] = [truth.acceptedAt ?? NaN, truth.queued[0]?.attempts[0]?.endedAt ?? NaN];
      if (at >= from - CLOCKS_MS && at <= to + CLOCKS_MS) continue;
      words.push(
        `${id}: ${(at - from).toFixed(0)} ms after it was queued, ${(at - to).toFixed(0)} ms after the attempt`,
      );
    }
    return words;
  }

  test('whose port is taken: the agent says which and what to do, and ends', { timeout: 30_000 }, async () => {
    const first = await startAgent(lab, { name: 'first', system: outbound });
    const second = spawnAgent(lab, { name: 'second', system: outbound });
    expect(await second.ended).not.toBe(0);
    const words = second.err().trim().split('\n').at(-1) ?? '';
    expect(words).toMatch(/sink/u);
    expect(words).toMatch(/another program listens there/u);
    expect(words).toContain(String(lab.ports.sink));
    await first.saidTimes(2, relayed, first.lines.length);
    expect(await first.stop()).toBe(0);
    expect(badTime(first.store)).toEqual([]);
    lines.push(
      nothingBooked(first.store, {
        fault: "the sink's port is taken",
        injected: 'by another agent, which has it already',
        recorded: 'the second one says so and ends; the first goes on',
      }),
    );
  });

  test(
    'away while the mail system queues for it: no delay is booked, also after the restart',
    { timeout: 90_000 },
    async () => {
      const plan = { name: 'away', system: outbound };
      const before = await startAgent(lab, plan);
      await before.saidTimes(2, relayed);
      const release = await lab.faults.hold('all');
      const held = await before.said(accepted, before.lines.length);
      expect(await before.stop()).toBe(0);
      await release();
      // The mail system has tried, found nobody, and put it off.
      const messageId = `<mailwitness.${String(held['probe'])}@${lab.domain}>`;
      await lab.truth.until(
        messageId,
        ({ queued }) => queued.some(({ attempts }) => attempts.some(({ status }) => status === 'deferred')),
        20_000,
      );
      const after = await startAgent(lab, plan);
      await after.said((line) => line['msg'] === 'unmeasured' && line['why'] === 'sink');
      await after.saidTimes(3, relayed, after.lines.length);
      expect(await after.stop()).toBe(0);
      const late = probesIn(after.store).find(({ id }) => id === held['probe']);
      expect(late?.outcome).toBe('void');
      expect(await untrue(after)).toEqual([]);
      expect(badTime(after.store)).toEqual([]);
      expect(overlapsIn(after.store)).toEqual([]);
      expect(gapMs(after.store, 'sink')).toBeGreaterThan(0);
      lines.push(
        nothingBooked(after.store, {
          fault: 'agent and sink away while the mail system queues',
          injected:
            'the agent is stopped with a letter in the queue, which Postfix tries and puts off, and started again',
          recorded: 'that letter is void, those after it are not',
        }),
      );
    },
  );

  test(
    'that alone falls away while the agent runs: what the mail system queues meanwhile is void, and all else is measured on',
    { timeout: 120_000 },
    async () => {
      const agent = await startAgent(lab, {
        name: 'sink-alone',
        env: { NODE_OPTIONS: `--import=${CLOSING}`, SINK_PORT: String(lab.ports.sink) },
      });
      await agent.saidTimes(2, relayed);
      const fellAt = Date.now();
      const from = agent.lines.length;
      agent.program.child.kill('SIGUSR2');
      // Before the agent listens anew: whoever has the port now takes nothing.
      const squatter = await squat(lab.ports.sink);
      const queued = await agent.said((line) => accepted(line) && line['route'] === 'outbound', agent.lines.length);
      const messageId = `<mailwitness.${String(queued['probe'])}@${lab.domain}>`;
      await lab.truth.until(
        messageId,
        ({ queued: tries }) => tries.some(({ attempts }) => attempts.some(({ status }) => status === 'deferred')),
        30_000,
      );
      // Nothing else is touched.
      for (const check of ['submission', 'mx', 'imap'])
        await agent.said((line) => line['msg'] === 'good' && line['check'] === check, agent.lines.length);
      await agent.saidTimes(2, (line) => ended(line) && line['outcome'] === 'delivered', agent.lines.length);
      await new Promise((resolve) => squatter.close(resolve));
      const backAt = Date.now();
      await agent.said((line) => line['msg'] === 'the sink listens again', from);
      await agent.said((line) => line['msg'] === 'unmeasured' && line['why'] === 'sink', from);
      await agent.saidTimes(3, relayed, agent.lines.length);
      expect(await agent.stop()).toBe(0);
      expect(probesIn(agent.store).find(({ id }) => id === queued['probe'])?.outcome).toBe('void');
      expect(await untrue(agent)).toEqual([]);
      expect(badTime(agent.store)).toEqual([]);
      expect(overlapsIn(agent.store)).toEqual([]);
      expect(gapMs(agent.store, 'sink')).toBeGreaterThan(backAt - fellAt - 2_000);
      lines.push(
        nothingBooked(agent.store, {
          fault: 'the sink alone falls away while the agent runs',
          injected: 'its listener is closed and its port taken, until Postfix has put a letter off',
          recorded: 'that letter is void; it listens anew by itself; the other routes and the checks go on',
          trueS: [(backAt - fellAt) / 1_000, (backAt - fellAt) / 1_000],
        }),
      );
    },
  );

  test(
    'flooded by 10,000 connections, endless letters and slow talkers stays bounded, and probes come through',
    { timeout: 240_000 },
    async () => {
      const agent = await startAgent(lab, {
        name: 'flooded',
        agent: {
          log_level: 'debug',
          sink: {
            listen: `127.0.0.1:${lab.ports.sink}`,
            domain: 'sink.example',
            max_size: '1MB',
            max_connections: 200,
            max_connections_per_address: 40,
            timeout: '5s',
          },
        },
        system: outbound,
      });
      await agent.saidTimes(2, relayed);
      const calm = residentMib(agent);
      const floodAt = agent.lines.length;

      // Those who say nothing but a byte now and then, from one address: more of them than may be there at once.
      let turnedAway = 0;
      const talkers = Array.from({ length: 60 }, async () => {
        const socket = await open('127.0.0.2', (text) => void (turnedAway += text.startsWith('421 ') ? 1 : 0));
        const drip = setInterval(() => void (socket.writable && socket.write('E')), 200);
        socket.on('close', () => clearInterval(drip));
      });
      await Promise.all(talkers);
      // A letter without end to an address that the sink believes: a recipient of ours that a mail system has seen.
      const known =
        lab.truth
          .all()
          .flatMap(({ queued }) => queued.flatMap(({ attempts }) => attempts))
          .find(({ agent: by }) => by === 'smtp')?.recipient ?? '';
      expect(known).toMatch(/@sink\.example$/u);
      const endless = endlessLetter(known.replace(/^<|>$/gu, ''));
      // Connections by the thousand, four hundred at a time; none goes before the sink sends it away.
      let sentAway = 0;
      let opened = 0;
      for (let batch = 0; batch < 25; batch++) {
        const some = await Promise.all(
          Array.from({ length: 400 }, () =>
            open('127.0.0.3', (text) => void (sentAway += text.startsWith('421 ') ? 1 : 0)),
          ),
        );
        opened += some.length;
      }
      expect(opened).toBe(10_000);
      // Each probe that the mail system took meanwhile came through, and those after it do.
      const meanwhile = agent.lines.slice(floodAt).flatMap((line) => (accepted(line) ? [line['probe']] : []));
      expect(meanwhile.length).toBeGreaterThan(0);
      for (const id of meanwhile) await agent.said((line) => ended(line) && line['probe'] === id);
      await agent.saidTimes(3, relayed, agent.lines.length);

      const sent = await endless;
      expect(sent).toBeLessThan(200 * 2 ** 20);
      expect(turnedAway).toBeGreaterThanOrEqual(60 - 40);
      // Each was sent away at once, or held one of forty places for as long as a place may be held.
      await expect.poll(() => [...sockets].filter((it) => it.localAddress === '127.0.0.3').length, POLL).toBe(0);
      expect(sentAway).toBeGreaterThan(5_000);
      expect(residentMib(agent)).toBeLessThan(calm + 200);
      await agent.said((line) => line['what'] === 'limit', floodAt);
      expect(await agent.stop()).toBe(0);

      const outcomes = new Map(probesIn(agent.store).map(({ id, outcome }) => [id, outcome]));
      // Void is right where our own loop was seen to stand still, and nowhere else.
      const stalled = gapMs(agent.store, 'overload') > 0;
      const wrong = meanwhile
        .map((id) => outcomes.get(String(id)))
        .filter((it) => it !== 'relayed' && !(stalled && it === 'void'));
      expect(wrong).toEqual([]);
      expect(badTime(agent.store)).toEqual([]);
      expect(await untrue(agent)).toEqual([]);
      lines.push(
        nothingBooked(agent.store, {
          fault: 'the sink flooded',
          injected: `${opened} connections, a letter of 1 GiB, 60 connections of a byte each 0.2 s`,
          recorded: `${sentAway + turnedAway} sent away with 421, the letter cut after ${(sent / 2 ** 20).toFixed(0)} MiB of the sender's; ${meanwhile.length} probes that were accepted meanwhile came through`,
        }),
      );
    },
  );

  test('full of strangers keeps places for the mail system: its probes come through', { timeout: 60_000 }, async () => {
    const agent = await startAgent(lab, {
      name: 'full-of-strangers',
      agent: {
        sink: {
          listen: `127.0.0.1:${lab.ports.sink}`,
          domain: 'sink.example',
          max_connections: 30,
          max_connections_per_address: 10,
          timeout: '1h',
        },
      },
      system: outbound,
    });
    await agent.saidTimes(2, relayed);
    for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) for (let n = 0; n < 10; n++) await open(address);
    const full = agent.lines.length;
    await agent.saidTimes(3, relayed, full);
    expect(await agent.stop()).toBe(0);
    expect(await untrue(agent)).toEqual([]);
    expect(badTime(agent.store)).toEqual([]);
    lines.push(
      nothingBooked(agent.store, {
        fault: 'the sink full of strangers',
        injected: '30 connections that say nothing, where there are 30 places',
        recorded: 'those of the mail system are kept for it: its probes come through',
      }),
    );
  });

  /** Somebody else listens there as soon as that is to be had, and hangs up on whoever comes. */
  async function squat(port: number): Promise<Server> {
    for (;;) {
      const server = createServer((socket) => socket.destroy());
      const listens = await new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1', () => resolve(true));
      });
      if (listens) return server;
      await pause(5);
    }
  }

  /** Would send a gigabyte; resolves with how much of it was taken before it was cut off. */
  async function endlessLetter(to: string): Promise<number> {
    const block = Buffer.alloc(64 * 1_024, 'x'.repeat(62) + '\r\n');
    let sent = 0;
    let step = 0;
    const lines = ['EHLO flood.example', 'MAIL FROM:<a@flood.example>', `RCPT TO:<${to}>`, 'DATA'];
    const socket = await open('127.0.0.4', (text, it) => {
      if (!/^\d{3} /mu.test(text)) return;
      if (step < lines.length) it.write(`${lines[step++] ?? ''}\r\n`);
      else if (step++ === lines.length) void pour(it);
    });
    async function pour(it: Socket): Promise<void> {
      while (it.writable && sent < 2 ** 30) {
        sent += block.length;
        if (!it.write(block)) await Promise.race([new Promise((resolve) => it.once('drain', resolve)), pause(50)]);
      }
    }
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    expect(sent).toBeGreaterThan(0);
    return sent;
  }
});
