import { humanMs, toIso, type Instant } from '../lib/time.ts';
import type { MonthEntry } from '../month/month-list.ts';
import type { LiveCheck, LiveMailbox, LiveRoute, LiveSystem, Reachability } from '../probe/live-state.ts';
import { failureWords } from './event-words.ts';

/** Good targets beyond this many are told as a number: a system may have a thousand mailboxes. */
const MAX_GOOD_ROWS = 25;

/** Older reports are asked for by their address. */
const MAX_REPORTS = 13;

const CONNECTED: Readonly<Record<Reachability, string>> = {
  good: 'connected',
  bad: 'not connected',
  unmeasured: 'unmeasured',
};

/** One system: connected since when, then what is wrong, then what is well. */
export function SystemCard({
  system,
  base,
  months,
  now,
  onWall,
}: {
  readonly system: LiveSystem;
  /** What stands before every link. */
  readonly base: string;
  /** Oldest first. */
  readonly months: readonly MonthEntry[];
  readonly now: Instant;
  readonly onWall: (at: Instant) => Instant;
}) {
  const troubled = system.checks.filter(({ state }) => state !== 'good');
  const good = system.checks.filter(({ state }) => state === 'good');
  const unwatched = system.mailboxes.filter(({ watching }) => watching !== 'up');
  return (
    <section class="card" aria-label={`system ${system.name}`}>
      <h2>
        {system.name}: <span class={system.connected}>{CONNECTED[system.connected]}</span>{' '}
        <Since at={system.since} now={now} onWall={onWall} />
      </h2>
      {months.length > 0 && <Reports system={system.name} base={base} months={months} />}
      {system.checks.length > 0 && <h3>Checks</h3>}
      <ul class="rows">
        {[...troubled, ...good.slice(0, MAX_GOOD_ROWS)].map((check) => (
          <CheckRow check={check} now={now} />
        ))}
      </ul>
      {good.length > MAX_GOOD_ROWS && <p class="dim">and {good.length - MAX_GOOD_ROWS} more that are good</p>}
      {system.routes.length > 0 && <h3>Routes</h3>}
      <ul class="rows">
        {system.routes.map((route) => (
          <RouteRow route={route} now={now} />
        ))}
      </ul>
      {unwatched.length > 0 && <h3>Mailboxes that are not watched</h3>}
      <ul class="rows">
        {unwatched.map((mailbox) => (
          <MailboxRow mailbox={mailbox} now={now} onWall={onWall} />
        ))}
      </ul>
    </section>
  );
}

function Reports({
  system,
  base,
  months,
}: {
  readonly system: string;
  readonly base: string;
  readonly months: readonly MonthEntry[];
}) {
  const latest = months.slice(-MAX_REPORTS).reverse();
  return (
    <p>
      Reports:{' '}
      {latest.map(({ month, running, revisions }, index) => (
        <>
          {index > 0 && ' · '}
          <a href={`${base}/report/${month}?system=${encodeURIComponent(system)}`}>{month}</a>
          {running && <span class="dim"> so far</span>}
          {revisions.length > 0 && <span class="dim"> closed</span>}
        </>
      ))}
    </p>
  );
}

function CheckRow({ check, now }: { readonly check: LiveCheck; readonly now: Instant }) {
  const sample = check.lastSample;
  return (
    <li>
      <State state={check.state} />
      <span>
        {check.check} <span class="dim">{check.target}</span>
      </span>
      <span class="figure">
        {sample === null ? (
          <span class="dim">not visited yet</span>
        ) : (
          <>
            {humanMs(sample.to - sample.from)} <Ago at={sample.to} now={now} />{' '}
            <span class="dim">{sample.phases.map(({ phase, ms }) => `${phase} ${humanMs(ms)}`).join(' · ')}</span>
          </>
        )}
      </span>
      {sample?.failure !== undefined && <span class="words">{failureWords(sample.failure)}</span>}
      {sample?.transient !== undefined && (
        <span class="words dim">good at the second attempt; the first: {failureWords(sample.transient)}</span>
      )}
    </li>
  );
}

function RouteRow({ route, now }: { readonly route: LiveRoute; readonly now: Instant }) {
  return (
    <li>
      <State state={route.state} />
      <span>
        {route.kind} {route.name !== route.kind && <span class="dim">{route.name}</span>}
      </span>
      <span class="figure">
        {route.lastDelay === null ? (
          <span class="dim">nothing came out yet</span>
        ) : (
          <>
            last delay {humanMs(Math.max(0, route.lastDelay.ms))} <Ago at={route.lastDelay.at} now={now} />
          </>
        )}
        {route.open > 0 && ` · ${route.open} open`}
        {route.oldestOpenAt !== null && `, the oldest for ${humanMs(Math.max(0, now - route.oldestOpenAt))}`}
      </span>
      {route.failure !== null && <span class="words">{failureWords(route.failure)}</span>}
    </li>
  );
}

function MailboxRow({
  mailbox,
  now,
  onWall,
}: {
  readonly mailbox: LiveMailbox;
  readonly now: Instant;
  readonly onWall: (at: Instant) => Instant;
}) {
  return (
    <li>
      <span class={`state ${mailbox.watching === 'down' ? 'bad' : 'unmeasured'}`}>{mailbox.watching}</span>
      <span>{mailbox.name}</span>
      <Since at={mailbox.since} now={now} onWall={onWall} />
      {mailbox.failure !== undefined && <span class="words">{failureWords(mailbox.failure)}</span>}
    </li>
  );
}

function State({ state }: { readonly state: Reachability }) {
  return <span class={`state ${state}`}>{state}</span>;
}

function Since({
  at,
  now,
  onWall,
}: {
  readonly at: Instant | null;
  readonly now: Instant;
  readonly onWall: (at: Instant) => Instant;
}) {
  if (at === null) return <span class="dim">not judged yet</span>;
  return (
    <span class="dim">
      for {humanMs(Math.max(0, now - at))}, since <time>{toIso(onWall(at))}</time>
    </span>
  );
}

function Ago({ at, now }: { readonly at: Instant; readonly now: Instant }) {
  return <span class="dim">({humanMs(Math.max(0, now - at))} ago)</span>;
}
