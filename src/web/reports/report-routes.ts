import type { Context } from 'hono';
import type { Settings } from '../../config/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { SECOND } from '../../lib/time.ts';
import type { MonthList } from '../../month/month-list.ts';
import type { NoReport, ReportPage, ReportText, ReportTextAsked } from '../../month/report-text.ts';
import { formatInZone } from '../../sla/zoned-text.ts';
import { createAnswers } from '../answers.ts';
import type { Refuse } from '../refusal.tsx';
import { languageFor } from '../sign-in/language.ts';
import { addDownloadRoutes, fileName, type Site } from './download-routes.ts';
import { FRAME_CONTENT_SECURITY_POLICY } from './frame-style.ts';
import type { MonthDesk } from './month-desk.ts';
import { orFailure, refusalOf, RETRY, type Failure } from './or-failure.ts';
import type { Printer } from './printer.ts';
import { renderReportPage } from './report-page.tsx';
import { REPORT_REFUSALS } from './refusals.ts';
import { reportQuery, systemAsked, type WrongQuery } from './report-query.ts';

export interface ReportRouteParts {
  readonly settings: Settings;
  readonly desk: MonthDesk;
  readonly refuse: Refuse;
  /** Null: there is no Chromium. */
  readonly printer: Printer | null;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly log: Log;
}

/** A report is some seconds old at most, one takes so long at most, and so many different ones wait. */
const LIMITS = { keepMs: 5 * SECOND, limitMs: 20 * SECOND, maxWaiting: 16 };

/** `/api/v1/report`, `/api/v1/months` and `/report/2026-10`: a month as JSON, as the document that people read, and to take away. */
export function addReportRoutes(site: Site, parts: ReportRouteParts): void {
  const { settings, desk, refuse, printer, clock, log } = parts;
  const base = settings.agent.base_path;
  const systems = settings.systems.map(({ name }) => name);
  const failed = (asked: string, error: unknown): void =>
    log.error({ asked, error: messageOf(error) }, 'what was asked about a month could not be computed');
  const reports = createAnswers<ReportText>({ clock, ...LIMITS, failed });
  const pages = createAnswers<ReportPage | NoReport>({ clock, ...LIMITS, failed });
  const lists = createAnswers<MonthList>({ clock, ...LIMITS, failed });

  const reportOf = (asked: ReportTextAsked): Promise<ReportText | Failure> =>
    orFailure(() => reports.ask(JSON.stringify(asked), (signal) => desk.report(asked, signal)));
  const listOf = (system: string): Promise<MonthList | Failure> =>
    orFailure(() => lists.ask(system, (signal) => desk.list(system, signal)));

  site.get('/api/v1/report', async (c) => {
    const query = reportQuery(paramsOf(c), { keys: ['month', 'system', 'revision'], systems });
    if ('why' in query) return refused(c, query);
    const { system, month, revision } = query;
    const answer = await reportOf({ system, month, revision, format: 'json', lang: 'en' });
    switch (answer.kind) {
      case 'report':
        c.header('Content-Disposition', `inline; filename="${fileName(query, 'json')}"`);
        return c.body(answer.text, 200, { 'Content-Type': JSON_TYPE });
      case 'none':
        return refused(c, { status: 404, why: answer.why });
      case 'failed':
        return c.json({ error: answer.why.en }, 503, RETRY);
    }
  });

  site.get('/api/v1/months', async (c) => {
    const params = paramsOf(c);
    const system = monthsSystem(params, systems);
    if (typeof system !== 'string') return refused(c, system);
    const list = await listOf(system);
    if ('kind' in list) return c.json({ error: list.why.en }, 503, RETRY);
    return c.body(`${JSON.stringify(writtenList(system, list), null, 2)}\n`, 200, { 'Content-Type': JSON_TYPE });
  });

  site.get('/report/:month', async (c) => {
    const month = c.req.param('month');
    const query = reportQuery(paramsOf(c), { keys: ['system', 'lang', 'revision'], systems, month });
    if ('why' in query) return refuse(c, query);
    const { system, revision } = query;
    const lang = languageFor(c, base);
    const asked = { system, month, revision, lang };
    const page = await orFailure(() => pages.ask(JSON.stringify(asked), (signal) => desk.page(asked, signal)));
    switch (page.kind) {
      case 'page':
        c.header('Content-Security-Policy', FRAME_CONTENT_SECURITY_POLICY);
        c.header('Vary', 'Accept-Language, Cookie');
        return c.html(renderReportPage({ base, lang, system, month, asked: revision, page, pdf: printer !== null }));
      case 'none':
      case 'failed':
        return refuse(c, refusalOf(page));
    }
  });

  addDownloadRoutes(site, { settings, desk, refuse, reportOf, listOf, printer, clock, log });
}

const JSON_TYPE = 'application/json; charset=utf-8';

function monthsSystem(params: URLSearchParams, systems: readonly string[]): string | WrongQuery {
  if ([...params.keys()].some((name) => name !== 'system') || params.getAll('system').length > 1)
    return { status: 400, why: REPORT_REFUSALS.onlySystem };
  return systemAsked(params, systems);
}

function writtenList(system: string, { timezone, months }: MonthList): object {
  return {
    system,
    timezone,
    months: months.map(({ month, running, revisions }) => ({
      month,
      running,
      revisions: revisions.map(({ revision, closedAt, provisional }) => ({
        revision,
        closed_at: formatInZone(closedAt, timezone),
        provisional,
      })),
    })),
  };
}

function refused(c: Context, { status, why }: WrongQuery): Response {
  return c.json({ error: why.en }, status);
}

function paramsOf(c: Context): URLSearchParams {
  return new URL(c.req.url).searchParams;
}
