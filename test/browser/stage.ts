import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AgentSettings } from '../../src/config/settings.ts';
import { loadContract } from '../../src/config/load-contract.ts';
import { createHandClock, type HandClock } from '../../src/lib/hand-clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { hashPassword } from '../../src/lib/password-hash.ts';
import { Secret } from '../../src/lib/secret.ts';
import { DAY, MINUTE } from '../../src/lib/time.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { createAnswering } from '../../src/month/answering.ts';
import { closeMonth } from '../../src/month/close.ts';
import { createExporting } from '../../src/month/exporting.ts';
import { monthReport } from '../../src/month/month-report.ts';
import { published } from '../../src/month/published.ts';
import { monthSpan } from '../../src/sla/month.ts';
import { addExclusion } from '../../src/store/exclusions.ts';
import { openForEntry } from '../../src/store/file.ts';
import { openStore } from '../../src/store/store.ts';
import { createWeb } from '../../src/web/web.ts';
import { endedProbe, exampleSettings, goodSample, liveState, timedOut } from '../support/feed.ts';
import { writeYear } from '../support/year-store.ts';

const CONTRACT = 'config/contract.yaml';
const NOW = Date.parse('2026-11-20T03:00:00Z');
const CLOSED_MONTH = '2026-10';
const HOSTILE_PROBE = 'aaaaaaaaaaaaaaaaaaaa';
const PICTURES = process.env['SCREENSHOTS'] !== undefined;
/** What a mail system says and people write, where it would become a part of the page if nobody escaped it. A picture for the manual has none of it. */
export const EVIL = PICTURES ? 'new storage' : `<evil-mark></evil-mark><img src=x onerror=alert(1)>"'&`;
const POP3_IS_SILENT = 'pop.example.org:110 said nothing for 10 s after connecting';
export const PASSWORD = 'correct horse battery';

/** A server over a month of one system that is closed and three weeks of the next, with people who may sign in. */
export interface Stage {
  readonly url: string;
  /** The same agent, whose pages are for those who sign in. */
  readonly closedUrl: string;
  readonly clock: HandClock;
  /** Of a probe whose headers are hostile. */
  readonly probe: string;
  /** A day with a fault. */
  readonly faultDay: string;
  readonly closed: ClosedMonth;
  stop(): Promise<void>;
}

/** A month with two revisions, between which a window was entered. */
export interface ClosedMonth {
  readonly month: string;
  readonly window: string;
  /** Of revision 1 and 2. */
  readonly evidenceSha256: readonly [string, string];
}

