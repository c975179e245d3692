import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NO_ENTRIES } from '../support/entry-desk.ts';
import { loadContract } from '../../src/config/load-contract.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { createWeb, type Web } from '../../src/web/web.ts';
import { endedProbe, exampleSettings, liveState, settled } from '../support/feed.ts';
import { NO_MONTHS } from '../support/month-desk.ts';
import { describeWithPrograms } from '../support/needs.ts';

const CONFIG = resolve(import.meta.dirname, '../../config');

describeWithPrograms('the shipped Prometheus files', ['promtool'], () => {
  test.each([
    ['the scrape example and the rules it names', ['check', 'config', 'prometheus.yaml']],
    ['the alert rules', ['check', 'rules', 'alerts.yaml']],
    ['what fires, when, and what does not', ['test', 'rules', 'alerts.test.yaml']],
  ])('promtool approves of %s', (_, args) => {
    const run = spawnSync('promtool', args, { cwd: CONFIG, encoding: 'utf8' });
    expect(run.stdout + run.stderr).not.toMatch(/FAILED|error/i);
    expect(run.status).toBe(0);
  });

  test('every rule has a summary, a description and a test', async () => {
    const rules = await readFile(join(CONFIG, 'alerts.yaml'), 'utf8');
    const tests = await readFile(join(CONFIG, 'alerts.test.yaml'), 'utf8');
    const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !tests.includes(`alertname: ${name}\n`))).toEqual([]);
    for (const key of ['summary', 'description'])
      expect(rules.match(new RegExp(`^ {10}${key}: .`, 'gm'))).toHaveLength(names.length);
  });
});

