import { createHash } from 'node:crypto';
import type { ReadStream } from 'node:fs';
import type { Socket } from 'node:net';
import { ReadableStream } from 'node:stream/web';
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Settings } from '../../config/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { MINUTE, SECOND } from '../../lib/time.ts';
import type { Evidence } from '../../month/exporting.ts';
import type { MonthList } from '../../month/month-list.ts';
import type { NoReport, ReportAsked, ReportText, ReportTextAsked } from '../../month/report-text.ts';
import { REPORT_CONTENT_SECURITY_POLICY } from '../../report/html-style.ts';
import { createAnswers } from '../answers.ts';
import type { Refuse } from '../refusal.tsx';
import type { Asked } from '../sign-in/door.ts';
import { languageFor } from '../sign-in/language.ts';
import { createAskers, LeftError, type Askers } from './askers.ts';
import type { MonthDesk } from './month-desk.ts';
import { orFailure, refusalOf, RETRY, type Failure } from './or-failure.ts';
import type { Printer } from './printer.ts';
import { REPORT_REFUSALS } from './refusals.ts';
import { reportQuery, type Key, type WrongQuery } from './report-query.ts';

export type Site = Hono<{ Bindings: HttpBindings }>;

export interface DownloadParts {
  readonly settings: Settings;
  readonly desk: Pick<MonthDesk, 'exportMonth'>;
  readonly refuse: Refuse;
  readonly reportOf: (asked: ReportTextAsked) => Promise<ReportText | Failure>;
  readonly listOf: (system: string) => Promise<MonthList | Failure>;
  /** Null: there is no Chromium. */
  readonly printer: Printer | null;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly log: Log;
}

/** One PDF at a time, good for some seconds; one that takes longer than a minute is given up. */
const PDF_LIMITS = { keepMs: 5 * SECOND, limitMs: MINUTE, maxWaiting: 8 };
/** Each evidence is of its own instant, and is read by whoever asked. */
const EVIDENCE_LIMITS = { keepMs: 0, limitMs: 5 * MINUTE, maxWaiting: 4 };
/** Files that are being read by others: each takes room on the disk until it is. */
const MAX_READERS = 8;
/** A reader who takes nothing for so long is gone. */
const IDLE_LIMIT = MINUTE;
/** So is one who takes a little now and then. */
const READ_LIMIT = 30 * MINUTE;

const PDF_TYPE = 'application/pdf';
const EVIDENCE_TYPE = 'application/x-ndjson; charset=utf-8';

