import { setTimeout as pause } from 'node:timers/promises';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { configurationFor, KINDS, type RouteKind } from './configuration.ts';
import { startDaemon } from './daemon.ts';
import { readHandoffs } from './handoffs.ts';
import { commandsSince, countImapCommands, type ImapCommands } from './imap-commands.ts';
import { outcomesOf, truthOf, type Outcome } from './outcomes.ts';
import { cpuOfTree, residentOf } from './processes.ts';
import { print, printTable, type Row } from './table.ts';

const PROBES = 200;
/** Of the kind that is measured, each with a probe a second: mostly one by one. */
const ROUTES = 5;
/** A daemon runs for months, and V8's compiler is busy with its first minutes: see README.md. */
const WARM_UP_MS = 240_000;
const DRAIN_MS = 2_000;
const IDLE_MS = 15_000;
/** For 25 s after its start V8 collects what the start has left: 18 ms a second, and 3 ms from then on. */
const IDLE_WARM_UP_MS = 40_000;
const MAX_IMAP_COMMANDS = 4;
const MAX_CPU_MS = 8;

interface Costs {
  readonly imapCommands: number;
  readonly cpuMs: number;
  readonly byName: string;
}

/** The instants that the agent writes down against those in the logs of Postfix and Dovecot, and what they cost it. */
export async function accuracy(): Promise<boolean> {
  const only = process.env['BENCH_KINDS']?.split(',');
  const asked = KINDS.filter((kind) => only === undefined || only.includes(kind));
  const lab = await startLab();
  try {
    const commands = countImapCommands(lab);
    const rows: Row[] = [];
    const costs: Row[] = [];
    for (const kind of asked) {
      const { outcomes, cost } = await measure(lab, kind, commands);
      rows.push(...(kind === 'outbound' ? contactRows(lab, outcomes) : visibleRows(lab, kind, outcomes)));
      costs.push(...costRows(kind, cost));
      console.error(`${kind}: ${outcomes.length} probes; IMAP commands: ${cost.byName || 'none'}`);
    }
    return printTable([...rows, ...costs, ...(await idleRows(lab))]);
  } finally {
    await lab.stop();
  }
}

async function measure(
  lab: Lab,
  kind: RouteKind,
  commands: ImapCommands,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly cost: Costs }> {
  const daemon = await startDaemon(configurationFor(lab, { [kind]: ROUTES }));
  try {
    await pause(WARM_UP_MS);
    const [from, cpuBefore, imapBefore] = [Date.now(), cpuOfTree(daemon.pid), commands.read()];
    await pause((PROBES / ROUTES) * 1_000);
    const [to, cpuAfter, imapAfter] = [Date.now(), cpuOfTree(daemon.pid), commands.read()];
    await pause(DRAIN_MS);
    const outcomes = outcomesOf(daemon.store, from, to);
    await daemon.stop();
    const used = commandsSince(imapBefore, imapAfter);
    const imapCommands = [...used.values()].reduce((sum, count) => sum + count, 0) / outcomes.length;
    const byName = [...used].map(([name, count]) => `${count} ${name}`).join(', ');
    return { outcomes, cost: { imapCommands, cpuMs: (cpuAfter - cpuBefore) / outcomes.length, byName } };
  } finally {
    await daemon.stop();
    daemon.clear();
  }
}

/** An agent that has nothing to do: its share in the CPU of the others, and its memory. */
async function idleRows(lab: Lab): Promise<readonly Row[]> {
  const daemon = await startDaemon(configurationFor(lab, { internal: 1 }, '1d'));
  try {
    await pause(IDLE_WARM_UP_MS);
    const before = cpuOfTree(daemon.pid);
    await pause(IDLE_MS);
    const perSecond = ((cpuOfTree(daemon.pid) - before) / IDLE_MS) * 1_000;
    return [
      { figure: "idle agent's CPU a second", unit: 'ms', values: [perSecond] },
      { figure: "idle agent's RSS", unit: 'MiB', values: [residentOf(daemon.pid)] },
    ];
  } finally {
    await daemon.stop();
    daemon.clear();
  }
}

function contactRows(lab: Lab, outcomes: readonly Outcome[]): readonly Row[] {
  const handoff = readHandoffs(lab);
  const errors = outcomes.flatMap((outcome) => {
    const truth = truthOf(lab, outcome);
    const at = truth === undefined ? null : handoff(truth);
    return at === null || outcome.relayedAt === null ? [] : [outcome.relayedAt - at];
  });
  const delays = outcomes.flatMap(({ relayedAt, acceptedAt }) =>
    relayedAt === null || acceptedAt === null ? [] : [relayedAt - acceptedAt],
  );
  return [
    {
      figure: 'outbound: \\|first contact - log\\|',
      unit: 'ms',
      values: errors.map(Math.abs),
      target: { p50: 1, p99: 5 },
    },
    { figure: 'outbound: first contact - log', unit: 'ms', values: errors },
    { figure: 'outbound: send delay', unit: 'ms', values: delays },
  ];
}

function visibleRows(lab: Lab, kind: RouteKind, outcomes: readonly Outcome[]): readonly Row[] {
  const errors = outcomes.flatMap((outcome) => {
    const savedAt = truthOf(lab, outcome)?.savedAt;
    return savedAt === undefined || outcome.visibleAt === null ? [] : [outcome.visibleAt - savedAt];
  });
  // What was not seen before its 250 needs no earlier question: no delay begins before that.
  const bounds = outcomes.flatMap(({ visibleAt, unseenUntil, acceptedAt }) =>
    visibleAt === null || acceptedAt === null ? [] : [visibleAt - Math.max(unseenUntil ?? 0, acceptedAt)],
  );
  const delays = outcomes.flatMap(({ visibleAt, acceptedAt }) =>
    visibleAt === null || acceptedAt === null ? [] : [visibleAt - acceptedAt],
  );
  return [
    { figure: `${kind}: \\|visible - saved\\|`, unit: 'ms', values: errors.map(Math.abs), target: { p50: 3, p99: 15 } },
    { figure: `${kind}: visible - saved`, unit: 'ms', values: errors },
    { figure: `${kind}: error bound of the delay`, unit: 'ms', values: bounds },
    { figure: `${kind}: receive delay`, unit: 'ms', values: delays },
  ];
}

function costRows(kind: RouteKind, { imapCommands, cpuMs }: Costs): readonly Row[] {
  const perProbe = (figure: string, unit: string, value: number, p50: number): Row => ({
    figure: `${kind}: ${figure} a probe (mean)`,
    unit,
    values: [Number(print(value))],
    target: { p50 },
  });
  return [
    ...(kind === 'outbound' ? [] : [perProbe('IMAP commands', '', imapCommands, MAX_IMAP_COMMANDS)]),
    perProbe("agent's CPU", 'ms', cpuMs, MAX_CPU_MS),
  ];
}
