import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import type { Settings } from '../../config/settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { SECOND, type Instant } from '../../lib/time.ts';
import type { Text } from '../../report/language.ts';
import type { Deed, Done } from '../../store/acts.ts';
import { createAnswers, NoAnswerError } from '../answers.ts';
import type { Refuse } from '../refusal.tsx';
import type { Asked, Door } from '../sign-in/door.ts';
import { languageFor } from '../sign-in/language.ts';
import { isFor, type User } from '../sign-in/roles.ts';
import type { Session } from '../sign-in/sessions.ts';
import { WORDS } from './catalogue.ts';
import type { EntryDesk } from './entry-desk.ts';
import { formLimit } from './form-limit.ts';
import { FORM_CONTENT_SECURITY_POLICY } from './form-style.ts';
import { Notice, renderFrame, wordsIn, type Frame } from './frame.tsx';

export type Site = Hono<{ Bindings: HttpBindings }>;

export interface PeopleParts {
  readonly settings: Settings;
  readonly door: Door;
  readonly refuse: Refuse;
  readonly entries: EntryDesk;
  readonly clock: Pick<Clock, 'now' | 'shiftAt' | 'after'>;
  readonly log: Log;
}

/** Somebody who is signed in, in one of their systems. */
export interface Visitor {
  readonly user: User;
  readonly session: Session;
  readonly system: string;
  /** All of theirs. */
  readonly systems: readonly string[];
}

/** What the pages of people have in common. */
export interface Room {
  readonly base: string;
  readonly entries: EntryDesk;
  /** Stands before every form that is sent here. */
  readonly formLimit: ReturnType<typeof formLimit>;
  frame(c: Asked): Frame;
  show(
    c: Asked,
    title: Text,
    children: Child,
    status?: 200 | 403 | 404 | 409 | 413 | 422 | 429 | 503,
  ): Response | Promise<Response>;
  /** A page with one sentence. */
  say(c: Asked, title: Text, sentence: Text, status: 403 | 404 | 409 | 413 | 429 | 503): Response | Promise<Response>;
  /** Who asks; else the answer to nobody, or to somebody whose system that is not. */
  visitor(c: Asked, title: Text): Visitor | Response | Promise<Response>;
  /** What a form holds; undefined: its token is not of this browser. */
  form(c: Asked): Promise<URLSearchParams | undefined>;
  /** The wall's now: what is written down. */
  now(): Instant;
  /** One read at a time, each in bounds; null: it could not be made, and the log says why. */
  read<Value>(make: (signal: AbortSignal) => Promise<Value>): Promise<Value | null>;
  /** Does it, and says so in the log; null: it could not be written. */
  act(c: Asked, user: User, deed: Deed): Promise<Done | null>;
}

const LIMITS = { keepMs: 0, limitMs: 20 * SECOND, maxWaiting: 16 };

export function createRoom({ settings, door, refuse, entries, clock, log }: PeopleParts): Room {
  const base = settings.agent.base_path;
  const names = settings.systems.map(({ name }) => name);
  let asked = 0;
  const answers = createAnswers<unknown>({
    clock,
    ...LIMITS,
    failed: (_, error) => log.error({ error: messageOf(error) }, 'what a page of entries needs could not be read'),
  });

  function now(): Instant {
    const at = clock.now();
    return at + clock.shiftAt(at);
  }

  function frame(c: Asked): Frame {
    const url = new URL(c.req.url);
    url.searchParams.delete('lang');
    // A page that answers a form is asked for by its address again.
    const here = `${c.req.path}${url.search}`;
    const lang = languageFor(c, base);
    return { lang, base, user: door.sessionOf(c)?.user ?? null, token: door.tokenOf(c), here };
  }

  const show: Room['show'] = async (c, title, children, status = 200) => {
    const of = frame(c);
    c.header('Content-Security-Policy', FORM_CONTENT_SECURITY_POLICY);
    // Under no-referrer a browser sends its forms with "Origin: null" (Fetch, "append a request Origin header").
    c.header('Referrer-Policy', 'same-origin');
    c.header('Vary', 'Accept-Language, Cookie');
    return c.html(await renderFrame(of, { title: wordsIn(of.lang)(title), children }), status);
  };

  const say: Room['say'] = (c, title, sentence, status) =>
    show(c, title, <Notice bad>{wordsIn(frame(c).lang)(sentence)}</Notice>, status);

  return {
    base,
    entries,
    formLimit: formLimit(refuse),
    frame,
    show,
    say,
    now,
    visitor(c, title) {
      if (settings.agent.users.length === 0) return show(c, title, <SignInIsOff lang={frame(c).lang} />, 403);
      const session = door.sessionOf(c);
      if (session === null) {
        const { search } = new URL(c.req.url);
        // A form that comes too late is not sent again by signing in: its page is shown.
        return c.redirect(`${base}/sign-in?next=${encodeURIComponent(`${c.req.path}${search}`)}`, 303);
      }
      const { user } = session;
      const systems = names.filter((name) => isFor(user, name));
      const system = c.req.query('system') ?? systems[0];
      if (system === undefined || !systems.includes(system)) return say(c, title, WORDS.unknownSystem, 404);
      return { user, session, system, systems };
    },
    async form(c) {
      const fields = new URLSearchParams(await c.req.text());
      return door.isToken(c, fields.get('token') ?? '') ? fields : undefined;
    },
    async read<Value>(make: (signal: AbortSignal) => Promise<Value>) {
      try {
        // Each by itself: what stands in the list a moment after an act must be what it is then.
        return (await answers.ask(String(++asked), make)) as Value;
      } catch (error) {
        if (error instanceof NoAnswerError) log.warn({ why: error.message }, 'a page of entries was not made');
        return null;
      }
    },
    async act(c, user, deed) {
      const actor = { person: user.name, role: user.role, address: door.clientOf(c).address };
      try {
        const done = await entries.act(deed, actor, now());
        const system = 'system' in deed ? deed.system : 'entry' in deed ? deed.entry.system : undefined;
        if (done.kind === 'done') log.info({ act: deed.kind, ...actor, system, entry: done.id }, 'somebody acted');
        return done;
      } catch (error) {
        log.error(
          { act: deed.kind, ...actor, error: messageOf(error) },
          'an act could not be written, and was not done',
        );
        return null;
      }
    },
  };
}

function SignInIsOff({ lang }: { readonly lang: Frame['lang'] }) {
  const t = wordsIn(lang);
  return (
    <div class="card">
      <h2>{t(WORDS.signIn.off)}</h2>
      <p>{t(WORDS.signIn.offWhy)}</p>
      <pre tabindex={0}>mailwitness user add "Li Wei" --role operator</pre>
      <p>{t(WORDS.signIn.offClosed)}</p>
    </div>
  );
}
