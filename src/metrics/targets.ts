import type { CheckSettings, SystemSettings } from '../config/settings.ts';
import type { CheckKind } from '../probe/probe.ts';

export interface Target {
  readonly check: CheckKind;
  readonly target: string;
}

/** Targets of a system beyond those of its configuration (MX hosts found by lookup) that get series of their own. */
export const MAX_FOUND_TARGETS = 20;

/** A target that is beyond the bound, or whose name is no host name: counted together under this word. */
export const OTHER_TARGET = 'other';

/** What the configuration says will be visited: a mailbox (imap, pop3) or a host (all others). */
export function configuredTargets(system: SystemSettings): Target[] {
  return system.checks.flatMap((check) => targetsOf(check, system).map((target) => ({ check: check.kind, target })));
}

function targetsOf(check: CheckSettings, system: SystemSettings): readonly string[] {
  const hosts = {
    submission: system.submission === undefined ? [] : [system.submission.host],
    mx: mxTargets(system.mx),
    webmail: system.webmail === undefined ? [] : [new URL(system.webmail.url).hostname],
  };
  return check.kind === 'imap' || check.kind === 'pop3' ? check.mailboxes : hosts[check.kind];
}

// Hosts; with their port where one host stands twice. A domain is visited itself until a lookup has told its hosts.
function mxTargets(mx: SystemSettings['mx']): readonly string[] {
  const names = mx?.hosts?.map(({ host }) => host) ?? [];
  const twice = (host: string): boolean => names.indexOf(host) !== names.lastIndexOf(host);
  const targets = mx?.hosts?.map(({ host, port }) => (twice(host) ? `${host}:${port}` : host)) ?? [];
  return mx?.domain === undefined ? targets : [...targets, mx.domain];
}

/** Whether the certificate of a way in will be seen at all. */
export function showsCertificate(system: SystemSettings, kind: CheckKind): boolean {
  if (kind === 'webmail') return system.webmail !== undefined && new URL(system.webmail.url).protocol === 'https:';
  if (kind === 'mx') return (system.mx?.starttls ?? 'none') !== 'none';
  return (system[kind]?.tls ?? 'none') !== 'none';
}

/** Names from a DNS answer are somebody else's text: only what a host (with or without port) may look like is a label. */
export function isHostName(text: string): boolean {
  return (
    text.length <= 259 && /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?(:\d{1,5})?$|^\[?[0-9a-f:.]+\]?(:\d{1,5})?$/i.test(text)
  );
}
