import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { NO_ENTRIES } from '../../../test/support/entry-desk.ts';
import { exampleSettings, liveState } from '../../../test/support/feed.ts';
import { NO_MONTHS } from '../../../test/support/month-desk.ts';
import { writeYear } from '../../../test/support/year-store.ts';
import { DEFAULT_CONTRACT } from '../../config/derive.ts';
import { loadContract } from '../../config/load-contract.ts';
import type { AgentSettings } from '../../config/settings.ts';
import { readEvidence } from '../../evidence/read.ts';
import { createHandClock, type HandClock } from '../../lib/hand-clock.ts';
import { silentLog } from '../../lib/log.ts';
import { DAY, HOUR, MINUTE } from '../../lib/time.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import { createAnswering, type Answering } from '../../month/answering.ts';
import { closeMonth } from '../../month/close.ts';
import { createExporting, type Exporting } from '../../month/exporting.ts';
import { knownUntil } from '../../month/known.ts';
import { monthReport } from '../../month/month-report.ts';
import { planPurge, purgeMonth } from '../../month/purge.ts';
import { published } from '../../month/published.ts';
import { render } from '../../report/render.ts';
import { computeReport } from '../../sla/compute-report.ts';
import { monthSpan } from '../../sla/month.ts';
import { addExclusion } from '../../store/exclusions.ts';
import { openForEntry, type Db } from '../../store/file.ts';
import { revisionsOf } from '../../store/revisions.ts';
import { createWeb, type Web } from '../web.ts';
import { findChromium } from './find-chromium.ts';

// What a month's page leads to, over HTTP, of a store with September, which was purged, October, which was closed twice, and
// two days of November. With real Chromium.

const { contract, text } = loadContract(DEFAULT_CONTRACT);
const SYSTEM = 'hq';
const SPAN = {
  from: monthSpan('2026-09', contract.timezone).from - DAY,
  to: monthSpan('2026-10', contract.timezone).to + 2 * DAY + 12 * HOUR,
};

let dir: string;
let file: string;
let db: Db;
let answering: Answering;
let exporting: Exporting;
let web: Web | undefined;
let metrics: Metrics;
let url: string;
let errors: string[];
let clock: HandClock;
let exported: number;

beforeAll(async () => {
  // Longer than the path of a socket may be.
  dir = mkdtempSync(path.join(tmpdir(), `mailwitness-downloads-${'long'.repeat(20)}-`));
  file = path.join(dir, 'store.db');
  const pace = { seed: 7, checkEvery: 5 * MINUTE, routeEvery: 30 * MINUTE, outages: 30 };
  writeYear({ file, system: SYSTEM, ...SPAN, ...pace });
  db = openForEntry(file);
  const asked = { system: SYSTEM, contract: { file: DEFAULT_CONTRACT, text }, now: SPAN.to, provisional: false };
  await closeMonth(db, { ...asked, month: '2026-09', out: path.join(dir, 'september.ndjson') });
  await closeMonth(db, { ...asked, month: '2026-10' });
  const [outage] = published(revision('2026-10')).report.clauses.flatMap((one) =>
    one.kind === 'time' ? one.outages : [],
  );
  if (outage === undefined) throw new Error('the store has no outage');
  const [from, to] = [Date.parse(outage.from), Date.parse(outage.to)];
  const window = { id: 'W1', system: SYSTEM, from, to, ground: 'e', entered_by: 'Li Wei', note: 'carrier' };
  addExclusion(db, { ...window, announced_at: undefined, replaces: undefined }, { now: SPAN.to, grounds: ['e'] });
  await closeMonth(db, { ...asked, month: '2026-10' });
  const purge = { system: SYSTEM, month: '2026-09', contract, known: knownUntil(db) };
  await purgeMonth(db, purge, planPurge(db, purge), SPAN.to);
  const agreements = [{ system: SYSTEM, file: DEFAULT_CONTRACT, text }];
  answering = createAnswering({ store: file, agreements });
  exporting = createExporting({ store: file, agreements });
});
afterAll(async () => {
  await exporting.stop();
  await answering.stop();
  db.close();
  rmSync(dir, { recursive: true });
});
afterEach(async () => {
  await web?.stop();
  metrics.stop();
});

