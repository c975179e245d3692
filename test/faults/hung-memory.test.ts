import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { parseSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { entriesOf } from '../../src/entries.ts';
import { createHandClock } from '../../src/lib/hand-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MINUTE, SECOND } from '../../src/lib/time.ts';
import { startMeasuring } from '../../src/measuring.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import { createTimetable } from '../../src/schedule/timetable.ts';
import { openStore } from '../../src/store/store.ts';
import { createUndo } from '../../src/undo.ts';
import { startBlackHole } from '../support/black-hole.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { holds } from './mail-system-truth.ts';

const lines: OwnFaultLine[] = [];
afterAll(() => writeFaults('Own faults: memory (a simulated hour)', lines));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is held, after the garbage is gone. */
interface Held {
  readonly heapMib: number;
  readonly sockets: number;
  readonly files: number;
}

function held(): Held {
  collect();
  return {
    heapMib: process.memoryUsage().heapUsed / 2 ** 20,
    sockets: process.getActiveResourcesInfo().filter((name) => /^(?:TCP|TLS)/u.test(name)).length,
    files: readdirSync('/proc/self/fd').length,
  };
}

const SYSTEMS = 4;
const STEP = 2 * SECOND;

test(
  'an hour of mail systems that take every connection and answer nothing leaves memory and handles flat',
  { timeout: 400_000 },
  async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-hung-'));
    const mute = fork(new URL('mute-servers.mjs', import.meta.url));
    const hole = await startBlackHole('127.0.0.1');
    const undo = createUndo();
    undo.push(() => rmSync(dir, { recursive: true }));
    undo.push(() => hole.close());
    undo.push(() => mute.disconnect());
    try {
      const [ports] = (await once(mute, 'message')) as [{ mute: number; dot: number }];
      const file = path.join(dir, 'store.db');
      const settings = settingsOf(file, { ...ports, hole: hole.port });
      const before = held();

      // All that waits in the agent waits by this clock; its sockets are real.
      const clock = createHandClock(1_800_000_000_000);
      const stopping = new AbortController();
      const store = await openStore({ path: file, vantage: 'test', now: clock.now() });
      const ends = createUndo();
      ends.push(() => store.close(clock.now()));
      const counts = { sent: 0, visits: 0, uncertain: 0 };
      const { agent, works } = await startMeasuring({
        ...{ settings, clock, store, signal: stopping.signal, log: silentLog, undo: ends, lagMs: () => 0 },
        listeners: [(event) => count(event, counts)],
      });
      const timetable = createTimetable({
        clock,
        entries: entriesOf(works, agent, stopping.signal, () => {}),
        failed: (name, error) => expect.fail(`${name}: ${String(error)}`),
      });
      ends.push(() => timetable.stop());
      ends.push(() => stopping.abort());
      timetable.start();

      const looks: Held[] = [];
      for (let minute = 0; minute < 60; minute++) {
        for (let passed = 0; passed < MINUTE; passed += STEP) {
          await clock.advance(STEP);
          agent.settle();
          // The other side has to have its turn as well, and so has the disk.
          await pause(2);
          await agent.flush();
        }
        if (minute % 5 === 4) looks.push(held());
      }
      const open = [...agent.openProbes()].length;
      mute.send('count');
      const [taken] = (await once(mute, 'message')) as [{ mute: number; dot: number }];
      const state = { ended: false };
      const end = ends.all().finally(() => (state.ended = true));
      while (!state.ended) {
        await clock.advance(SECOND);
        await pause(1);
      }
      await end;

      expect(counts.sent).toBeGreaterThan(3_000);
      expect(counts.visits).toBeGreaterThan(1_000);
      expect(counts.uncertain).toBeGreaterThan(100);
      expect(taken.mute).toBeGreaterThan(2_000);
      expect(taken.dot).toBeGreaterThan(500);
      // Open are at most those of the time in which they are looked for, whatever the hour.
      expect(open).toBeLessThan(3 * SYSTEMS * 6 * 25);
      // From the half hour on, when all that is kept for a while is kept: no growth but a heap's own breath.
      const most = (of: (look: Held) => number): number => Math.max(...looks.slice(5, 8).map(of));
      const least = (of: (look: Held) => number): number => Math.min(...looks.slice(-3).map(of));
      const told = JSON.stringify({ before, looks });
      holds(least(({ heapMib }) => heapMib) < most(({ heapMib }) => heapMib) + 5, told);
      // Those of the visits, launches and watchers under way, which come and go: as many as before, or fewer.
      holds(least(({ sockets }) => sockets) <= most(({ sockets }) => sockets), told);
      holds(least(({ files }) => files) <= most(({ files }) => files), told);
      await expect.poll(() => held().sockets).toBeLessThanOrEqual(before.sockets);
      await expect.poll(() => held().files).toBeLessThanOrEqual(before.files);
      lines.push({
        fault: 'mail systems that take every connection and answer nothing, for an hour',
        injected: [
          `${SYSTEMS} of them: real sockets at servers that say nothing, that drop each SYN, that stop after the last dot;`,
          `the hour is simulated: the agent's clock is moved by hand`,
        ].join(' '),
        recorded: [
          `${counts.sent} launches, ${counts.visits} visits;`,
          `heap ${most(({ heapMib }) => heapMib).toFixed(1)} MiB at the half hour,`,
          `${least(({ heapMib }) => heapMib).toFixed(1)} MiB at its end; ${open} probes open;`,
          'no socket or file is left over',
        ].join(' '),
        unmeasuredS: undefined,
      });
    } finally {
      await undo.all();
    }
  },
);

