import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Settings } from '../../config/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { isFullDate } from '../../lib/rfc3339.ts';
import { MINUTE, SECOND, type Instant } from '../../lib/time.ts';
import { DELAY_DAYS, type DelayDays } from '../../month/delay-series.ts';
import type { MonthGlance } from '../../month/glance.ts';
import type { MonthEntry } from '../../month/month-list.ts';
import { CHART_KINDS } from '../../month/delay-chart.ts';
import type { AgentEvent } from '../../probe/event.ts';
import type { LiveState } from '../../probe/live-state.ts';
import { ROUTE_KINDS } from '../../probe/probe.ts';
import { CHART_STYLE } from '../../report/chart-style.ts';
import { text } from '../../report/language.ts';
import { createAnswers, NoAnswerError } from '../answers.ts';
import { livenessOf } from '../health.ts';
import type { Refuse } from '../refusal.tsx';
import { RENEWAL_QUERY } from '../sign-in/by-itself.ts';
import type { Asked, Door } from '../sign-in/door.ts';
import { languageFor } from '../sign-in/language.ts';
import { DayPage } from './day.tsx';
import { Banner } from './banner.tsx';
import { Front } from './front.tsx';
import { createKept } from './kept.ts';
import { LIVE_SCRIPT } from './live-script.ts';
import type { PageDesk } from './page-desk.ts';
import { ProbePage } from './probe.tsx';
import { PAGE_CONTENT_SECURITY_POLICY } from './style.ts';
import { SystemPage } from './system.tsx';
import { inLanguage, refreshOf, renderView, SANDBOX_REFRESH, type Reader, type View } from './view.tsx';
import { WORDS } from './words.ts';

export interface PageParts {
  readonly settings: Settings;
  readonly live: () => LiveState;
  /** The last events, oldest first. */
  readonly recent: () => readonly AgentEvent[];
  readonly desk: PageDesk;
  readonly monthsOf: (system: string) => readonly MonthEntry[];
  readonly figuresOf: (system: string) => MonthGlance | null;
  /** IANA zone of what is told of a system. */
  readonly zoneOf: (system: string) => string;
  /** What stands first on the front page: where to go from there. */
  readonly sandbox: ((view: View) => Child) | null;
  /** Whether whoever asks may look at a system. */
  readonly isTheirs: (c: Asked, system: string) => boolean;
  readonly door: Pick<Door, 'sessionOf' | 'tokenOf'>;
  readonly refuse: Refuse;
  readonly clock: Pick<Clock, 'now' | 'shiftAt' | 'after'>;
  readonly version: string;
  readonly log: Log;
}

/** What is behind a system is some seconds old at most; one answer takes so long at most, and so many different ones wait. */
const LIMITS = { keepMs: 5 * SECOND, limitMs: 10 * SECOND, maxWaiting: 16 };
/** Of what stands on a page, by whom it is asked for aside; the sandbox's page is asked for each two seconds. */
const KEEP_WRITTEN_MS = SECOND;

const CHART_CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(CHART_STYLE).digest('base64')}'; frame-ancestors 'none'`;

