import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/lib/time.ts';
import type { Report } from '../../src/sla/report.ts';
import { monthAt, monthSpan, previousMonth } from '../../src/sla/month.ts';
import { seriesOf } from '../support/exposition.ts';
import { writeYear } from '../support/year-store.ts';
import { runProgram, startProgram, type Program } from './program.ts';

const ZONE = 'Asia/Shanghai';
const NOW = Date.now();
const THIS = monthAt(NOW, ZONE);
const LAST = previousMonth(THIS);

// An agent whose store has the last month, which is closed, and this one until a moment ago. It visits a port that
// nobody listens on, and is asked over HTTP while it does.
let folder: string;
let config: string;
let agent: Program;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-http-'));
  config = path.join(folder, 'agent.yaml');
  writeFileSync(
    config,
    `agent:
  vantage: home
  store: store.db
  listen: 127.0.0.1:0
  witnesses: []
systems:
  - name: hq
    lost_after: 1h
    webmail: { url: "http://127.0.0.1:9/", status: 200 }
`,
  );
  writeYear({
    file: path.join(folder, 'store.db'),
    system: 'hq',
    from: monthSpan(LAST, ZONE).from - DAY,
    to: NOW - MINUTE,
    seed: 11,
    checkEvery: MINUTE,
    routeEvery: HOUR,
    outages: 20,
  });
  // In the first days of a month the last one cannot be closed for good yet.
  const closed = await runProgram(['close', '--config', config, '--month', LAST, '--provisional']);
  if (closed.code !== 0) throw new Error(closed.err);
  agent = startProgram(['run', '--config', config], { cwd: folder });
  url = (await agent.until(/"page":"(http:[^"]+)"/))[1] ?? '';
});
afterAll(async () => {
  agent.child.kill('SIGTERM');
  await agent.ended;
  rmSync(folder, { recursive: true, force: true });
});

const ask = (address: string): Promise<Response> => fetch(new URL(address, url));
const report = async (...args: string[]): Promise<string> =>
  (await runProgram(['report', '--config', config, '--format', 'json', ...args])).out;

describe('an agent that measures', () => {
  test('answers a closed month with the bytes of the command', async () => {
    const response = await ask(`/api/v1/report?month=${LAST}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(await report('--month', LAST));
  });

  test('answers the running month as the command does, but for what became known between the two', async () => {
    const response = await ask(`/api/v1/report?month=${THIS}&system=hq`);
    const ours = (await response.json()) as Report;
    const theirs = JSON.parse(await report('--month', THIS)) as Report;
    expect(ours).toMatchObject({ month: THIS, system: 'hq', provisional: true, revision: 1 });
    const delays = ({ clauses }: Report): unknown => clauses.filter(({ kind }) => kind === 'delay');
    expect(delays(ours)).toEqual(delays(theirs));
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  });

  test('has the running month in its metrics, once it was computed', async () => {
    let text = '';
    do {
      text = await (await ask('/metrics')).text();
      await pause(50);
    } while (Number.isNaN(seriesOf(text, 'mailwitness_month_computed_timestamp_seconds', { system: 'hq' })));
    const answered = (await (await ask(`/api/v1/report?month=${THIS}`)).json()) as Report;
    const sending = answered.clauses.find((clause) => clause.kind === 'delay');
    expect(seriesOf(text, 'mailwitness_month_delay_mean_seconds', { system: 'hq', direction: 'send' })).toBe(
      sending?.mean_s ?? Number.NaN,
    );
    expect(seriesOf(text, 'mailwitness_month_compute_failures_total', { system: 'hq' })).toBe(0);
    expect(text).toContain('mailwitness_month_clause_verdict{system="hq",clause="1",verdict="');
  });

  test('shows its page with links to the reports, and each leads to a document', async () => {
    let body = '';
    do {
      body = await (await ask('/')).text();
      await pause(50);
    } while (!body.includes('/report/'));
    const links = [...body.matchAll(/href="(\/report\/[^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links.slice(0, 2)).toEqual([`/report/${THIS}?system=hq`, `/report/${LAST}?system=hq`]);
    for (const link of links) {
      const document = await ask(link);
      expect(document.status).toBe(200);
      expect(await document.text()).toContain('<html lang="en">');
    }
  });

  test('hands out evidence from a thread of its own, of which the command computes the month again', async () => {
    const response = await ask(`/report/${LAST}/evidence`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
    ]);
    const file = path.join(folder, `hq-${LAST}.ndjson`);
    writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
    const again = await runProgram(['report', '--evidence', file, '--month', LAST, '--format', 'json']);
    expect([again.code, again.err]).toEqual([0, '']);
    const known = JSON.parse(await report('--month', LAST, '--live')) as Report;
    const numbers = ({ clauses }: Report): unknown => clauses.map(({ id, verdict }) => [id, verdict]);
    expect(numbers(JSON.parse(again.out) as Report)).toEqual(numbers(known));
    const refused = await ask('/report/1999-01/evidence');
    expect([refused.status, await refused.text()]).toEqual([404, expect.stringMatching(/^month: expected .*\n$/)]);
    expect(readdirSync(folder).filter((name) => name.includes('evidence-'))).toEqual([]);
  });

  test('lists its months', async () => {
    const { months } = (await (await ask('/api/v1/months')).json()) as { months: { month: string }[] };
    expect(months.slice(-2)).toMatchObject([
      { month: LAST, running: false, revisions: [{ revision: 1 }] },
      { month: THIS, running: true, revisions: [] },
    ]);
  });

  test('refuses a month before its first one', async () => {
    const response = await ask('/api/v1/report?month=1999-01');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: expect.stringMatching(/^month: expected .*, got 1999-01/) as string,
    });
  });
});
