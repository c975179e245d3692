import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadContract, type LoadedContract } from '../src/config/load-contract.ts';
import { MINUTE, SECOND } from '../src/lib/time.ts';
import type { createAnswering as createAnsweringType } from '../src/month/answering.ts';
import { foldUp } from '../src/month/fold-up.ts';
import { createReader, linesOf } from '../src/month/reader.ts';
import { yearToDate } from '../src/month/year-to-date.ts';
import { monthSpan } from '../src/sla/month.ts';
import { allExclusions } from '../src/store/entry-rows.ts';
import { openCurrentReadOnly, openForEntry } from '../src/store/file.ts';
import { firstData } from '../src/store/first-data.ts';
import { writeYear } from '../test/support/year-store.ts';
import { printTable, type Row } from './table.ts';
import { pageTimes } from './year-pages.ts';

/** The year that is asked for, the last of all, in the contract's zone. */
const YEAR = 2026;
const MONTH = `${YEAR}-10`;
const SYSTEM = 'corp';
const PACE = { checkEvery: 15 * SECOND, routeEvery: MINUTE, outages: 400 };
const REPORTS = 20;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * A year of one system: 15 s checks, a message a minute on three routes, 400 outages. A month's report from it, the year's
 * fault days and an export, alone and after ten years of other data, as dense: five of the same system, five of another.
 */