function revision(month: string) {
  const found = monthReport(db, { system: SYSTEM, month, contract, which: 'newest' });
  if (found.kind !== 'closed') throw new Error(`${month} was not closed`);
  return found.revision;
}

async function open(
  change: Partial<AgentSettings> = {},
  exportMonth: Exporting['exportMonth'] = exporting.exportMonth,
): Promise<void> {
  const example = exampleSettings();
  const settings = { ...example, agent: { ...example.agent, store: file, ...change } };
  clock = createHandClock(SPAN.to);
  errors = [];
  exported = 0;
  metrics = createMetrics({ settings, clock, version: '1' });
  web = createWeb({
    settings,
    metrics,
    live: () => liveState(clock.now()),
    recent: () => [],
    desk: {
      ...NO_MONTHS,
      ...answering,
      async exportMonth(asked, signal) {
        const evidence = await exportMonth(asked, signal);
        exported++;
        return evidence;
      },
    },
    entries: NO_ENTRIES,
    monthsOf: () => [],
    figuresOf: () => null,
    clock,
    version: '1',
    log: { ...silentLog, error: (fields, said) => void errors.push(`${said} ${JSON.stringify(fields)}`) },
  });
  ({ url } = await web.start());
}

const ask = (to: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(to, url), init);
const textOf = (html: string): string => html.replace(/<style>.*?<\/style>/gs, '').replace(/<[^>]+>/g, ' ');
/** Those that a process that was killed would leave behind. */
const leftOvers = (): string[] => readdirSync(dir).filter((name) => /\.(evidence|pdf)-/.test(name));

/** Null: there is no pdftotext (Debian's poppler-utils). */
function textOfPdf(pdf: string): string | null {
  const { error, stdout } = spawnSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' });
  return error === undefined ? stdout : null;
}

