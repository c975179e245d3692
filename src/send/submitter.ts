import type { SubmissionSettings } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ms } from '../lib/time.ts';
import { createDeadline } from '../net/deadline.ts';
import { createRecorder } from '../net/recorder.ts';
import type { Resolver } from '../net/resolve.ts';
import { createTlsContext } from '../net/secure.ts';
import type { SendPort } from '../probe/ports.ts';
import { ownName } from './own-name.ts';
import { sendOver } from './send-over.ts';
import { openSession, type Attempt, type SessionOptions } from './session.ts';
import type { WarmSessions } from './warm-sessions.ts';

export interface SubmitterOptions {
  readonly settings: SubmissionSettings;
  /** Of this server, for all routes that submit there. */
  readonly sessions: WarmSessions;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Limit of one `send`, from resolving to the answer after the final dot. */
  readonly timeoutMs: Ms;
  /** Name for EHLO; default: this machine's, when it is a full one. */
  readonly helo?: string;
}

/** Hands letters over at submission, over kept connections. For the routes outbound and internal. */
export function createSubmitter(options: SubmitterOptions): SendPort {
  const { settings, sessions, resolver, clock, timeoutMs, helo } = options;
  const peer = `${settings.host}:${settings.port}`;
  const where = `submission ${peer}`;
  const sessionOptions: SessionOptions = {
    ...settings,
    key: 'submission',
    where,
    name: helo ?? ownName(),
    login: { user: settings.user, password: settings.password },
    context: createTlsContext(settings),
    resolver,
    clock,
  };
  return {
    async send(letter, { fresh, signal }) {
      const deadline = createDeadline(clock, timeoutMs, signal);
      const attempt: Attempt = { recorder: createRecorder(clock), deadline };
      const open = () => openSession(sessionOptions, attempt);
      try {
        return await sendOver(sessions, { letter, fresh, attempt, clock, where, peer, open });
      } finally {
        deadline.end();
      }
    },
    close: () => sessions.close(),
  };
}