export async function year(): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-bench-year-'));
  try {
    const file = path.join(ROOT, 'config/contract.yaml');
    const contract = { file, ...loadContract(file) };
    const rows: Row[] = [];
    for (const name of ['alone', 'after ten years']) {
      const store = path.join(folder, `${name.replaceAll(' ', '-')}.db`);
      console.log(await build(store, contract, name !== 'alone'));
      rows.push(...(await measure(store, contract, name)));
      rmSync(store);
    }
    console.log('');
    return printTable(rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Agreed = LoadedContract & { readonly file: string };

async function build(store: string, { contract }: Agreed, others: boolean): Promise<string> {
  const began = performance.now();
  const span = (of: number) => ({
    from: monthSpan(`${of}-01`, contract.timezone).from,
    to: monthSpan(`${of}-12`, contract.timezone).to,
  });
  let [messages, runs] = [0, 0];
  const write = (system: string, of: { from: number; to: number }, seed: number): void => {
    const years = (of.to - of.from) / (365 * 24 * 60 * MINUTE);
    const made = writeYear({ file: store, system, ...of, ...PACE, outages: Math.round(PACE.outages * years), seed });
    messages += made.messages;
    runs += made.runs;
  };
  if (others) {
    write('other', { from: span(YEAR - 4).from, to: span(YEAR).to }, 2);
    write(SYSTEM, { from: span(YEAR - 5).from, to: span(YEAR).to }, 1);
  } else write(SYSTEM, span(YEAR), 1);
  const db = openForEntry(store);
  try {
    const folding = performance.now();
    await foldUp(db, { system: SYSTEM, terms: contract, known: span(YEAR).to });
    const folded = performance.now() - folding;
    const megabytes = statSync(store).size / 1_048_576;
    const seconds = (performance.now() - began) / 1_000;
    return `Store of ${messages} messages and ${runs} runs, ${megabytes.toFixed(0)} MiB, made in ${seconds.toFixed(0)} s, of which all routes were folded in ${(folded / 1_000).toFixed(0)} s.`;
  } finally {
    db.close();
  }
}

async function measure(store: string, agreed: Agreed, name: string): Promise<readonly Row[]> {
  const { file, text } = agreed;
  // The program's own, for its thread is a file of the program.
  const built = path.join(ROOT, 'dist/month/answering.js');
  const { createAnswering } = (await import(built)) as { createAnswering: typeof createAnsweringType };
  const answering = createAnswering({ store, agreements: [{ system: SYSTEM, file, text }] });
  // Its thread keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  const reports: number[] = [];
  const cpu: number[] = [];
  for (let count = 0; count < REPORTS; count++) {
    const began = performance.now();
    const before = process.cpuUsage();
    const asked = { system: SYSTEM, month: MONTH, revision: null, format: 'json', lang: 'en' } as const;
    const { kind } = await answering.report(asked, new AbortController().signal);
    if (kind !== 'report') throw new Error('the store does not cover the month');
    reports.push(performance.now() - began);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1_000);
  }
  await answering.stop();
  const pages = await pageTimes(
    { system: SYSTEM, now: monthSpan(`${YEAR}-12`, agreed.contract.timezone).to, agreed },
    () => createAnswering({ store, agreements: [{ system: SYSTEM, file, text }] }),
  );
  clearInterval(alive);
  const days = faultDays(store, agreed);
  const agent = path.join(path.dirname(store), 'agent.yaml');
  const webmail = 'webmail: { url: "http://127.0.0.1:9/" }';
  writeFileSync(
    agent,
    `agent: { store: "${store}", vantage: home, listen: "127.0.0.1:0", witnesses: [] }\nsystems: [{ name: ${SYSTEM}, ${webmail} }]\n`,
  );
  const out = path.join(path.dirname(store), 'evidence.ndjson');
  const exported = await runMeasured('export', '--config', agent, '--month', MONTH, '--out', out);
  const reported = await runMeasured('report', '--config', agent, '--month', MONTH, '--out', `${out}.txt`);
  const [first = NaN] = reports;
  const row = (figure: string, unit: string, values: readonly number[], p50?: number): Row => ({
    figure: `${name}: ${figure}`,
    unit,
    values,
    ...(p50 !== undefined && { target: { p50 } }),
  });
  return [
    row(`report of ${MONTH}, in its thread`, 'ms', reports.slice(1), 300),
    row('CPU of such a report', 'ms', cpu.slice(1)),
    row('the first report, with the start of the thread', 'ms', [first]),
    row(`fault days of the year up to December`, 'ms', days, 50),
    ...pages
      .map(({ page, first, anew, again }) => [
        row(`${page}, the first`, 'ms', [first]),
        row(`${page}, read anew`, 'ms', anew, 150),
        row(`${page}, as just read`, 'ms', again),
      ])
      .flat(),
    row('export by the program', 's', [exported.seconds]),
    row('its evidence', 'MiB', [statSync(out).size / 1_048_576]),
    row('its largest RSS', 'MiB', [exported.megabytes]),
    row('report by the program', 's', [reported.seconds]),
    row('its largest RSS', 'MiB', [reported.megabytes]),
  ];
}

function faultDays(store: string, { contract }: Agreed): readonly number[] {
  const db = openCurrentReadOnly(store);
  try {
    return Array.from({ length: REPORTS }, () => {
      const began = performance.now();
      const reader = createReader(db);
      const lines = linesOf(reader, SYSTEM);
      const { from: covered, to } = monthSpan(`${YEAR}-12`, contract.timezone);
      const first = firstData(db, SYSTEM) ?? 0;
      const exclusions = allExclusions(db, SYSTEM);
      const asked = { system: SYSTEM, contract, known: to, first, covered, lines, exclusions };
      const days = yearToDate(reader, `${YEAR}-12`, asked);
      if (days === undefined || days.fault_days.length === 0) throw new Error('a year of outages has fault days');
      return performance.now() - began;
    });
  } finally {
    db.close();
  }
}

/** The built program, to its end; its largest resident memory as the kernel has it. */
async function runMeasured(...args: readonly string[]): Promise<{ seconds: number; megabytes: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [path.join(ROOT, 'dist/main.js'), ...args], { stdio: 'ignore' });
  let kilobytes = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 20);
  const code = await new Promise((resolve) => void child.once('close', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`mailwitness ${args[0]} ended with ${String(code)}`);
  return { seconds: (performance.now() - began) / 1_000, megabytes: kilobytes / 1_024 };
}