/** `/`, `/system/NAME`, its days and charts, `/probe/ID`. */
export function addPageRoutes(site: Hono<{ Bindings: HttpBindings }>, parts: PageParts): void {
  const { settings, live, recent, desk, monthsOf, figuresOf, zoneOf, sandbox, isTheirs, clock, version, log } = parts;
  const { door, refuse } = parts;
  const { base_path: base, vantage, users, metrics } = settings.agent;
  const answers = createAnswers<unknown>({
    clock,
    ...LIMITS,
    failed: (asked, error) => log.error({ asked, error: messageOf(error) }, 'what a page shows could not be read'),
  });
  const onWall = (at: number): number => at + clock.shiftAt(at);
  const written = createKept<Written>(clock, KEEP_WRITTEN_MS);
  let toldAt = -Infinity;

  /** Null: it could not be read now, and the log says why. */
  async function read<Value>(
    key: readonly unknown[],
    make: (signal: AbortSignal) => Promise<Value>,
  ): Promise<{ readonly value: Value } | null> {
    try {
      return { value: (await answers.ask(JSON.stringify(key), make)) as Value };
    } catch (error) {
      // A failure was told by the answers already; that none came has no other teller.
      if (error instanceof NoAnswerError && clock.now() - toldAt >= MINUTE) {
        toldAt = clock.now();
        log.warn({ asked: key, why: error.message }, 'what a page shows was not read: told once a minute at most');
      }
      return null;
    }
  }

  function viewOf(c: Asked, zone: string | undefined, changes: boolean): View {
    const params = new URL(c.req.url).searchParams;
    params.delete('lang');
    params.delete('refresh');
    params.delete(RENEWAL_QUERY);
    const query = params.toString();
    return {
      lang: languageFor(c, base),
      base,
      here: `${c.req.path}${query === '' ? '' : `?${query}`}`,
      version,
      vantage,
      now: onWall(clock.now()),
      zone: zone ?? 'UTC',
      reader: readerOf(c),
      metrics: metrics === 'open',
      refresh: changes ? refreshOf(c.req.query('refresh')) : null,
      sandbox: sandbox !== null,
    };
  }

  function readerOf(c: Asked): Reader {
    if (users.length === 0) return { kind: 'off' };
    // A page that renews itself keeps nobody signed in.
    const session = door.sessionOf(c, false);
    return session === null ? { kind: 'nobody' } : { kind: 'user', name: session.user.name, token: door.tokenOf(c) };
  }

  function show(
    c: Asked,
    view: View,
    title: string,
    children: Child,
    kind: { readonly refreshable: boolean; readonly wall?: boolean },
  ) {
    c.header('Content-Security-Policy', PAGE_CONTENT_SECURITY_POLICY);
    // Under no-referrer a browser sends its forms with "Origin: null" (Fetch, "append a request Origin header").
    if (view.reader.kind === 'user') c.header('Referrer-Policy', 'same-origin');
    c.header('Vary', 'Accept-Language, Cookie');
    return c.html(renderView(view, { title, ...kind, children }));
  }

  /** The address leads to nothing, or not now. */
  function refused(c: Asked, name: keyof typeof REFUSALS) {
    const why = REFUSALS[name];
    return refuse(c, name === 'notNow' ? { status: 503, why, headers: RETRY } : { status: 404, why });
  }

  function namesFor(c: Asked): readonly string[] {
    return settings.systems.map(({ name }) => name).filter((name) => isTheirs(c, name));
  }

  /** As much of how things stand as whoever asks may see. */
  function theirs(c: Asked): LiveState {
    const all = live();
    return { ...all, systems: all.systems.filter(({ name }) => isTheirs(c, name)) };
  }

  function livenessFor(c: Asked, state: LiveState) {
    return livenessOf(
      state,
      { ...settings, systems: settings.systems.filter(({ name }) => isTheirs(c, name)) },
      clock.now(),
      { lang: languageFor(c, base) },
    );
  }

  site.get('/', async (c) => {
    const names = namesFor(c);
    const [first] = names;
    const seen = viewOf(c, first === undefined ? undefined : zoneOf(first), true);
    const refresh = sandbox === null ? seen.refresh : refreshOf(c.req.query('refresh'), SANDBOX_REFRESH);
    const { now, body } = written(['front', seen.lang, names], () => {
      const state = theirs(c);
      const mine = recent().filter((event) => {
        const system = systemOf(event);
        return system === undefined || isTheirs(c, system);
      });
      const facts = { live: state, liveness: livenessFor(c, state), recent: mine, monthsOf, figuresOf, onWall };
      return write(
        seen,
        <>
          {sandbox?.(seen)}
          <Front view={seen} facts={facts} />
        </>,
      );
    });
    const view = { ...seen, now, refresh };
    return show(c, view, inLanguage(view)(WORDS.overview), await body, { refreshable: true, wall: true });
  });

  site.get('/live.js', (c) => c.body(LIVE_SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));

  site.get('/system/:name', async (c) => {
    const name = systemAsked(c, c.req.param('name'));
    const days = daysAsked(c.req.query('days'));
    if (name === undefined || days === undefined) return refused(c, name === undefined ? 'system' : 'days');
    const [history, delays] = await Promise.all([
      read(['history', name], (signal) => desk.history(name, signal)),
      read(['delays', name, days], (signal) => desk.delays({ system: name, days }, signal)),
    ]);
    const seen = viewOf(c, history?.value.timezone ?? zoneOf(name), true);
    const { now, body } = written(['system', seen.lang, name, days, namesFor(c)], () => {
      const state = theirs(c);
      const system = state.systems.find((one) => one.name === name);
      if (system === undefined) throw new Error(`system "${name}" is configured and has no live state`);
      const facts = {
        system,
        months: monthsOf(name),
        history: history?.value ?? null,
        delays: delays?.value ?? null,
        days,
        onWall,
      };
      return write(
        seen,
        <>
          <Banner view={seen} facts={{ live: state, liveness: livenessFor(c, state), onWall }} />
          <SystemPage view={seen} facts={facts} />
        </>,
      );
    });
    return show(c, { ...seen, now }, name, await body, { refreshable: true });
  });

  site.get('/system/:name/day/:date', async (c) => {
    const [name, date] = [systemAsked(c, c.req.param('name')), c.req.param('date')];
    if (name === undefined) return refused(c, 'system');
    if (!isFullDate(date) || date < '1971' || date > '9998') return refused(c, 'day');
    const found = await read(['day', name, date], (signal) => desk.day({ system: name, date }, signal));
    if (found === null) return refused(c, 'notNow');
    const detail = found.value;
    if (detail === null) return refused(c, 'day');
    const view = viewOf(c, detail.timezone, false);
    return show(c, view, `${name} ${date}`, <DayPage view={view} system={name} detail={detail} />, {
      refreshable: false,
    });
  });

  site.get('/system/:name/delay.svg', async (c) => {
    const name = systemAsked(c, c.req.param('name'));
    const days = daysAsked(c.req.query('days'));
    if (name === undefined || days === undefined) return refused(c, name === undefined ? 'system' : 'days');
    const kind = ROUTE_KINDS.find((one) => one === c.req.query('kind'));
    const chart = CHART_KINDS.find((one) => one === (c.req.query('chart') ?? CHART_KINDS[0]));
    const to = instantAsked(c.req.query('to'));
    if (kind === undefined || chart === undefined || to === undefined) return refused(c, 'chart');
    const route = c.req.query('route') ?? '';
    const asked = { system: name, days, to, route, kind, chart, lang: languageFor(c, base) };
    const drawn = await read(['chart', asked], (signal) => desk.chart(asked, signal));
    if (drawn === null) return refused(c, 'notNow');
    if (drawn.value === null) return refused(c, 'chart');
    c.header('Content-Security-Policy', CHART_CONTENT_SECURITY_POLICY);
    return c.body(drawn.value, 200, { 'Content-Type': 'image/svg+xml; charset=utf-8' });
  });

  site.get('/probe/:id', async (c) => {
    const id = c.req.param('id');
    if (!/^[a-z2-7]{20}$/.test(id)) return refused(c, 'probe');
    const found = await read(['probe', id], (signal) => desk.evidence(id, signal));
    if (found === null) return refused(c, 'notNow');
    const evidence = found.value;
    if (evidence === null || systemAsked(c, evidence.probe.system) === undefined) return refused(c, 'probe');
    const view = viewOf(c, zoneOf(evidence.probe.system), false);
    return show(c, view, id, <ProbePage view={view} evidence={evidence} />, { refreshable: false });
  });

  /** One that is configured and that whoever asks may look at. */
  function systemAsked(c: Asked, name: string): string | undefined {
    return settings.systems.find((one) => one.name === name && isTheirs(c, name))?.name;
  }
}

