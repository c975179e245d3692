import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { DAY, MINUTE, SECOND } from '../src/lib/time.ts';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { writeYear } from '../test/support/year-store.ts';
import { configurationFor } from './configuration.ts';
import { startDaemon } from './daemon.ts';
import { outcomesOf, truthOf } from './outcomes.ts';
import { printTable, type Row } from './table.ts';

const ROUTES = 5;
const WARM_UP_MS = 60_000;
/** BENCH_PERIOD_SECONDS is for a look at whether a bench works. */
const PERIOD_MS = Number(process.env['BENCH_PERIOD_SECONDS'] ?? 40) * SECOND;
const DRAIN_MS = 2_000;
/** Two periods of each, in turn: what else the machine does falls on both. */
const PERIODS = ['without', 'with', 'without', 'with'] as const;
/** More than twice the median without it would be noticed; the noise of two equal periods is below that. */
const MOST = 2;

/** An agent under measurement whose store holds three months. */
export interface Beside {
  /** Of its pages, ending in a slash. */
  readonly url: string;
  readonly configFile: string;
}

/**
 * Whether the measurement notices what goes on beside it: internal probes of an agent, in periods without it and with it.
 * `disturb` goes on until called off; `own` are its rows, and whether it did anything at all.
 */
export async function besides(
  what: string,
  disturb: (agent: Beside, signal: AbortSignal) => Promise<void>,
  own: () => { readonly rows: readonly Row[]; readonly didWork: boolean },
): Promise<boolean> {
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
      await pause(Math.min(WARM_UP_MS, 2 * PERIOD_MS));
      const errors = { without: [] as number[], with: [] as number[] };
      for (const period of PERIODS) {
        const from = Date.now();
        const ask = new AbortController();
        const url = `http://127.0.0.1:${port}/`;
        const asking = period === 'with' ? disturb({ url, configFile }, ask.signal) : Promise.resolve();
        await pause(PERIOD_MS);
        const to = Date.now();
        ask.abort();
        await asking;
        await pause(DRAIN_MS);
        errors[period].push(...errorsOf(lab, daemon.store, from, to));
      }
      const { rows, didWork } = own();
      const all: Row[] = [
        { figure: `\\|visible - saved\\| without ${what}`, unit: 'ms', values: errors.without },
        {
          figure: `\\|visible - saved\\| with ${what}`,
          unit: 'ms',
          values: errors.with,
          target: { p50: MOST * median(errors.without) },
        },
        ...rows,
      ];
      return printTable(all) && didWork;
    } finally {
      await daemon.stop();
      daemon.clear();
    }
  } finally {
    await lab.stop();
  }
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