function count(event: AgentEvent, counts: { sent: number; visits: number; uncertain: number }): void {
  if (event.kind === 'sent') counts.sent++;
  if (event.kind === 'sent' && event.result.kind === 'uncertain') counts.uncertain++;
  if (event.kind === 'sampled') counts.visits += event.visits.length;
}

/** Systems by turns with TLS and without it, with an MX that takes letters up to the last dot and one that is not to be reached. */
function settingsOf(store: string, ports: { mute: number; dot: number; hole: number }): Settings {
  const host = '127.0.0.1';
  const systems = Array.from({ length: SYSTEMS }, (_, n) => {
    const isPlain = n % 2 === 0;
    const at = { host, port: ports.mute, tls: isPlain ? 'none' : 'implicit' };
    const pace = { interval: '10s', timeout: '60s' };
    return {
      name: `hung${n}`,
      submission: { ...at, user: 'probe@hung.example', password: 'secret' },
      mx: { hosts: [`${host}:${isPlain ? ports.dot : ports.hole}`], helo: 'probe.sink.example' },
      imap: at,
      pop3: at,
      webmail: { url: `https://${host}:${ports.mute}/`, text: 'Log in' },
      mailboxes: ['imap', 'pop3'].map((watch) => ({
        ...{ name: watch, address: `${watch}@hung.example`, password: 'secret', watch },
      })),
      routes: [
        { kind: 'outbound', ...pace },
        { kind: 'inbound', mailbox: 'imap', ...pace },
        { kind: 'internal', mailbox: 'pop3', ...pace },
      ],
      checks: ['submission', 'mx', 'imap', 'pop3', 'webmail'].map((kind) => ({
        kind,
        interval: '15s',
        timeout: '30s',
      })),
      reach_within: '5m',
      lost_after: '10m',
    };
  });
  const sink = { listen: `${host}:0`, domain: 'sink.example' };
  const agent = { vantage: 'test', store, listen: `${host}:0`, witnesses: [], address_family: 'ipv4-only', sink };
  const settings = parseSettings(JSON.stringify({ agent, systems }), {
    file: 'hung.json',
    folder: process.cwd(),
    env: {},
  });
  // The shortest that can be configured is a day, and what is looked for is kept until then.
  return { ...settings, systems: settings.systems.map((system) => ({ ...system, watch: 20 * MINUTE })) };
}
