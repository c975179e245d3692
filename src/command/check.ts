import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CheckWork } from '../visiting.ts';
import { examine } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import type { RouteWork } from '../handover.ts';
import { silentLog } from '../lib/log.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { MINUTE, type Ms } from '../lib/time.ts';
import { startMeasuring } from '../measuring.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { SendResult } from '../probe/send-result.ts';
import type { Failure } from '../probe/visit.ts';
import { openStore } from '../store/store.ts';
import { createUndo } from '../undo.ts';
import { targetName } from '../web/event-words.ts';
import { addConfigOption, configFile } from './config-option.ts';
import { createCheckPrinter, type CheckPrinter } from './check-printer.ts';
import { portIsTaken } from './port-is-taken.ts';
import { untilToldToStop } from './until-told-to-stop.ts';
import { parseWait } from './wait.ts';

interface Flags {
  readonly config?: string;
  readonly transcript?: true;
  readonly wait?: Ms;
}

/** Visits that are under way at once; enough for a thousand mailboxes, few enough to be polite. */
const AT_ONCE = 4;

export function addCheck(program: Command, exit: (code: number) => void): void {
  addConfigOption(program.command('check'), 'configuration, YAML')
    .description('One visit to each way in and one probe over each route, shown while it goes; for setting up.')
    .option('--transcript', 'show the dialogues too, secrets masked')
    .option('--wait <duration>', 'how long a probe may take to come out (default: 60s)', parseWait)
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness check --config agent.yaml --transcript\n\nExit 0: all is good. 1: something is not. Ctrl-C ends it, exit 1. It writes to no store; the mail it sends is deleted again where the mailbox can be read.',
    )
    .action(async (flags: Flags) => {
      const { settings, doubts } = examine(configFile('check', flags.config), process.env);
      const stopping = new AbortController();
      void untilToldToStop().then(() => stopping.abort());
      const print = createCheckPrinter(process.stdout, { transcript: flags.transcript === true });
      for (const doubt of doubts) print.note(doubt);
      exit((await checkAll(settings, flags, print, stopping)) ? 0 : 1);
    });
}

/** True when every visit was good and every probe came out; `stopping` ends all that is under way. */
async function checkAll(
  configured: Settings,
  { wait = MINUTE }: Pick<Flags, 'wait'>,
  print: CheckPrinter,
  stopping: AbortController,
): Promise<boolean> {
  const settings = await withoutTakenSink(configured, print);
  const undo = createUndo();
  const folder = await mkdtemp(join(tmpdir(), 'mailwitness-check-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  try {
    const clock = createSystemClock();
    const store = await openStore({
      path: join(folder, 'check.db'),
      vantage: settings.agent.vantage,
      now: clock.now(),
    });
    undo.push(() => store.close(clock.now()));
    const ends = createProbeEnds();
    const { signal } = stopping;
    const listeners = [ends.on];
    const { agent, works } = await startMeasuring({
      settings,
      clock,
      store,
      lagMs: () => 0,
      signal,
      log: silentLog,
      listeners,
      undo,
    });
    const timer = setInterval(() => agent.settle(), 1_000);
    undo.push(() => clearInterval(timer));
    undo.push(() => stopping.abort());
    const visits = await visitAll(works.checks, signal, print);
    const probes = await Promise.all(
      works.routes.map((route) => probe(route, agent.launch, ends, { wait, signal }, print)),
    );
    if (signal.aborted) return false;
    const good = settings === configured && [...visits, ...probes].every(Boolean);
    print.end(visits, probes);
    return good;
  } finally {
    await undo.all();
  }
}

async function visitAll(checks: readonly CheckWork[], signal: AbortSignal, print: CheckPrinter): Promise<boolean[]> {
  const found = await Promise.all(
    checks.map(async (work) => ((await work.port.targets?.(signal)) ?? [work.port]).map((port) => ({ ...work, port }))),
  );
  const waiting = found.flat();
  const results: boolean[] = [];
  const next = async (): Promise<void> => {
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) {
      const { system, port } = work;
      if (signal.aborted) return;
      print.begins(`${system} ${targetName(port.check, port.target)}`);
      const endTurn = await port.turn?.(signal);
      const visit = await port.visit(signal).finally(() => endTurn?.());
      // What was cut by our own stop says nothing of the mail system.
      if (signal.aborted) return;
      print.visit(system, port.check, port.target, visit);
      results.push(visit.failure === undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return results;
}

async function probe(
  route: RouteWork,
  launch: (route: RouteWork) => Promise<void>,
  ends: ReturnType<typeof createProbeEnds>,
  { wait, signal }: { readonly wait: Ms; readonly signal: AbortSignal },
  print: CheckPrinter,
): Promise<boolean> {
  if (signal.aborted) return false;
  print.begins(`${route.system} ${targetName(route.kind, route.name)}: a probe goes out`);
  void launch(route);
  const { state, result } = await ends.of(route, wait, signal);
  if (signal.aborted) return false;
  print.probe(route, state, result, wait, ends.unread(route));
  return state !== undefined && (state.outcome === 'relayed' || state.outcome === 'delivered');
}

/** The newest state of each route's probe, its end when that comes in time, and the mailboxes that cannot be read. */
function createProbeEnds() {
  const states = new Map<string, ProbeState>();
  const results = new Map<string, SendResult>();
  const ended = new Map<string, () => void>();
  const unread = new Map<string, Failure>();
  const keyOf = ({ system, name }: { readonly system: string; readonly name: string }): string => `${system}/${name}`;
  return {
    on(event: AgentEvent): void {
      if (event.kind === 'watching') {
        const mailbox = `${event.system}/${event.mailbox}`;
        unread.delete(mailbox);
        if (event.failure !== undefined) unread.set(mailbox, event.failure);
      }
      if (event.kind !== 'launched' && event.kind !== 'sent' && event.kind !== 'sighted' && event.kind !== 'settled')
        return;
      const key = keyOf({ system: event.probe.system, name: event.probe.route });
      states.set(key, event.probe);
      if (event.kind === 'sent') results.set(key, event.result);
      // Seen is enough here; whether a second copy comes is the daemon's to watch.
      if (event.kind === 'settled') ended.get(key)?.();
    },
    unread: ({ system, mailbox }: RouteWork): Failure | undefined => unread.get(`${system}/${mailbox}`),
    /** How it stands when the probe ends, `wait` is over, or we are told to stop. */
    async of(
      route: RouteWork,
      wait: Ms,
      signal: AbortSignal,
    ): Promise<{ state: ProbeState | undefined; result: SendResult | undefined }> {
      const key = keyOf(route);
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, wait);
        signal.addEventListener('abort', end, { once: true });
        ended.set(key, end);
        if (typeof states.get(key)?.settledAt === 'number') end();
      });
      return { state: states.get(key), result: results.get(key) };
    },
  };
}

/** While the daemon runs, the sink's port is its own: the outbound routes are left out, and that is said. */
async function withoutTakenSink(settings: Settings, print: CheckPrinter): Promise<Settings> {
  const { sink } = settings.agent;
  const outbound = settings.systems.some(({ routes }) => routes.some(({ kind }) => kind === 'outbound'));
  if (sink === undefined || !outbound || !(await portIsTaken(sink.listen))) return settings;
  const { host, port } = sink.listen;
  print.note(`outbound is not tried: agent.sink.listen ${host}:${port} is taken (does an agent run already?)`);
  const systems = settings.systems.map((system) => ({
    ...system,
    routes: system.routes.filter(({ kind }) => kind !== 'outbound'),
  }));
  const { sink: _, ...agent } = settings.agent;
  return { agent, systems };
}
