import type { Instant } from '../../lib/time.ts';
import type { LiveSystem } from '../../probe/live-state.ts';
import { CheckRow, MailboxRow, RouteRow } from './live-rows.tsx';
import { inLanguage, type View } from './view.tsx';
import { WORDS } from './words.ts';

/** What is wrong beyond this many is told as a number: a system may have a thousand mailboxes. */
const MAX_TROUBLE = 25;

/** What is wrong with a system, each with why. */
export function Trouble({
  view,
  system,
  onWall,
}: {
  readonly view: View;
  readonly system: LiveSystem;
  readonly onWall: (at: Instant) => Instant;
}) {
  const t = inLanguage(view);
  const { checks, routes, mailboxes } = troubleOf(system);
  const rows = [
    ...checks.map((check) => <CheckRow view={view} check={check} onWall={onWall} />),
    ...routes.map((route) => <RouteRow view={view} route={route} onWall={onWall} />),
    ...mailboxes.map((mailbox) => <MailboxRow view={view} mailbox={mailbox} />),
  ];
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{t(WORDS.trouble)}</h3>
      <ul class="rows">{rows.slice(0, MAX_TROUBLE)}</ul>
      {rows.length > MAX_TROUBLE && <p class="dim">{t(WORDS.more)(rows.length - MAX_TROUBLE)}</p>}
    </>
  );
}

export function hasTrouble(system: LiveSystem): boolean {
  const { checks, routes, mailboxes } = troubleOf(system);
  return system.connected === 'bad' || checks.length + routes.length + mailboxes.length > 0;
}

function troubleOf({ checks, routes, mailboxes }: LiveSystem): Pick<LiveSystem, 'checks' | 'routes' | 'mailboxes'> {
  return {
    checks: checks.filter(
      ({ state, lastSample }) => state === 'bad' || (state === 'unmeasured' && lastSample !== null),
    ),
    // Letters that are held make a route unmeasured that was measured before.
    routes: routes.filter(
      ({ state, failure, open, lastDelay }) =>
        state === 'bad' || failure !== null || (state === 'unmeasured' && open > 0 && lastDelay !== null),
    ),
    mailboxes: mailboxes.filter(({ watching }) => watching === 'down'),
  };
}
