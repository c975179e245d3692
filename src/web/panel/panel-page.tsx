import { toIso, type Instant } from '../../lib/time.ts';
import type { MonthGlance } from '../../month/glance.ts';
import type { AgentEvent } from '../../probe/event.ts';
import type { LiveSystem } from '../../probe/live-state.ts';
import { FAULTS, type FaultName } from '../../sandbox/faults.ts';
import { COMMA } from '../../report/language.ts';
import { eventWords } from '../event-words.ts';
import { openProbes, Since } from '../pages/front.tsx';
import { Month } from '../pages/month.tsx';
import { CheckRow, MailboxRow, RouteRow } from '../pages/live-rows.tsx';
import { inLanguage, timeText, type View } from '../pages/view.tsx';
import { WORDS } from '../pages/words.ts';
import { FaultSwitch, FaultValue, valueText, type Forms } from './fault-switch.tsx';
import { FAULT_WORDS, GUIDE, WAY_NAMES, WAYS } from './fault-words.ts';
import { PANEL_WORDS } from './panel-words.ts';
import type { SandboxPanel } from './sandbox-panel.ts';

const MAX_EVENTS = 25;

export interface PanelFacts {
  readonly panel: SandboxPanel;
  readonly token: string;
  readonly systems: readonly LiveSystem[];
  /** Oldest first. */
  readonly recent: readonly AgentEvent[];
  readonly figuresOf: (system: string) => MonthGlance | null;
  readonly onWall: (at: Instant) => Instant;
  /** The fault whose value is being typed. */
  readonly typing?: { readonly name: FaultName; readonly typed: string; readonly wrong: boolean } | undefined;
}

/** The faults of the sandbox on one side, on the other what the agent makes of them. */
export function PanelPage({ view, facts }: { readonly view: View; readonly facts: PanelFacts }) {
  const t = inLanguage(view);
  const forms = { view, token: facts.token, faults: facts.panel.faults };
  return (
    <>
      <h2>{t(PANEL_WORDS.title)}</h2>
      <p class="dim">
        {t(PANEL_WORDS.about)} {t(PANEL_WORDS.terminal)}
      </p>
      <StatusBar forms={forms} systems={facts.systems} />
      <div class="panel">
        <section class="card" aria-labelledby="guide">
          <h2 id="guide">{t(PANEL_WORDS.guide)}</h2>
          <ol class="guide">
            {GUIDE.map(({ fault, value, title, watch }) => (
              <li>
                <strong>{t(title)}</strong> <code>{fault}</code>
                <p class="dim">{t(watch)}</p>
                <FaultSwitch
                  forms={forms}
                  name={fault}
                  value={value ?? 'on'}
                  what={t(title)}
                  id={`try-${fault}`}
                  back="agent"
                />
              </li>
            ))}
          </ol>
        </section>
        <AgentSide view={view} facts={facts} />
        <section class="card" aria-labelledby="faults">
          <h2 id="faults">{t(PANEL_WORDS.faults)}</h2>
          {WAYS.map((way) => (
            <>
              <h3 id={`way-${way}`}>{t(WAY_NAMES[way])}</h3>
              <ul class="faults" aria-labelledby={`way-${way}`}>
                {FAULTS.filter(({ name }) => FAULT_WORDS[name].way === way).map(({ name }) => (
                  <li id={`fault-${name}`}>
                    <div>
                      {t(FAULT_WORDS[name].what)} <code>{name}</code>
                    </div>
                    <FaultSwitch
                      forms={forms}
                      name={name}
                      what={`${t(WAY_NAMES[way])}, ${t(FAULT_WORDS[name].what)}`}
                      id={`now-${name}`}
                      back={`fault-${name}`}
                    />
                    {facts.typing?.name === name && <FaultValue forms={forms} {...facts.typing} />}
                  </li>
                ))}
              </ul>
            </>
          ))}
        </section>
      </div>
    </>
  );
}

