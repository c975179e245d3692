import { raw } from 'hono/html';
import type { Instant } from '../../lib/time.ts';
import type { LiveCheck, LiveMailbox, LiveRoute, Reachability } from '../../probe/live-state.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import { waterfall } from './charts.ts';
import { bounded, FailureText, inLanguage, length, type View } from './view.tsx';
import { WORDS } from './words.ts';

type OnWall = (at: Instant) => Instant;

/** A check at a target; with an id also the phases of its last visit. A route likewise, of its last attempt to send. */
export function CheckRow({
  view,
  check,
  onWall,
  id,
}: {
  readonly view: View;
  readonly check: LiveCheck;
  readonly onWall: OnWall;
  readonly id?: string;
}) {
  const t = inLanguage(view);
  const sample = check.lastSample;
  return (
    <li>
      <StateWord view={view} state={check.state} />
      <span>
        {t(CATALOGUE.names.check[check.check])} <span class="dim">{check.target}</span>
      </span>
      <span class="figure">
        {sample === null ? (
          <span class="dim">{t(WORDS.notVisited)}</span>
        ) : (
          <>
            {t(WORDS.visit)(length(view, sample.to - sample.from))}{' '}
            <span class="dim">({t(WORDS.ago)(length(view, view.now - onWall(sample.to)))})</span>
          </>
        )}
      </span>
      {sample?.failure !== undefined && (
        <span class="words">
          <FailureText view={view} failure={sample.failure} />
        </span>
      )}
      {sample?.transient !== undefined && (
        <span class="words dim">
          {t(WORDS.secondAttempt)} <FailureText view={view} failure={sample.transient} />
        </span>
      )}
      {id !== undefined && sample !== null && sample.phases.length > 0 && (
        <div class="words">{raw(waterfall(view, id, sample.phases))}</div>
      )}
    </li>
  );
}

export function RouteRow({
  view,
  route,
  onWall,
  id,
}: {
  readonly view: View;
  readonly route: LiveRoute;
  readonly onWall: OnWall;
  readonly id?: string;
}) {
  const t = inLanguage(view);
  const { lastDelay, lastSend } = route;
  return (
    <li>
      <StateWord view={view} state={route.state} />
      <span>
        {t(CATALOGUE.names.check[route.kind])} {route.name !== route.kind && <span class="dim">{route.name}</span>}
      </span>
      <span class="figure">
        {lastDelay === null ? (
          <span class="dim">{t(WORDS.nothingOut)}</span>
        ) : (
          <>
            {t(WORDS.lastDelay)}{' '}
            {bounded(view, { leastMs: lastDelay.leastMs, estimateMs: lastDelay.ms, mostMs: lastDelay.ms })}{' '}
            <span class="dim">({t(WORDS.ago)(length(view, view.now - onWall(lastDelay.at)))})</span>
          </>
        )}
        {route.open > 0 &&
          ` · ${t(WORDS.open)(route.open, route.oldestOpenAt === null ? '' : length(view, view.now - onWall(route.oldestOpenAt)))}`}
      </span>
      {route.failure !== null && (
        <span class="words">
          <FailureText view={view} failure={route.failure} />
        </span>
      )}
      {id !== undefined && lastSend !== null && lastSend.phases.length > 0 && (
        <div class="words">
          {t(WORDS.lastSend)(length(view, lastSend.to - lastSend.from), length(view, view.now - onWall(lastSend.to)))}
          {raw(waterfall(view, id, lastSend.phases))}
        </div>
      )}
    </li>
  );
}

export function MailboxRow({ view, mailbox }: { readonly view: View; readonly mailbox: LiveMailbox }) {
  const t = inLanguage(view);
  const tone = { starting: 'unmeasured', up: 'good', down: 'bad' }[mailbox.watching];
  return (
    <li>
      <span class={`state ${tone}`}>{t(WORDS.watching[mailbox.watching])}</span>
      <span>
        {t(WORDS.mailbox)} {mailbox.name}
      </span>
      {mailbox.failure !== undefined && (
        <span class="words">
          <FailureText view={view} failure={mailbox.failure} />
        </span>
      )}
    </li>
  );
}

export function StateWord({ view, state }: { readonly view: View; readonly state: Reachability }) {
  return <span class={`state ${state}`}>{inLanguage(view)(WORDS.state[state])}</span>;
}