describe('the page of a month', () => {
  test('leads to its revisions, what changed, all downloads, the other months and the other pages', async () => {
    await open();
    const body = await (await ask('report/2026-10?system=hq&lang=en')).text();
    const links = [...body.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'));
    expect(links).toEqual([
      '#report',
      '/',
      '/system/hq',
      '/report/2026-09?system=hq',
      '/report/2026-11?system=hq',
      '/report/2026-10?system=hq&lang=zh',
      '/report/2026-10?system=hq&revision=2',
      '/report/2026-10?system=hq&revision=2#changes',
      '/report/2026-10?system=hq&revision=1',
      '/report/2026-10/pdf?system=hq',
      '/report/2026-10/print?system=hq',
      '/report/2026-10/csv?system=hq',
      '/api/v1/report?month=2026-10&system=hq',
      '/report/2026-10/evidence?system=hq',
    ]);
    expect(body).toMatch(/revision=2" aria-current="page"/);
    expect(body).toContain('<h2 id="changes">');
    expect(body).toContain('<main id="report">');
    for (const link of links.filter((one) => one.startsWith('/report') || one.startsWith('/api')))
      expect([link, (await ask(link, { method: 'HEAD' })).status]).toEqual([link, 200]);
  });

  test('is the document, its frame aside, which does not print; under a policy of its two sheets', async () => {
    await open();
    const answer = await ask('report/2026-10?system=hq&lang=zh');
    const body = await answer.text();
    const { report, meta } = published(revision('2026-10'));
    const whole = await render(report, { format: 'html', lang: 'zh', meta });
    const inner = (html: string): string => /<header>.*<\/main>/s.exec(html)?.[0] ?? '';
    expect(inner(body)).toBe(inner(whole));
    expect(body).toContain('@media print { .frame, .skip { display: none; } }');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-\S+' 'sha256-\S+'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(body).not.toMatch(/<script|\sstyle=/);
  });

  test('of a revision that was named is that one, as are its downloads', async () => {
    await open();
    const body = await (await ask('report/2026-10?system=hq&lang=en&revision=1')).text();
    expect(body).toMatch(/revision=1" aria-current="page"/);
    expect(body).not.toContain('id="changes"');
    expect(body).toContain('/report/2026-10/csv?system=hq&amp;revision=1');
  });

  test.each([
    ['2026-09', /JSON\s+evidence\s+Monthly/, /revision 1, of/],
    ['2026-11', /JSON\s+evidence\s+\(as the store has it now\)/, /Draft, not for signature: the month as it stands at/],
  ])('%s says which evidence is to be had', async (month, one, other) => {
    await open();
    const said = textOf(await (await ask(`report/${month}?system=hq&lang=en`)).text());
    expect(said).toMatch(one);
    expect(said).toMatch(other);
  });

  test('stands below the path of a proxy', async () => {
    await open({ base_path: '/w' });
    const body = await (await ask('report/2026-10?system=hq&lang=en')).text();
    const links = [...body.matchAll(/href="(\/[^"]*)"/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !link.startsWith('/w/'))).toEqual([]);
  });
});

describe('downloads', () => {
  test('CSV is what the command writes, under a name of its own', async () => {
    await open();
    const answer = await ask('report/2026-10/csv?system=hq&lang=zh&revision=1');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="hq-2026-10-r1.csv"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const bytes = Buffer.from(await answer.arrayBuffer()).toString();
    expect(bytes.startsWith('\ufeff')).toBe(true);
    expect(bytes.split('\r\n').length).toBeGreaterThan(10);
  });

  test('evidence is sealed, and gives the report of the month when it is computed again', async () => {
    await open();
    const answer = await ask('report/2026-10/evidence?system=hq');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="hq-2026-10.ndjson"');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    const evidence = await readEvidence(
      (async function* () {
        yield bytes;
      })(),
      { file: 'x', grounds: Object.keys(contract.grounds) },
    );
    const { revision: _, ...again } = computeReport(evidence, contract, '2026-10');
    const { revision: __, ...closed } = published(revision('2026-10')).report;
    expect(again).toEqual(closed);
    expect(leftOvers()).toEqual([]);
  });

  test.each([
    ['2026-09', '', 0],
    ['2026-10', '', 1],
    ['2026-10', '&revision=1', 0],
  ])('evidence of the closed month %s%s is what its hash names, though it was purged', async (month, query, index) => {
    await open();
    const answer = await ask(`report/${month}/evidence?system=hq${query}`);
    const sha256 = createHash('sha256')
      .update(new Uint8Array(await answer.arrayBuffer()))
      .digest('hex');
    expect(sha256).toBe(revisionsOf(db, SYSTEM, month)[index]?.evidenceSha256);
  });

  test.each([
    ['report/2025-01/evidence?system=hq', 404, /^month: expected a month that the store has data of/],
    ['report/2026-10/evidence?system=hq&revision=9', 404, /^revision: expected a revision of 2026-10 \(there are 2\)/],
    ['report/2026-10/evidence?system=hq&lang=zh', 400, /expected no other parameters than system, revision/],
    ['report/2026-10/evidence', 400, /^system: expected "hq" or "web", got none/],
    ['report/2026-10/csv?system=x', 404, /^system: expected/],
    ['report/2026-10/pdf?system=hq&revision=9', 404, /^revision: expected/],
    ['report/2026-13/print?system=hq', 400, /^month: expected/],
  ])('%s is refused in one line', async (to, status, line) => {
    await open();
    const answer = await ask(to);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.headers.get('content-disposition')).toBeNull();
    const body = await answer.text();
    expect(body).toMatch(line);
    expect(body.trim().split('\n')).toHaveLength(1);
    expect(leftOvers()).toEqual([]);
  });

  test.each([
    ['evidence?system=hq', 200, 'attachment; filename="hq-2026-10.ndjson"'],
    ['evidence?system=hq&revision=2', 200, 'attachment; filename="hq-2026-10-r2.ndjson"'],
    ['evidence?system=hq&revision=9', 404, null],
    ['pdf?system=hq', 200, 'attachment; filename="hq-2026-10.pdf"'],
    ['pdf?system=hq&revision=9', 404, null],
    ['pdf?system=x', 404, null],
  ])('HEAD of %s tells whether it is there, and makes nothing', async (part, status, name) => {
    await open({ chromium: '/bin/false' });
    const head = await ask(`report/2026-10/${part}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-disposition')]).toEqual([status, name]);
    expect(head.headers.get('content-length')).toBeNull();
    expect([exported, errors]).toEqual([0, []]);
  });

  test('readers who leave hold nobody up', async () => {
    await open();
    for (let n = 0; n < 10; n++) {
      const gone = request(new URL('report/2026-10/evidence?system=hq', url), { agent: false }).end();
      const [answer] = (await once(gone, 'response')) as [{ destroy(): void }];
      answer.destroy();
    }
    await expect.poll(async () => (await ask('report/2026-10/evidence?system=hq')).status).toBe(200);
  });

  test('evidence that nobody waits for any more is given up, which is no failure', async () => {
    let began = 0;
    const reasons: unknown[] = [];
    await open({}, (_, signal) => {
      began++;
      return new Promise((_resolve, reject) => {
        const giveUp = (): void => {
          reasons.push(signal.reason);
          reject(new Error('ended'));
        };
        if (signal.aborted) giveUp();
        else signal.addEventListener('abort', giveUp);
      });
    });
    const gone = request(new URL('report/2026-10/evidence?system=hq', url), { agent: false });
    gone.on('error', () => {}).end();
    await expect.poll(() => began).toBe(1);
    gone.destroy();
    await expect.poll(() => reasons).toMatchObject([{ name: 'LeftError' }]);
    expect(errors).toEqual([]);
  });

  test('answers that wait behind another one hold nobody up when their connection closes', async () => {
    const hang = path.join(dir, 'hang');
    writeFileSync(hang, '#!/bin/sh\nsleep 1000\n', { mode: 0o755 });
    await open({ chromium: hang });
    const printed = vi.spyOn(console, 'error');
    const { hostname, port } = new URL(url);
    const get = (part: string): string => `GET /report/2026-10/${part}?system=hq HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
    for (let n = 1; n <= 2; n++) {
      const client = connect(Number(port), hostname);
      client.write(get('pdf') + get('evidence').repeat(4));
      await expect.poll(() => exported, { timeout: 20_000 }).toBe(4 * n);
      client.destroy();
    }
    await expect.poll(async () => (await ask('report/2026-10/evidence?system=hq')).status).toBe(200);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  test.each([
    ['pdf', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }, 403],
    ['evidence', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }, 403],
    ['csv', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }, 403],
    ['csv', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }, 403],
    ['csv', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }, 200],
    ['csv', { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'no-cors' }, 200],
  ])('%s asked for with %o is %i: no page elsewhere has it made', async (part, headers, status) => {
    await open({ chromium: '/bin/false' });
    const got = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(new URL(`report/2026-10/${part}?system=hq`, url), { agent: false, headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode));
      });
      asked.on('error', reject).end();
    });
    expect([got, exported, errors]).toEqual([status, 0, []]);
  });

  test('a file that is read for half an hour is read no longer', async () => {
    const large = path.join(dir, 'large');
    writeFileSync(large, '');
    const bytes = 256 * 1024 * 1024;
    truncateSync(large, bytes);
    await open({}, async () => ({ kind: 'evidence', file: await openFile(large), bytes }));
    const slow = request(new URL('report/2026-10/evidence?system=hq', url), { agent: false }).end();
    const [answer] = (await once(slow, 'response')) as [IncomingMessage];
    await clock.advance(30 * MINUTE - 1);
    expect(answer.destroyed).toBe(false);
    const cut = once(answer, 'error');
    await clock.advance(1);
    answer.resume();
    expect(await cut).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  test('evidence is refused where it would leave the store no room', async () => {
    const agreements = [{ system: SYSTEM, file: DEFAULT_CONTRACT, text }];
    const full = createExporting({ store: file, agreements, freeBytes: async () => 64 * 1024 * 1024 });
    await open({}, full.exportMonth);
    const answer = await ask('report/2026-10/evidence?system=hq');
    expect(answer.status).toBe(503);
    expect((await answer.text()).trim().split('\n')).toHaveLength(1);
    expect(errors).toEqual([expect.stringMatching(/expected \d+ bytes of room beside the store, got 67108864/)]);
    expect(leftOvers()).toEqual([]);
  });

  test.each(['print', 'csv', 'pdf', 'evidence'])('%s of closed pages is for those who signed in', async (part) => {
    await open({ pages: 'signed-in' });
    const answer = await ask(`report/2026-10/${part}?system=hq`, { redirect: 'manual' });
    expect(answer.status).toBe(401);
  });
});

