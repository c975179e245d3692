import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Settings } from '../../config/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { isOneLine } from '../../lib/one-line.ts';
import type { MonthGlance } from '../../month/glance.ts';
import type { AgentEvent } from '../../probe/event.ts';
import type { LiveState } from '../../probe/live-state.ts';
import { FAULTS, parseFault, setFault, type FaultName } from '../../sandbox/faults.ts';
import { formLimit } from '../entries/form-limit.ts';
import { SANDBOX_REFRESH, inLanguage, refreshOf, renderView, type View } from '../pages/view.tsx';
import type { Refuse } from '../refusal.tsx';
import type { Asked, Door } from '../sign-in/door.ts';
import { languageFor } from '../sign-in/language.ts';
import { kindOf } from './fault-switch.tsx';
import { PanelPage, type PanelFacts } from './panel-page.tsx';
import { PANEL_CONTENT_SECURITY_POLICY, PANEL_STYLE } from './panel-style.ts';
import { PANEL_WORDS } from './panel-words.ts';
import type { SandboxPanel } from './sandbox-panel.ts';

export interface PanelParts {
  readonly settings: Settings;
  readonly panel: SandboxPanel;
  readonly door: Pick<Door, 'tokenOf' | 'isToken'>;
  readonly refuse: Refuse;
  readonly live: () => LiveState;
  readonly recent: () => readonly AgentEvent[];
  readonly figuresOf: (system: string) => MonthGlance | null;
  readonly zoneOf: (system: string) => string;
  readonly clock: Pick<Clock, 'now' | 'shiftAt'>;
  readonly version: string;
  readonly log: Log;
}

/** `/sandbox`: to switch faults of the sandbox on and watch what the agent makes of them. */
export function addPanelRoutes(site: Hono<{ Bindings: HttpBindings }>, parts: PanelParts): void {
  const { settings, panel, door, refuse, live, recent, figuresOf, zoneOf, clock, version, log } = parts;
  const { base_path: base, vantage } = settings.agent;
  const onWall = (at: number): number => at + clock.shiftAt(at);

  site.get('/sandbox', (c) => {
    const name = nameOf(c.req.query('value'));
    const typing = name === undefined || kindOf(name) === 'switch' ? undefined : { name, typed: '', wrong: false };
    return page(c, typing, 200);
  });

  site.post('/sandbox', formLimit(refuse), async (c) => {
    const fields = new URLSearchParams(await c.req.text());
    if (!door.isToken(c, fields.get('token') ?? '')) return refuse(c, { status: 403, why: PANEL_WORDS.stale });
    if (fields.get('all') === 'off') await panel.faults.reset();
    else {
      const name = nameOf(fields.get('fault'));
      if (name === undefined) return refuse(c, { status: 422, why: PANEL_WORDS.wrongFault });
      const typed = (fields.get('value') ?? '').trim();
      const setting = parseFault(`${name}=${typed}`);
      const isGood = setting.kind === 'fault' && isOneLine(typed, MAX_TEXT) && typed !== '';
      if (!isGood) return page(c, { name, typed, wrong: true }, 422);
      await setFault(panel.faults, setting);
    }
    log.info({ faults: panel.faults.active() }, 'faults of the sandbox were switched');
    return c.redirect(`${base}/sandbox#${placeOf(fields.get('back'))}`, 303);
  });

  function page(c: Asked, typing: PanelFacts['typing'], status: 200 | 422) {
    const view = viewOf(c, typing?.name);
    const { systems } = live();
    const facts = { panel, token: door.tokenOf(c), systems, recent: recent(), figuresOf, onWall, typing };
    c.header('Content-Security-Policy', PANEL_CONTENT_SECURITY_POLICY);
    // Under no-referrer a browser sends its forms with "Origin: null" (Fetch, "append a request Origin header").
    c.header('Referrer-Policy', 'same-origin');
    c.header('Vary', 'Accept-Language, Cookie');
    const document = renderView(view, {
      title: inLanguage(view)(PANEL_WORDS.title),
      refreshable: true,
      style: PANEL_STYLE,
      liveParts: true,
      holdsForm: typing !== undefined,
      children: <PanelPage view={view} facts={facts} />,
    });
    return c.html(document, status);
  }

  function viewOf(c: Asked, typing: FaultName | undefined): View {
    const [first] = settings.systems;
    return {
      lang: languageFor(c, base),
      base,
      here: typing === undefined ? '/sandbox' : `/sandbox?value=${typing}`,
      version,
      vantage,
      now: onWall(clock.now()),
      zone: first === undefined ? 'UTC' : zoneOf(first.name),
      reader: { kind: 'off' },
      metrics: settings.agent.metrics === 'open',
      refresh: refreshOf(c.req.query('refresh'), SANDBOX_REFRESH),
      sandbox: true,
    };
  }
}

const MAX_TEXT = 200;

function nameOf(text: string | null | undefined): FaultName | undefined {
  return FAULTS.find(({ name }) => name === text)?.name;
}

/** The part of the page that a form came from. */
function placeOf(text: string | null): string {
  return text !== null && /^[a-z0-9-]{1,40}$/.test(text) ? text : 'status';
}
