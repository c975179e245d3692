import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { DAY, MINUTE, SECOND } from '../src/lib/time.ts';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { writeYear } from '../test/support/year-store.ts';
import { configurationFor } from './configuration.ts';
import { PROGRAM, startDaemon } from './daemon.ts';
import { outcomesOf, truthOf } from './outcomes.ts';
import { printTable, type Row } from './table.ts';

const ROUTES = 5;
const WARM_UP_MS = 60_000;
const PERIOD_MS = 40_000;
const DRAIN_MS = 2_000;
/** Two periods of each, in turn: what else the machine does falls on both. */
const PERIODS = ['without', 'with', 'without', 'with'] as const;
/** More than twice the median without reports would be noticed; the noise of two equal periods is below that. */
const MOST = 2;

/**
 * Whether the measurement notices that reports are made: internal probes of an agent whose store holds three months, while
 * its running month is asked for over HTTP all the time and `mailwitness report --live` computes a whole month beside it.
 */
export async function reports(): Promise<boolean> {
  const lab = await startLab();
  try {
    const port = await freePort();
    const now = Date.now();
    let configFile = '';
    const daemon = await startDaemon((store) => {
      const span = { from: now - 90 * DAY, to: now - MINUTE };
      writeYear({
        file: store,
        system: 'lab',
        ...span,
        seed: 1,
        checkEvery: 15 * SECOND,
        routeEvery: MINUTE,
        outages: 100,
      });
      configFile = store.replace('bench.db', 'agent.yaml');
      const settings = JSON.parse(configurationFor(lab, { internal: ROUTES })(store)) as { agent: object };
      return JSON.stringify({
        ...settings,
        agent: { ...settings.agent, vantage: 'home', listen: `127.0.0.1:${port}` },
      });
    });
    try {
      await pause(WARM_UP_MS);
      const errors = { without: [] as number[], with: [] as number[] };
      let made = 0;
      for (const period of PERIODS) {
        const from = Date.now();
        const ask = new AbortController();
        const asking = period === 'with' ? askForReports(port, configFile, ask.signal) : Promise.resolve(0);
        await pause(PERIOD_MS);
        const to = Date.now();
        ask.abort();
        made += await asking;
        await pause(DRAIN_MS);
        errors[period].push(...errorsOf(lab, daemon.store, from, to));
      }
      console.error(`${made} reports were made`);
      const rows: Row[] = [
        { figure: '\\|visible - saved\\| without reports', unit: 'ms', values: errors.without },
        {
          figure: '\\|visible - saved\\| with reports',
          unit: 'ms',
          values: errors.with,
          target: { p50: MOST * median(errors.without) },
        },
      ];
      return printTable(rows) && made > 0;
    } finally {
      await daemon.stop();
      daemon.clear();
    }
  } finally {
    await lab.stop();
  }
}

/** One after the other until called off; how many came. */
async function askForReports(port: number, config: string, signal: AbortSignal): Promise<number> {
  const month = new Date().toISOString().slice(0, 7);
  const last = new Date(Date.now() - 40 * DAY).toISOString().slice(0, 7);
  let made = 0;
  const overHttp = async (): Promise<void> => {
    while (!signal.aborted) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/report?month=${month}`);
      await answer.arrayBuffer();
      if (answer.ok) made++;
      await pause(50);
    }
  };
  const byCommand = async (): Promise<void> => {
    while (!signal.aborted) {
      const args = [PROGRAM, 'report', '--config', config, '--month', last, '--live', '--format', 'json'];
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code === 0) made++;
    }
  };
  await Promise.all([overHttp(), byCommand()]);
  return made;
}

function errorsOf(lab: Lab, store: string, from: number, to: number): number[] {
  return outcomesOf(store, from, to).flatMap((outcome) => {
    const savedAt = truthOf(lab, outcome)?.savedAt;
    return savedAt === undefined || outcome.visibleAt === null ? [] : [Math.abs(outcome.visibleAt - savedAt)];
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
