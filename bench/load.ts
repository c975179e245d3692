import { setTimeout as pause } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { configurationFor, KINDS } from './configuration.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { commandsSince, countImapCommands } from './imap-commands.ts';
import { outcomesOf, truthOf, type Outcome } from './outcomes.ts';
import { cpuOfTree, residentOf } from './processes.ts';
import { print, printTable, type Row } from './table.ts';

/** Of each kind, each with a probe a second: 75 probes a second. */
const ROUTES = 25;
/** A minute after its start the agent closes the months that are due, in a thread that comes and goes; V8 has compiled most. */
const WARM_UP_MS = 180_000;
const RUN_MS = 60_000;
const DRAIN_MS = 5_000;
/** How much the mean of the last quarter may lie above that of the second: the heap breathes by so much. */
const FLAT_SHARE = 0.1;

/** 75 probes a second for a minute: nothing lost, the agent not the largest user of CPU, its memory flat. */
export async function load(): Promise<boolean> {
  const lab = await startLab();
  try {
    const commands = countImapCommands(lab);
    const daemon = await startDaemon(configurationFor(lab, { outbound: ROUTES, inbound: ROUTES, internal: ROUTES }));
    try {
      await pause(WARM_UP_MS);
      const [from, cpuBefore, imapBefore] = [Date.now(), cpuOfAll(lab, daemon), commands.read()];
      const resident: number[] = [];
      for (let second = 0; second < RUN_MS / 1_000; second++) {
        await pause(from + second * 1_000 - Date.now());
        resident.push(residentOf(daemon.pid));
      }
      await pause(from + RUN_MS - Date.now());
      const [to, cpuAfter, imapAfter] = [Date.now(), cpuOfAll(lab, daemon), commands.read()];
      await pause(DRAIN_MS);
      const outcomes = outcomesOf(daemon.store, from, to);
      const cpu = cpuAfter.map(({ who, ms }, index) => ({ who, ms: ms - (cpuBefore[index]?.ms ?? 0) }));
      await daemon.stop();
      const imap = [...commandsSince(imapBefore, imapAfter)].map(([name, count]) => `${count} ${name}`).join(', ');
      return report(lab, outcomes, cpu, resident, imap);
    } finally {
      await daemon.stop();
      daemon.clear();
    }
  } finally {
    await lab.stop();
  }
}

interface Cpu {
  readonly who: 'agent' | 'Postfix' | 'Dovecot' | 'this bench';
  readonly ms: number;
}

function cpuOfAll(lab: Lab, daemon: Daemon): readonly Cpu[] {
  const server = (name: string): number => cpuOfTree(Number(readFileSync(path.join(lab.dir, 'pids', name), 'utf8')));
  const { user, system } = process.cpuUsage();
  return [
    { who: 'agent', ms: cpuOfTree(daemon.pid) },
    { who: 'Postfix', ms: server('postfix') },
    { who: 'Dovecot', ms: server('dovecot') },
    { who: 'this bench', ms: (user + system) / 1_000 },
  ];
}

function report(
  lab: Lab,
  outcomes: readonly Outcome[],
  cpu: readonly Cpu[],
  resident: readonly number[],
  imap: string,
): boolean {
  const rows: Row[] = [];
  for (const kind of KINDS) {
    const own = outcomes.filter((outcome) => outcome.kind === kind);
    const delays = own.flatMap(({ acceptedAt, relayedAt, visibleAt }) => {
      const end = kind === 'outbound' ? relayedAt : visibleAt;
      return acceptedAt === null || end === null ? [] : [end - acceptedAt];
    });
    const handing = own.flatMap(({ acceptedAt, launchedAt }) => (acceptedAt === null ? [] : [acceptedAt - launchedAt]));
    rows.push({ figure: `${kind}: launch to 250`, unit: 'ms', values: handing });
    rows.push({ figure: `${kind}: delay`, unit: 'ms', values: delays });
    if (kind === 'outbound') continue;
    const errors = own.flatMap((outcome) => {
      const savedAt = truthOf(lab, outcome)?.savedAt;
      return savedAt === undefined || outcome.visibleAt === null ? [] : [Math.abs(outcome.visibleAt - savedAt)];
    });
    rows.push({ figure: `${kind}: \\|visible - saved\\|`, unit: 'ms', values: errors });
  }
  printTable(rows);

  const came = outcomes.filter(({ outcome }) => outcome === 'relayed' || outcome === 'delivered').length;
  const due = (3 * ROUTES * RUN_MS) / 1_000;
  // A timer that is late at either end of the minute moves a probe of each route over it.
  const whole = outcomes.length >= due * 0.99 && came === outcomes.length;
  const copies = outcomes.filter((outcome) => outcome.copies > 1).length;
  const agent = cpu.find(({ who }) => who === 'agent')?.ms ?? Infinity;
  const notLargest = cpu.some(({ who, ms }) => who !== 'this bench' && ms > agent);
  const [second, last] = [mean(quarter(resident, 1)), mean(quarter(resident, 3))];
  const flat = last <= second * (1 + FLAT_SHARE);
  const everyTenth = resident.filter((_, index) => index % 10 === 9).map((mib) => mib.toFixed(0));
  console.log(`
| figure | found | target | met |
| --- | --- | --- | --- |
| probes launched, come out, more than once | ${outcomes.length}, ${came}, ${copies} | ${due} due, all come out | ${yes(whole)} |
| CPU in ${RUN_MS / 1_000} s | ${cpu.map(({ who, ms }) => `${who} ${print(ms / 1_000)} s`).join(', ')} | agent not the largest | ${yes(notLargest)} |
| agent's CPU a probe | ${print(agent / outcomes.length)} ms | | |
| agent's RSS at 10, 20 ... 60 s | ${everyTenth.join(', ')} MiB | flat: last quarter at most ${FLAT_SHARE * 100} % above the second | ${yes(flat)} |
| IMAP commands | ${imap} | | |`);
  return whole && notLargest && flat;
}

const yes = (met: boolean): string => (met ? 'yes' : '**no**');
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const quarter = (values: readonly number[], index: number): readonly number[] =>
  values.slice((values.length * index) / 4, (values.length * (index + 1)) / 4);
