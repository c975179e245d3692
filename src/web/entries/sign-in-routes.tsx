import { plainName } from '../../lib/plain-name.ts';
import { SECOND } from '../../lib/time.ts';
import { createAttempts } from '../sign-in/attempts.ts';
import { createPasswords } from '../sign-in/passwords.ts';
import { WORDS } from './catalogue.ts';
import { TextField } from './field.tsx';
import { Notice, wordsIn } from './frame.tsx';
import type { PeopleParts, Room, Site } from './room.tsx';

const { signIn: words, nav } = WORDS;

/** `/sign-in` and `/sign-out`. */
export function addSignInRoutes(site: Site, room: Room, { settings, door, clock, log }: PeopleParts): void {
  const { users, base_path } = settings.agent;
  const attempts = createAttempts(clock);
  const check = createPasswords(users);

  const page = (
    c: Parameters<Room['show']>[0],
    {
      next,
      name = '',
      error,
      status = 200,
    }: { next: string; name?: string; error?: string; status?: 200 | 403 | 429 | 503 },
  ) => {
    const { lang, token } = room.frame(c);
    const t = wordsIn(lang);
    return room.show(
      c,
      nav.signIn,
      <>
        {error !== undefined && <Notice bad>{error}</Notice>}
        <form class="card fields" method="post" action={`${base_path}/sign-in?next=${encodeURIComponent(next)}`}>
          <input type="hidden" name="token" value={token} />
          <TextField name="name" label={t(words.name)} value={name} autocomplete="username" required />
          <TextField
            name="password"
            label={t(words.password)}
            type="password"
            autocomplete="current-password"
            required
          />
          <div class="buttons">
            <button class="first">{t(nav.signIn)}</button>
          </div>
        </form>
      </>,
      status,
    );
  };

  site.get('/sign-in', (c) => {
    const next = safeNext(c.req.query('next'));
    if (users.length === 0) return closed(c);
    if (door.sessionOf(c) !== null) return c.redirect(`${base_path}${next}`, 303);
    return page(c, { next });
  });

  site.post('/sign-in', room.formLimit, async (c) => {
    const next = safeNext(c.req.query('next'));
    if (users.length === 0) return closed(c);
    const t = wordsIn(room.frame(c).lang);
    const fields = await room.form(c);
    if (fields === undefined) return page(c, { next, error: t(words.stale), status: 403 });
    const [name, password] = [fields.get('name') ?? '', fields.get('password') ?? ''];
    const { address } = door.clientOf(c);
    const wait = attempts.begin(address, plainName(name));
    if (wait > 0) {
      const seconds = Math.ceil(wait / SECOND);
      c.header('Retry-After', String(seconds));
      return page(c, { next, name, error: t(words.wait)(seconds), status: 429 });
    }
    const checked = await check(name, password.slice(0, 2_000));
    switch (checked.kind) {
      case 'busy':
        return page(c, { next, name, error: t(words.busy), status: 503 });
      case 'no':
        // Without the name: whoever types the password there would find it in the log.
        log.warn({ address }, 'a sign-in failed');
        return page(c, { next, name, error: t(words.wrong), status: 403 });
      case 'user':
        attempts.good(address, plainName(name));
        if ((await room.act(c, checked.user, { kind: 'sign in' })) === null)
          return page(c, { next, name, error: t(WORDS.failed), status: 503 });
        door.signIn(c, checked.user);
        return c.redirect(`${base_path}${next}`, 303);
    }
  });

  site.post('/sign-out', room.formLimit, async (c) => {
    const fields = await room.form(c);
    if (fields === undefined) return room.say(c, nav.signOut, words.stale, 403);
    const user = door.signOut(c);
    if (user !== null) await room.act(c, user, { kind: 'sign out' });
    return c.redirect(`${base_path}/`, 303);
  });

  function closed(c: Parameters<Room['show']>[0]) {
    const answer = room.visitor(c, nav.signIn);
    return answer instanceof Response || answer instanceof Promise ? answer : c.redirect(`${base_path}/`, 303);
  }
}

/** A path of ours, with its query: nobody is sent elsewhere after they typed a password. */
function safeNext(next: string | undefined): string {
  const isOurs = next !== undefined && /^\/(?![/\\])[\w./?&=%~+:-]{0,500}$/.test(next) && !next.includes('/sign-');
  return isOurs ? next : '/exclusions';
}
