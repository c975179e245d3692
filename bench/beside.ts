import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { DAY, MINUTE, SECOND } from '../src/lib/time.ts';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { writeYear } from '../test/support/year-store.ts';
import { configurationFor } from './configuration.ts';
import { startDaemon } from './daemon.ts';
import { outcomesOf, truthOf } from './outcomes.ts';
import { printTable, quantile, type Row } from './table.ts';

const ROUTES = 5;
const WARM_UP_MS = 60_000;
/** BENCH_PERIOD_SECONDS is for a look at whether a bench works. */
const PERIOD_MS = Number(process.env['BENCH_PERIOD_SECONDS'] ?? 40) * SECOND;
const DRAIN_MS = 2_000;
/** Two periods of each, in turn: what else the machine does falls on both. */
const PERIODS = ['without', 'with', 'without', 'with'] as const;
/** Beyond the worse of the two periods without it, so much is noise, in ms. */
const NOISE = { p50: 3, p99: 10 };
const KINDS = ['internal', 'inbound'] as const;
type Kind = (typeof KINDS)[number];

/** An agent under measurement whose store holds three months. */
export interface Beside {
  /** Of its pages, ending in a slash. */
  readonly url: string;
  readonly configFile: string;
}

/**
 * Whether the measurement notices what goes on beside it: internal and inbound probes of an agent, in periods without it and with it.
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
      const settings = JSON.parse(configurationFor(lab, { internal: ROUTES, inbound: ROUTES })(store)) as {
        agent: object;
      };
      return JSON.stringify({
        ...settings,
        agent: { ...settings.agent, vantage: 'home', listen: `127.0.0.1:${port}` },
      });
    });
    try {
      await pause(Math.min(WARM_UP_MS, 2 * PERIOD_MS));
      const periods: Period[] = [];
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
        periods.push({ period, errors: errorsOf(lab, daemon.store, from, to) });
      }
      const { rows, didWork } = own();
      const all: Row[] = [...KINDS.flatMap((kind) => rowsOf(what, kind, periods)), ...rows];
      return printTable(all) && didWork;
    } finally {
      await daemon.stop();
      daemon.clear();
    }
  } finally {
    await lab.stop();
  }
}

interface Period {
  readonly period: (typeof PERIODS)[number];
  readonly errors: Readonly<Record<Kind, readonly number[]>>;
}

/** Each period without it by itself, whose worse one all those with it are held against. */
function rowsOf(what: string, kind: Kind, periods: readonly Period[]): readonly Row[] {
  const of = (wanted: Period['period']) =>
    periods.filter(({ period }) => period === wanted).map(({ errors }) => errors[kind]);
  const without = of('without');
  const worst = (share: number): number => Math.max(...without.map((errors) => quantile(errors, share)));
  const name = `${kind}: \\|visible - saved\\|`;
  return [
    ...without.map((values, index) => ({ figure: `${name} without ${what}, ${index + 1}`, unit: 'ms', values })),
    {
      figure: `${name} with ${what}`,
      unit: 'ms',
      values: of('with').flat(),
      target: { p50: hundredths(worst(0.5) + NOISE.p50), p99: hundredths(worst(0.99) + NOISE.p99) },
    },
  ];
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function errorsOf(lab: Lab, store: string, from: number, to: number): Period['errors'] {
  const outcomes = outcomesOf(store, from, to);
  const of = (kind: Kind): readonly number[] =>
    outcomes.flatMap((outcome) => {
      const savedAt = outcome.kind === kind ? truthOf(lab, outcome)?.savedAt : undefined;
      return savedAt === undefined || outcome.visibleAt === null ? [] : [Math.abs(outcome.visibleAt - savedAt)];
    });
  return { internal: of('internal'), inbound: of('inbound') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