/** What stands on a page, with the now that it tells. */
interface Written {
  readonly now: number;
  readonly body: HtmlEscapedString | Promise<HtmlEscapedString>;
}

function write({ now }: View, children: Child): Written {
  return { now, body: html`${children}` };
}

function daysAsked(text: string | undefined): DelayDays | undefined {
  return text === undefined ? DELAY_DAYS[0] : DELAY_DAYS.find((days) => String(days) === text);
}

/** In whole ms, as a page writes it; null: it names none. */
function instantAsked(text: string | undefined): Instant | null | undefined {
  if (text === undefined) return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The system that an event is about, where it is about one. */
function systemOf(event: AgentEvent): string | undefined {
  if ('probe' in event) return event.probe.system;
  if ('sample' in event) return event.sample.system;
  return 'system' in event ? event.system : undefined;
}

const RETRY = { 'Retry-After': '10' };
const REFUSALS = {
  system: text('没有这个系统。', 'Not found: there is no such system.'),
  day: text('应为已经开始的日期，例如 2026-10-05。', 'Not found: expected a day that has begun, such as 2026-10-05.'),
  days: text(`应为 days=${DELAY_DAYS.join('、')}。`, `Not found: expected days=${DELAY_DAYS.join(', ')}.`),
  chart: text(
    `应为该系统的一条邮路及其类型，以及 chart=${CHART_KINDS.join(' 或 ')}。`,
    `Not found: expected a route of the system with its kind, and chart=${CHART_KINDS.join(' or ')}.`,
  ),
  probe: text('没有这封探测邮件。', 'Not found: there is no such probe.'),
  notNow: text(
    '现在无法读取，原因见监测程序的日志。请稍后再试。',
    'It could not be read now; the log of the agent says why. Expected: an answer when asked again.',
  ),
};