describe('PDF', () => {
  test('is made by a Chromium, reads as the report, and leaves nothing behind', async () => {
    await open();
    const answer = await ask('report/2026-10/pdf?system=hq&lang=en');
    expect(errors).toEqual([]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="hq-2026-10.pdf"');
    const pdf = path.join(dir, 'report.pdf');
    expect(leftOvers()).toEqual([]);
    writeFileSync(pdf, new Uint8Array(await answer.arrayBuffer()));
    expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
    expect(readFileSync(pdf, 'latin1').match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(2);
    const said = textOfPdf(pdf);
    if (said === null) return;
    expect(said).toContain('October 2026');
    expect(said).toContain('Signatures');
    expect(said).not.toContain('Download:');
  });

  /** The machine's Chromium, and in a file a line when it begins and when it comes to its end by itself. */
  function watched(): { readonly chromium: string; said(): string } {
    const [program, file] = [path.join(dir, 'watched'), path.join(dir, 'watched-said')];
    rmSync(file, { force: true });
    const script = `#!/bin/sh\necho began >> ${file}\n${findChromium(undefined) ?? ''} "$@"\necho ended >> ${file}\n`;
    writeFileSync(program, script, { mode: 0o755 });
    return {
      chromium: program,
      said: () => (existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\n', ' ') : ''),
    };
  }

  /** Somebody who asks for one, and may leave. */
  function askPdf(): { readonly answer: Promise<IncomingMessage | null>; leave(): void } {
    const asked = request(new URL('report/2026-10/pdf?system=hq&lang=en', url), { agent: false }).end();
    const answer = new Promise<IncomingMessage | null>((resolve) => {
      asked.on('response', resolve).on('error', () => resolve(null));
    });
    return { answer, leave: () => void asked.destroy() };
  }

  const running = (): readonly string[] =>
    spawnSync('ps', ['-eo', 'args'])
      .stdout.toString()
      .split('\n')
      .filter((line) => line.includes(`${file}.pdf-`));

  test('is given up when all who asked for it have left: Chromium is ended, and the next one has its own', async () => {
    const { chromium, said } = watched();
    await open({ chromium });
    const [one, other] = [askPdf(), askPdf()];
    await expect.poll(() => running().length, { timeout: 20_000 }).toBeGreaterThan(1);
    one.leave();
    expect(await one.answer).toBeNull();
    other.leave();
    await expect.poll(() => [running(), leftOvers()], { timeout: 20_000 }).toEqual([[], []]);
    expect([said(), errors]).toEqual(['began ', []]);
    const next = await askPdf().answer;
    expect([next?.statusCode, next?.headers['content-type']]).toEqual([200, 'application/pdf']);
    next?.destroy();
    expect([said(), errors]).toEqual(['began began ended ', []]);
  });

  test('is made to its end while one of those who asked for it is there', async () => {
    const { chromium, said } = watched();
    await open({ chromium });
    const [one, other] = [askPdf(), askPdf()];
    await expect.poll(() => running().length, { timeout: 20_000 }).toBeGreaterThan(1);
    one.leave();
    const answer = await other.answer;
    expect([answer?.statusCode, answer?.headers['content-type']]).toEqual([200, 'application/pdf']);
    answer?.destroy();
    expect([said(), errors]).toEqual(['began ended ', []]);
  });

  test('without a Chromium the page leads to the print page, and says so', async () => {
    await open({ chromium: 'none' });
    const body = await (await ask('report/2026-10?system=hq&lang=en')).text();
    expect(body).not.toContain('/pdf');
    expect(textOf(body)).toContain('the agent found no Chromium');
    const answer = await ask('report/2026-10/pdf?system=hq&lang=zh', { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/report/2026-10/print?system=hq&lang=zh']);
  });

  test('a Chromium that fails is a line in the log, and leads to the print page', async () => {
    await open({ chromium: '/bin/false' });
    const answer = await ask('report/2026-10/pdf?system=hq', { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/report/2026-10/print?system=hq']);
    expect(errors).toEqual([expect.stringContaining('/bin/false made no PDF: it ended with 1')]);
  });

  test('a configured one that is not there ends the start', async () => {
    await expect(open({ chromium: '/no/such/chromium' })).rejects.toThrow(
      'agent.chromium: expected the path of a Chromium that can be run, or none, got /no/such/chromium',
    );
  });
});
