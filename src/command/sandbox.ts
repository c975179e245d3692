import { createInterface } from 'node:readline';
import { InvalidArgumentError, type Command } from 'commander';
import { startApp } from '../app.ts';
import { ConfigError, type Problem } from '../lib/errors.ts';
import { createLog, silentLog } from '../lib/log.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { VERSION } from '../lib/version.ts';
import type { AgentEvent } from '../probe/event.ts';
import { createFaultHistory } from '../sandbox/fault-history.ts';
import { FAULTS, parseFault, setFault, type FaultSetting } from '../sandbox/faults.ts';
import type { Sandbox, SandboxAddresses } from '../sandbox/sandbox.ts';
import { createUndo } from '../undo.ts';
import type { SandboxPanel } from '../web/panel/sandbox-panel.ts';
import { createEventLines } from './event-line.ts';
import { parseListen, type Listen } from './listen.ts';
import { portIsTaken } from './port-is-taken.ts';
import { untilToldToStop } from './until-told-to-stop.ts';

interface Flags {
  readonly withAgent?: true;
  readonly listen?: Listen;
  readonly store: string;
  readonly fault: readonly Known[];
  readonly listFaults?: true;
}

type Known = Extract<FaultSetting, { kind: 'fault' }>;

export function addSandbox(program: Command): void {
  program
    .command('sandbox')
    .description('A mail system inside this process, on loopback, with faults to switch on; for trying things out.')
    .option('--with-agent', 'run an agent beside it, with its page')
    .option('--listen <host:port>', 'address of the page (default: 127.0.0.1:9725)', parseListen)
    .option('--store <file>', 'store of the agent', 'data/sandbox.db')
    .option('--fault <name[=value]>', 'switch a fault on from the start; may be given again', readFault, [])
    .option('--list-faults', 'show the faults and end')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mailwitness sandbox --with-agent\n  $ mailwitness sandbox --with-agent --fault delivery-delay=5s --fault junk\n\nWhile it runs on a terminal, type a fault and Enter to switch it on, `name=off` to switch it off, `?` for the list.',
    )
    .action(async (flags: Flags, command: Command) => {
      if (flags.listFaults) return printFaults();
      for (const name of ['listen', 'store']) {
        if (flags.withAgent !== true && command.getOptionValueSource(name) === 'cli')
          command.error(`error: option '--${name}' needs '--with-agent': it is the agent's`);
      }
      await runSandbox(flags);
    });
}

async function runSandbox({ withAgent, listen = parseListen('127.0.0.1:9725'), store, fault }: Flags): Promise<void> {
  // Loaded only here: its certificates need a library that takes a quarter of a second to load.
  const { createSandbox } = await import('../sandbox/sandbox.ts');
  const told = untilToldToStop();
  const undo = createUndo();
  try {
    const sandbox = createSandbox({
      clock: createSystemClock(),
      log: silentLog,
      sink: { host: '127.0.0.1', port: 0, domain: 'sink.example' },
    });
    const addresses = await sandbox.start();
    undo.push(() => sandbox.stop());
    const history = createFaultHistory(sandbox.faults, () => Date.now());
    undo.push(history.stop);
    for (const setting of fault) await setFault(sandbox.faults, setting);
    if (withAgent === true) {
      const panel = { faults: sandbox.faults, changes: history.list };
      undo.push(await startBeside(sandbox, addresses, { listen, store, panel }));
    } else printAddresses(addresses);
    undo.push(sandbox.faults.onChange(() => say(`faults on: ${sandbox.faults.active().join(', ') || 'none'}`)));
    undo.push(takeFaults(sandbox));
    await told;
    say('stopping');
  } finally {
    await undo.all();
  }
}

async function startBeside(
  sandbox: Sandbox,
  addresses: SandboxAddresses,
  { listen, store, panel }: { readonly listen: Listen; readonly store: string; readonly panel: SandboxPanel },
): Promise<() => Promise<void>> {
  if (listen.port !== 0 && (await portIsTaken(listen))) throw new ConfigError([taken(listen)]);
  const { sandboxSettings } = await import('../sandbox/sandbox-settings.ts');
  const sink = { host: '127.0.0.1', port: 0 };
  const settings = sandboxSettings(addresses, { store, sink, listen: listen.text }, process.cwd());
  const lines = createEventLines();
  let started = false;
  const before: string[] = [];
  const print = (event: AgentEvent): void => {
    const line = started ? lines.of(event) : lines.ofStart(event);
    if (line === null) return;
    if (started) say(line);
    else before.push(line);
  };
  const app = await startApp({ settings, version: VERSION, log: createLog('error'), listeners: [print], panel });
  if (app.sinkPort !== null) sandbox.relayTo(app.sinkPort);
  process.stdout.write(
    `\n  mailwitness ${VERSION} watches a sandbox mail system\n\n  page     ${app.url}\n  faults   ${app.url}sandbox   switch them on and watch what the agent makes of them\n  metrics  ${app.url}metrics\n  store    ${store}\n\n` +
      `  Ctrl-C ends it.${process.stdin.isTTY ? ' Type a fault to switch it on, fault=off to switch it off (? for the list).' : ''}\n\n`,
  );
  started = true;
  for (const line of [...before, ...lines.startSummary()]) say(line);
  return app.stop;
}

function taken({ text }: Listen): Problem {
  return {
    file: 'sandbox',
    path: '--listen',
    expected: 'a free port (another sandbox? Give this one another --listen and another --store)',
    got: `${text}: another program listens there`,
  };
}

/** On a terminal, faults are switched by typing them. */
function takeFaults({ faults }: Sandbox): () => void {
  if (!process.stdin.isTTY) return () => {};
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (text) => {
    if (text.trim() === '?' || text.trim() === '') return printFaults();
    const setting = parseFault(text);
    if (setting.kind === 'wrong') return say(`expected ${setting.expected}`);
    void setFault(faults, setting);
  });
  // In raw terminals readline takes Ctrl-C for itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return () => lines.close();
}

function readFault(text: string, before: readonly Known[]): readonly Known[] {
  const setting = parseFault(text);
  if (setting.kind === 'wrong') throw new InvalidArgumentError(`expected ${setting.expected}`);
  return [...before, setting];
}

function printFaults(): void {
  for (const { name, kind, description } of FAULTS) {
    process.stdout.write(
      `  ${(kind === 'ms' ? `${name}=2s` : kind === 'text' ? `${name}=TEXT` : name).padEnd(22)} ${description}\n`,
    );
  }
}

function printAddresses({ host, ports, mailboxes, webmail }: SandboxAddresses): void {
  process.stdout.write('\n  A sandbox mail system; its certificates are its own, so clients must not verify them.\n\n');
  for (const [name, port] of Object.entries(ports)) process.stdout.write(`  ${name.padEnd(12)} ${host}:${port}\n`);
  process.stdout.write(`  ${'webmail page'.padEnd(12)} ${webmail.url}\n`);
  for (const { user, password } of mailboxes)
    process.stdout.write(`  ${'mailbox'.padEnd(12)} ${user}, password ${password.reveal()}\n`);
  process.stdout.write('\n  Ctrl-C ends it.\n\n');
}

function say(text: string): void {
  process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${text}\n`);
}
