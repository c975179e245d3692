import type { HostPort, MxSettings } from '../config/settings.ts';
import type { Instant, Ms } from '../lib/time.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import type { CheckPort } from '../probe/ports.ts';
import type { CheckContext } from './check-context.ts';
import { recipientsOf } from './mailboxes-of.ts';
import { smtpDialogue, type SmtpPlan } from './smtp-dialogue.ts';
import { makeVisit, type Frame } from './visit.ts';

/** A domain's MX records are looked up again after this time, in ms: hosts come and go within minutes, not years. */
const LOOK_UP_AGAIN_MS: Ms = 300_000;

/**
 * What a foreign mail server meets: each MX host is a target of its own. 4xx to RCPT (greylisting) is an answer and a good
 * visit; 5xx is `refused`.
 */
export function mxChecks(context: CheckContext): CheckPort[] {
  const { mx } = context.system;
  if (mx === undefined) return [];
  if (mx.hosts !== undefined) {
    const names = mx.hosts.map(({ host }) => host);
    return mx.hosts.map((at) => {
      const target = names.indexOf(at.host) === names.lastIndexOf(at.host) ? at.host : `${at.host}:${at.port}`;
      return mxPort(context, target, (frame) => smtpDialogue(frame, planFor(context, mx, at)));
    });
  }
  return mx.domain === undefined ? [] : [domainPort(context, mx, mx.domain)];
}

function mxPort(
  { settings, tools }: CheckContext,
  target: string,
  dialogue: (frame: Frame) => Promise<void>,
): CheckPort {
  return {
    check: 'mx',
    target,
    visit: (signal) => makeVisit({ ...tools, timeoutMs: settings.timeout, signal }, dialogue),
  };
}

/**
 * Stands for the hosts that DNS names. While a lookup fails the hosts known are visited on, and each visit says that the
 * lookup fails: a target that vanished would leave the check unmeasured. Visited itself, it goes from host to host as an MTA does.
 */
function domainPort(context: CheckContext, mx: MxSettings, domain: string): CheckPort {
  const { clock, resolver } = context.tools;
  const lookUp = async ({ recorder, deadline }: Frame): Promise<string[]> => {
    const found = await recorder.timed('dns', () => resolver.mx(domain, deadline.signal));
    recorder.note(`MX of ${domain}: ${found.map(({ host, preference }) => `${preference} ${host}`).join(', ')}`);
    return found.map(({ host }) => host);
  };
  const hostPort = (host: string): CheckPort => ({
    ...mxPort(context, host, async () => {}),
    async visit(signal) {
      let gone = false;
      const visit = await makeVisit(
        { ...context.tools, timeoutMs: context.settings.timeout, signal },
        async (frame) => {
          // Taken out of DNS, it may be switched off at once: no mail goes there any more.
          gone = !(await lookUp(frame)).includes(host);
          if (!gone) await smtpDialogue(frame, planFor(context, mx, { host, port: mx.port }));
        },
      );
      if (!gone) return visit;
      lookedUpAt = null;
      return { ...visit, gone };
    },
  });
  const self = mxPort(context, domain, async (frame) => {
    const hosts = await lookUp(frame);
    await firstReachable(
      frame,
      hosts.map((host) => planFor(context, mx, { host, port: mx.port })),
    );
  });

  let known: ReadonlyMap<string, CheckPort> = new Map();
  let lookedUpAt: Instant | null = null;
  return {
    ...self,
    async targets(signal) {
      if (lookedUpAt === null || clock.now() - lookedUpAt >= LOOK_UP_AGAIN_MS) {
        try {
          const found = await resolver.mx(domain, signal);
          known = new Map(found.map(({ host }) => [host, known.get(host) ?? hostPort(host)]));
          lookedUpAt = clock.now();
        } catch (error) {
          if (!(error instanceof DialogueError)) throw error;
        }
      }
      return known.size === 0 ? [self] : [...known.values()];
    },
  };
}

async function firstReachable(frame: Frame, plans: readonly SmtpPlan[]): Promise<void> {
  for (const [index, plan] of plans.entries()) {
    try {
      await smtpDialogue(frame, { ...plan, dialMs: frame.deadline.remainingMs() / (plans.length - index) });
      return;
    } catch (error) {
      const unreachable = error instanceof DialogueError && ['dns', 'connect'].includes(error.failure.cause);
      if (!unreachable || index === plans.length - 1) throw error;
      frame.recorder.note(`${error.failure.detail}: on to the next MX host`);
    }
  }
}

function planFor({ system, settings }: CheckContext, mx: MxSettings, { host, port }: HostPort): SmtpPlan {
  return {
    host,
    port,
    ca: mx.ca,
    server_name: mx.server_name,
    // Opportunistic encryption trusts anybody, as MTAs do (RFC 7435): the alternative is plain text.
    verify: mx.starttls === 'required' && mx.verify,
    key: 'mx',
    tls: 'plain',
    starttls: mx.starttls,
    helo: mx.helo,
    mailFrom: mx.mail_from,
    recipients: recipientsOf(system, settings).map(({ name, address }) => ({
      address,
      hint: `mailboxes.${name}.address`,
    })),
    patient: true,
  };
}