describeWithPrograms('a real Prometheus', ['prometheus'], () => {
  const clock = createSystemClock();
  let metrics: Metrics | undefined;
  let web: Web | undefined;
  let folder: string | undefined;
  let prometheus: ChildProcess | undefined;
  let base = '';
  let budgetBefore: number | undefined;

  beforeAll(async () => {
    const settings = exampleSettings();
    const { contract } = loadContract(join(CONFIG, 'contract.yaml'));
    const fed = createMetrics({ settings, contracts: new Map([['hq', contract]]), clock, version: '1.2.3' });
    metrics = fed;
    web = createWeb({
      settings,
      metrics: fed,
      live: () => liveState(clock.now()),
      recent: () => [],
      desk: NO_MONTHS,
      entries: NO_ENTRIES,
      monthsOf: () => [],
      figuresOf: () => null,
      clock,
      version: '1.2.3',
      log: silentLog,
    });
    const { url } = await web.start();

    // The shipped example itself, only quicker and with this test's ports.
    const example = await readFile(join(CONFIG, 'prometheus.yaml'), 'utf8');
    const config = example
      .replaceAll(/_interval: 15s/g, '_interval: 1s')
      .replace('scrape_timeout: 10s', 'scrape_timeout: 1s')
      .replace("targets: ['127.0.0.1:9725']", `targets: ['${new URL(url).host}']`)
      .replace('- alerts.yaml', `- ${join(CONFIG, 'alerts.yaml')}`);
    folder = await mkdtemp(join(tmpdir(), 'mailwitness-prometheus-'));
    await writeFile(join(folder, 'prometheus.yaml'), config);

    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    // The zeros of the first scrape are what an increase is counted from.
    await until(async () => (await ask('mailwitness_send_delay_seconds_count')) === 0);
    budgetBefore = await ask('mailwitness_month_down_budget_left_seconds');

    fed.months.computed('hq', {
      knownAt: clock.now(),
      unmeasuredMs: 0,
      down: { leastMs: 500_000, estimateMs: 660_000, mostMs: 700_000 },
      budgetLeftMs: 1_980_000,
      delays: { send: { meanS: 0.9, maxS: 12, exceedances: 0 }, receive: null },
      verdicts: [{ clause: '1', verdict: 'open' }],
    });
    for (const ms of [12, 48, 90_000, 4_000_000]) fed.on(settled(endedProbe('outbound', ms)));
    for (const ms of [9, 21]) fed.on(settled(endedProbe('inbound', ms)));
    fed.on(settled(endedProbe('inbound', null)));
    await until(async () => (await ask('mailwitness_send_delay_seconds_count')) === 4);
  });

  afterAll(async () => {
    if (prometheus !== undefined && isRunning(prometheus)) {
      const ended = new Promise((done) => prometheus?.once('exit', done));
      prometheus.kill('SIGTERM');
      await ended;
    }
    await web?.stop();
    metrics?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test.each([
    // The month's mean delay: sum and count come from the same scrapes, so what increase() extrapolates cancels out.
    [
      'the mean send delay of the month',
      'increase(mailwitness_send_delay_seconds_sum[30d]) / increase(mailwitness_send_delay_seconds_count[30d])',
      (0.012 + 0.048 + 90 + 4_000) / 4,
    ],
    [
      'the mean receive delay of the month, the lost one not in it',
      'increase(mailwitness_receive_delay_seconds_sum[30d]) / increase(mailwitness_receive_delay_seconds_count[30d])',
      0.015,
    ],
    [
      'the share of the month within a minute',
      'increase(mailwitness_send_delay_seconds_bucket{le=~"60([.]0)?"}[30d]) / ignoring(le) increase(mailwitness_send_delay_seconds_count[30d])',
      0.5,
    ],
    [
      'how many took more than an hour',
      'mailwitness_send_delay_seconds_count - ignoring(le) mailwitness_send_delay_seconds_bucket{le=~"3600([.]0)?"}',
      1,
    ],
    ['the delay of the last', 'mailwitness_last_delay_seconds{route="out"}', 4_000],
    ['what was lost', 'mailwitness_probes_settled_total{route="in",outcome="lost"}', 1],
    ['whether it is connected', 'mailwitness_connected{system="hq",state="good"}', 1],
    ['the oldest open probe', 'mailwitness_oldest_open_probe_age_seconds{route="out"}', 0],
    [
      "the share of the month's downtime budget that is left",
      'mailwitness_month_down_budget_left_seconds / (mailwitness_month_down_budget_left_seconds + ignoring (bound) mailwitness_month_down_seconds{bound="estimate"})',
      0.75,
    ],
    ['how many clauses are open', 'count(mailwitness_month_clause_verdict{verdict="open"} == 1)', 1],
    ["the month's mean send delay", 'mailwitness_month_delay_mean_seconds{direction="send"}', 0.9],
    ['an unknown value', 'mailwitness_mailbox_own_mail', Number.NaN],
  ])('answers %s', async (_, query, answer) => {
    const got = await ask(query);
    expect(got).toBeDefined();
    expect(Number.isNaN(answer) ? got : Math.abs((got ?? Number.NaN) - answer) < 1e-9).toEqual(
      Number.isNaN(answer) ? Number.NaN : true,
    );
  });

  test('has the figures of the month before they were computed: not a number, and no hole', () => {
    expect(budgetBefore).toBeNaN();
  });

  test('evaluates every alert rule without an error, and what ought to fires', async () => {
    await until(async () => (await firing()).length >= 2);
    expect(await firing()).toEqual(['MailDelayAboveHour', 'MailLost']);
    const all = await rules();
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  interface Rule {
    readonly name: string;
    readonly health: string;
    readonly state: string;
  }

  async function firing(): Promise<readonly string[]> {
    return (await rules())
      .filter(({ state }) => state === 'firing')
      .map(({ name }) => name)
      .sort();
  }

  async function rules(): Promise<readonly Rule[]> {
    const { data } = (await get('/api/v1/rules')) as { data: { groups: { rules: Rule[] }[] } };
    return data.groups.flatMap((group) => group.rules);
  }

  /** The one value of an instant query; undefined while Prometheus has none. */
  async function ask(query: string): Promise<number | undefined> {
    const { data } = (await get(`/api/v1/query?query=${encodeURIComponent(query)}`)) as {
      data: { result: { value: [number, string] }[] };
    };
    expect(data.result.length).toBeLessThanOrEqual(1);
    return data.result[0] === undefined ? undefined : Number(data.result[0].value[1]);
  }

  async function get(path: string): Promise<unknown> {
    const response = await fetch(base + path, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  // A server that starts and scrapes at its own pace is asked until it is so far; hookTimeout bounds it.
  async function until(reached: () => Promise<boolean>): Promise<void> {
    while (!(await reached().catch(() => false))) {
      if (prometheus === undefined || !isRunning(prometheus)) throw new Error('Prometheus ended by itself');
      await pause(100);
    }
  }
});

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