export async function openStage(): Promise<Stage> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-browser-'));
  const file = path.join(dir, 'store.db');
  const { contract, text } = loadContract(CONTRACT);
  const span = { from: monthSpan(CLOSED_MONTH, contract.timezone).from - DAY, to: NOW };
  writeYear({ file, system: 'hq', ...span, seed: 5, checkEvery: MINUTE, routeEvery: 10 * MINUTE, outages: 30 });
  const closed = await closeTwice(file);
  const store = await openStore({ path: file, vantage: 'home', now: NOW, thread: false });
  await appendHostileProbe(store);
  const agreements = ['hq', 'web'].map((system) => ({ system, file: CONTRACT, text }));
  const answering = createAnswering({ store: file, agreements });
  const exporting = createExporting({ store: file, agreements });
  const { signal } = new AbortController();
  const glance = await answering.figures('hq', signal);
  const { days } = await answering.history('hq', signal);
  const faultDay = days.findLast(({ kind }) => kind === 'fault')?.date;
  if (faultDay === undefined) throw new Error('expected a day with a fault among 51 days with 30 outages');
  const { months } = await answering.list('hq', signal);

  const clock = createHandClock(NOW);
  const example = exampleSettings();
  const users = await people();
  const metrics = createMetrics({ settings: example, clock, version: '1' });
  const { exclusions, records, acts, preview } = answering;
  const webOf = (pages: AgentSettings['pages']) =>
    createWeb({
      settings: { ...example, agent: { ...example.agent, store: file, users, pages } },
      metrics,
      live: () => troubled(clock.now()),
      recent: () => [{ kind: 'clock-step', at: NOW, stepMs: 1_000 }],
      desk: { ...answering, exportMonth: exporting.exportMonth },
      entries: { contractOf: () => contract, exclusions, records, acts, preview, act: store.act },
      monthsOf: (system) => (system === 'hq' ? months : []),
      figuresOf: (system) => (system === 'hq' ? glance : null),
      clock,
      version: '1',
      log: silentLog,
    });
  const webs = [webOf('open'), webOf('signed-in')];
  const [url = '', closedUrl = ''] = await Promise.all(webs.map(async (web) => (await web.start()).url));
  return {
    url,
    closedUrl,
    clock,
    probe: HOSTILE_PROBE,
    faultDay,
    closed,
    async stop() {
      await Promise.all(webs.map((web) => web.stop()));
      metrics.stop();
      await exporting.stop();
      await answering.stop();
      await store.close(NOW);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Once as it was measured, and again after a window over one of its outages. */
async function closeTwice(file: string): Promise<ClosedMonth> {
  const { contract, text } = loadContract(CONTRACT);
  const db = openForEntry(file);
  try {
    const of = { system: 'hq', month: CLOSED_MONTH };
    const close = async (at: string): Promise<string> => {
      const asked = { ...of, contract: { file: CONTRACT, text }, now: Date.parse(at), provisional: false };
      const done = await closeMonth(db, asked);
      if (done.kind !== 'closed') throw new Error(`expected ${CLOSED_MONTH} to be closed, got: ${done.kind}`);
      return done.evidenceSha256;
    };
    const first = await close('2026-11-02T02:00:00Z');
    const found = monthReport(db, { ...of, contract, which: 'newest' });
    const clauses = found.kind === 'closed' ? published(found.revision).report.clauses : [];
    const [outage] = clauses.flatMap((one) => (one.kind === 'time' ? one.outages : []));
    if (outage === undefined) throw new Error(`expected an outage in ${CLOSED_MONTH}`);
    const window = {
      id: 'W-carrier',
      system: 'hq',
      ground: 'e',
      entered_by: 'Li Wei',
      note: 'the line of the carrier',
    };
    const span = { from: Date.parse(outage.from), to: Date.parse(outage.to) };
    const entered = { ...window, ...span, announced_at: undefined, replaces: undefined };
    addExclusion(db, entered, { now: Date.parse('2026-11-04T02:00:00Z'), grounds: ['e'] });
    return {
      month: CLOSED_MONTH,
      window: window.id,
      evidenceSha256: [first, await close('2026-11-05T02:00:00Z')],
    };
  } finally {
    db.close();
  }
}

async function people(): Promise<AgentSettings['users']> {
  const password_hash = new Secret(await hashPassword(PASSWORD));
  return [
    { name: 'Li Wei', role: 'operator', systems: 'all', password_hash },
    { name: 'Chen Jie', role: 'customer', systems: ['hq'], password_hash },
  ];
}

/** All good but POP3, whose server says what no page may take for its own; but for a picture, our own line is away, too. */
function troubled(now: number): ReturnType<typeof liveState> {
  const failing = goodSample({
    check: 'pop3',
    from: NOW - 200,
    to: NOW,
    ok: false,
    failure: { ...timedOut, detail: POP3_IS_SILENT, words: EVIL },
  });
  const live = liveState(now);
  const checks = (live.systems[0]?.checks ?? []).map((check) =>
    check.check === 'pop3' ? { ...check, state: 'bad' as const, lastSample: failing } : check,
  );
  return liveState(now, { hq: { checks }, gaps: PICTURES ? [] : [{ from: NOW - MINUTE, why: 'own-line' }] });
}

async function appendHostileProbe(store: Awaited<ReturnType<typeof openStore>>): Promise<void> {
  const at = NOW - 5 * MINUTE;
  const probe = endedProbe('inbound', null, {
    id: HOSTILE_PROBE,
    // A route that the store knows: one more would have measured nothing.
    route: 'inbound-1',
    mailbox: 'hq',
    launchedAt: at,
    acceptedAt: at + 90,
    visibleAt: at + 1_500,
    settledAt: at + 2_000,
    outcome: 'delivered',
    folder: PICTURES ? 'Junk' : EVIL,
    misfiled: true,
    copies: 2,
  });
  const open = { ...probe, settledAt: null };
  const headers = [
    'Received: from inner.example by outer.example with ESMTPS; Fri, 20 Nov 2026 02:55:01 +0000',
    `Received: from ${EVIL} by inner.example with ESMTP; Fri, 20 Nov 2026 02:55:00 +0000`,
    `Subject: ${EVIL}`,
  ];
  await store.append({ kind: 'launched', at, probe: { ...open, outcome: 'pending' } });
  await store.append({
    kind: 'sighted',
    at: at + 1_500,
    probe: open,
    meaning: 'first',
    sighting: {
      kind: 'visible',
      probeId: HOSTILE_PROBE,
      at: at + 1_500,
      unseenUntil: at + 1_400,
      mailbox: 'alice',
      folder: EVIL,
      junk: true,
      copyId: 'copy-1',
      headers: headers.join('\r\n'),
    },
  } as never);
  await store.append({ kind: 'settled', at: at + 2_000, probe });
}