/** Stays in sight; told by a screen reader when it changes, so it holds nothing that moves by itself. */
function StatusBar({ forms, systems }: { readonly forms: Forms; readonly systems: readonly LiveSystem[] }) {
  const { view, token, faults } = forms;
  const t = inLanguage(view);
  const active = faults.active();
  return (
    <div class="card bar">
      <p role="status" id="status" data-live="">
        {systems.map(({ name, connected }) => (
          <>
            {name}: <strong class={connected}>{t(WORDS.connected[connected])}</strong>
          </>
        ))}{' '}
        · {active.length === 0 ? t(PANEL_WORDS.noneOn) : t(PANEL_WORDS.onNow)(active.join(t(COMMA)))}
      </p>
      <div id="all-off" data-live="">
        {active.length > 0 && (
          <form method="post" action={`${view.base}/sandbox`}>
            <input type="hidden" name="token" value={token} />
            <input type="hidden" name="back" value="status" />
            <button class="end" name="all" value="off" id="all-off-button">
              {t(PANEL_WORDS.allOff)}
            </button>
          </form>
        )}
      </div>
    </div>
  );
}

function AgentSide({ view, facts }: { readonly view: View; readonly facts: PanelFacts }) {
  const t = inLanguage(view);
  const { systems, figuresOf, onWall } = facts;
  return (
    <section class="card agent" id="agent" aria-label={t(PANEL_WORDS.agent)}>
      <h2>{t(PANEL_WORDS.agent)}</h2>
      <div id="agent-now" data-live="">
        {systems.map((system, index) => {
          const glance = figuresOf(system.name);
          return (
            <>
              <p>
                <a href={`${view.base}/system/${encodeURIComponent(system.name)}`}>{system.name}</a>:{' '}
                <span class={`state ${system.connected}`}>{t(WORDS.connected[system.connected])}</span>{' '}
                <span class="dim">
                  <Since view={view} at={system.since} onWall={onWall} />
                </span>
              </p>
              <h3>{t(WORDS.checks)}</h3>
              <ul class="rows">
                {system.checks.map((check) => (
                  <CheckRow view={view} check={check} onWall={onWall} />
                ))}
              </ul>
              <h3>{t(WORDS.routes)}</h3>
              <ul class="rows">
                {system.routes.map((route) => (
                  <RouteRow view={view} route={route} onWall={onWall} />
                ))}
                {system.mailboxes
                  .filter(({ watching }) => watching === 'down')
                  .map((mailbox) => (
                    <MailboxRow view={view} mailbox={mailbox} />
                  ))}
              </ul>
              <p>{openProbes(view, system, onWall)}</p>
              {glance === null ? (
                <p class="dim">{t(WORDS.noMonth)}</p>
              ) : (
                <Month view={view} id={`panel${index}`} glance={glance} />
              )}
            </>
          );
        })}
      </div>
      <h3>{t(PANEL_WORDS.events)}</h3>
      <div id="panel-events" data-live="">
        <Events view={view} facts={facts} />
      </div>
    </section>
  );
}

/** What happened and what was switched, the newest first: what comes of a fault stands above it. */
function Events({ view, facts: { recent, panel } }: { readonly view: View; readonly facts: PanelFacts }) {
  const t = inLanguage(view);
  const switched = panel.changes().map(({ at, name, value }) => ({
    at,
    tone: 'switched',
    text: value === null ? t(PANEL_WORDS.switchedOff)(name) : t(PANEL_WORDS.switchedOn)(name, valueText(view, value)),
  }));
  const seen = recent.map((event) => ({ at: event.at, ...eventWords(event, 'without-system', view.lang) }));
  // Of one instant the later one first.
  const latest = [...seen, ...switched]
    .reverse()
    .sort((one, other) => other.at - one.at)
    .slice(0, MAX_EVENTS);
  if (latest.length === 0) return <p class="dim">{t(WORDS.none)}</p>;
  return (
    <ul class="rows events">
      {latest.map(({ at, tone, text }) => (
        <li>
          <time class="dim" datetime={toIso(at)}>
            {timeText(at, view.zone).slice(11, 19)}
          </time>
          <span class={tone === 'plain' ? undefined : tone}>{text}</span>
        </li>
      ))}
    </ul>
  );
}