/** `/report/2026-10/print`, `/csv`, `/pdf` and `/evidence`: a month to take away. */
export function addDownloadRoutes(site: Site, parts: DownloadParts): void {
  const { settings, desk, refuse, reportOf, listOf, printer, clock, log } = parts;
  const base = settings.agent.base_path;
  const systems = settings.systems.map(({ name }) => name);
  const failed = (what: string) => (asked: string, error: unknown) => {
    if (!(error instanceof LeftError)) log.error({ asked, error: messageOf(error) }, `${what} could not be made`);
  };
  const pdfs = createAnswers<Uint8Array<ArrayBuffer>>({ clock, ...PDF_LIMITS, failed: failed('a PDF of a report') });
  const files = createAnswers<Evidence | NoReport>({ clock, ...EVIDENCE_LIMITS, failed: failed('evidence') });
  /** Who waits for which PDF that is being made. */
  const prints = new Map<string, Print>();
  let givenUp = 0;
  let asked = 0;
  let readers = 0;

  const KEYS: readonly Key[] = ['system', 'lang', 'revision'];

  site.get('/report/:month/print', async (c) => {
    const of = whichOne(c, KEYS);
    if ('why' in of) return refuse(c, of);
    const answer = await reportOf({ ...of, format: 'html' });
    if (answer.kind !== 'report') return refuse(c, refusalOf(answer));
    c.header('Content-Security-Policy', `${REPORT_CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`);
    c.header('Content-Disposition', `inline; filename="${fileName(of, 'html')}"`);
    return c.html(answer.text);
  });

  site.get('/report/:month/csv', async (c) => {
    const of = whichOne(c, KEYS);
    if ('why' in of) return refuse(c, of);
    const answer = await reportOf({ ...of, format: 'csv' });
    if (answer.kind !== 'report') return refuse(c, refusalOf(answer));
    c.header('Content-Disposition', `attachment; filename="${fileName(of, 'csv')}"`);
    return c.body(answer.text, 200, { 'Content-Type': 'text/csv; charset=utf-8' });
  });

  site.get('/report/:month/pdf', async (c) => {
    const of = whichOne(c, KEYS);
    if ('why' in of) return refuse(c, of);
    // The reader's own browser can make one of it.
    const toPrint = (): Response => c.redirect(`${base}/report/${of.month}/print${new URL(c.req.url).search}`, 303);
    if (printer === null) return toPrint();
    if (c.req.method === 'HEAD') return headOf(c, of, 'pdf', PDF_TYPE);
    const answer = await reportOf({ ...of, format: 'html' });
    if (answer.kind !== 'report') return refuse(c, refusalOf(answer));
    const { text } = answer;
    // By what it says: the report of a running month is another one soon.
    const key = JSON.stringify([of, createHash('sha256').update(text).digest('hex')]);
    const pdf = await printed(printer, { key, text }, c.env.incoming.socket);
    if ('kind' in pdf) return toPrint();
    c.header('Content-Disposition', `attachment; filename="${fileName(of, 'pdf')}"`);
    return c.body(pdf, 200, { 'Content-Type': PDF_TYPE });
  });

  site.get('/report/:month/evidence', async (c) => {
    const of = whichOne(c, ['system', 'revision']);
    if ('why' in of) return refuse(c, of);
    if (c.req.method === 'HEAD') return headOf(c, of, 'ndjson', EVIDENCE_TYPE);
    if (readers >= MAX_READERS)
      return refuse(c, { status: 503, why: REPORT_REFUSALS.manyReaders(readers), headers: RETRY });
    readers++;
    const { incoming, outgoing } = c.env;
    // Not that of the answer: one that waits behind another answer of its connection has none yet.
    const { socket } = incoming;
    const { left, add } = createAskers();
    const reader = add(socket);
    const done = (): void => {
      readers--;
      reader.done();
    };
    const { system, month, revision } = of;
    const answer = await orFailure(
      () =>
        files.ask(`${++asked} ${system} ${month} ${revision}`, async (signal) => {
          try {
            return await desk.exportMonth({ system, month, revision }, AbortSignal.any([signal, left]));
          } catch (error) {
            left.throwIfAborted();
            throw error;
          }
        }),
      REPORT_REFUSALS.evidence,
    );
    if (answer.kind !== 'evidence') {
      done();
      return refuse(c, refusalOf(answer));
    }
    const { file, bytes } = answer;
    const stream = file.createReadStream();
    const deadline = clock.after(READ_LIMIT, () => socket.destroy());
    stream.once('close', () => {
      deadline.cancel();
      done();
    });
    left.addEventListener('abort', () => stream.destroy(), { once: true });
    if (left.aborted) stream.destroy();
    outgoing.setTimeout(IDLE_LIMIT, () => outgoing.destroy());
    c.header('Content-Disposition', `attachment; filename="${fileName(of, 'ndjson')}"`);
    c.header('Content-Length', String(bytes));
    c.header('Content-Type', EVIDENCE_TYPE);
    return stream.destroyed ? c.body(null) : c.body(bodyOf(stream, socket));
  });

  /** For all who ask for the same at once. When the last of them leaves, Chromium is ended. */
  async function printed(
    to: Printer,
    { key, text }: Document,
    socket: Socket,
  ): Promise<Uint8Array<ArrayBuffer> | Failure> {
    const print = printOf(key);
    const { left } = print.askers;
    const { done } = print.askers.add(socket);
    try {
      return await orFailure(
        () =>
          pdfs.ask(`${key} ${print.n}`, async (signal) => {
            left.throwIfAborted();
            return to.print(text, AbortSignal.any([signal, left]));
          }),
        REPORT_REFUSALS.pdf,
      );
    } finally {
      done();
      if (prints.get(key) === print) prints.delete(key);
    }
  }

  function printOf(key: string): Print {
    const found = prints.get(key);
    if (found !== undefined && !found.askers.left.aborted) return found;
    // Who comes after all others left does not wait for what is being given up.
    if (found !== undefined) givenUp++;
    const print = { askers: createAskers(), n: givenUp };
    prints.set(key, print);
    return print;
  }

  /** What GET would lead to, without making it: how long that is nobody knows before. */
  async function headOf(c: Asked, of: ReportAsked, extension: string, type: string): Promise<Response> {
    const list = await listOf(of.system);
    if ('kind' in list) return refuse(c, refusalOf(list));
    const found = list.months.find(({ month }) => month === of.month);
    const isThere = of.revision === null || found?.revisions.some(({ revision }) => revision === of.revision) === true;
    if (found === undefined || !isThere) return refuse(c, { status: 404, why: REPORT_REFUSALS.noReport });
    c.header('Content-Disposition', `attachment; filename="${fileName(of, extension)}"`);
    return c.body(null, 200, { 'Content-Type': type });
  }

  /** What is asked for, or the answer to a question that is wrong. */
  function whichOne(c: Asked, keys: readonly Key[]): ReportAsked | WrongQuery {
    const params = new URL(c.req.url).searchParams;
    const query = reportQuery(params, { keys, systems, month: c.req.param('month') ?? '' });
    if ('why' in query) return query;
    const { system, month, revision } = query;
    c.header('Vary', 'Accept-Language, Cookie');
    return { system, month, revision, lang: languageFor(c, base) };
  }
}

interface Print {
  readonly askers: Askers;
  /** How many were given up before. */
  readonly n: number;
}

interface Document {
  /** What it says and for whom, in short. */
  readonly key: string;
  readonly text: string;
}

/** An early end is an error, unless nobody is there any more to take it for the whole. */
function bodyOf(stream: ReadStream, socket: Socket): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(
    (async function* () {
      try {
        for await (const bytes of stream) yield bytes as Uint8Array<ArrayBuffer>;
      } catch (error) {
        if (!socket.destroyed) throw error;
      }
    })(),
  );
}

/** `corp-2026-10.csv`, or `corp-2026-10-r1.csv` of a revision that was named. Names of systems are plain. */
export function fileName({ system, month, revision }: Omit<ReportAsked, 'lang'>, extension: string): string {
  return `${system}-${month}${revision === null ? '' : `-r${revision}`}.${extension}`;
}
