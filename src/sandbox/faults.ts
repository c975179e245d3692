import { DAY, type Ms } from '../lib/time.ts';

/** One thing that the sandbox can be made to do wrong. Off is `false`, 0 or the empty text. */
export interface FaultInfo {
  readonly name: string;
  readonly kind: 'switch' | 'ms' | 'text';
  /** What a person sees beside the switch. */
  readonly description: string;
  /** What it is set to when it is switched on without a value. */
  readonly on: boolean | Ms | string;
}

/** Every fault, in the order in which a letter or a visit meets it. */
export const FAULTS = [
  { name: 'submission-down', kind: 'switch', on: true, description: 'Submission: both ports are closed' },
  { name: 'refuse-auth', kind: 'switch', on: true, description: 'Submission: every login is refused with 535' },
  { name: 'mx-down', kind: 'switch', on: true, description: 'MX: the port is closed' },
  {
    name: 'greylist',
    kind: 'ms',
    on: 10_000,
    description: 'MX: a letter is refused with 450 until this long after its first attempt',
  },
  { name: 'refuse-rcpt', kind: 'switch', on: true, description: 'MX and submission: 450 to every recipient' },
  { name: 'refuse-data', kind: 'switch', on: true, description: 'MX and submission: 451 after the letter was sent' },
  { name: 'hold', kind: 'switch', on: true, description: 'Queue: accepted mail stays in it until this is off' },
  { name: 'delivery-delay', kind: 'ms', on: 5_000, description: 'Queue: mail waits this long for its mailbox' },
  { name: 'relay-delay', kind: 'ms', on: 5_000, description: 'Queue: outgoing mail waits this long to be relayed' },
  { name: 'discard', kind: 'switch', on: true, description: 'Queue: mail is accepted and thrown away' },
  { name: 'bounce', kind: 'switch', on: true, description: 'Queue: mail is accepted and returned to its sender' },
  { name: 'duplicate', kind: 'switch', on: true, description: 'Queue: every letter comes out twice' },
  { name: 'junk', kind: 'switch', on: true, description: 'Queue: mail is filed in Junk' },
  { name: 'imap-refused', kind: 'switch', on: true, description: 'IMAP: the port is closed' },
  { name: 'imap-frozen', kind: 'switch', on: true, description: 'IMAP: connections are accepted, nothing is answered' },
  { name: 'imap-slow', kind: 'ms', on: 1_000, description: 'IMAP: the greeting and every answer come this much later' },
  { name: 'pop3-refused', kind: 'switch', on: true, description: 'POP3: the port is closed' },
  { name: 'webmail-503', kind: 'switch', on: true, description: 'Webmail: the page answers 503' },
  {
    name: 'webmail-text',
    kind: 'text',
    on: 'Scheduled maintenance',
    description: 'Webmail: the page says this instead',
  },
  {
    name: 'certificate-name',
    kind: 'switch',
    on: true,
    description: 'TLS: the certificate is for mail.elsewhere.example',
  },
  { name: 'certificate-expired', kind: 'switch', on: true, description: 'TLS: the certificate expired yesterday' },
] as const satisfies readonly FaultInfo[];

type Known = (typeof FAULTS)[number];
type ValueOf<Kind> = Kind extends 'switch' ? boolean : Kind extends 'ms' ? Ms : string;

export type FaultName = Known['name'];
export type FaultValues = { readonly [F in Known as F['name']]: ValueOf<F['kind']> };

/** The sandbox's switchboard. */
export interface SandboxFaults {
  get<N extends FaultName>(name: N): FaultValues[N];
  /** Resolves once the fault can be seen from outside (a port is closed, a certificate is exchanged). */
  set<N extends FaultName>(name: N, value: FaultValues[N]): Promise<void>;
  /** Names of the faults that are on. */
  active(): readonly FaultName[];
  /** All off. */
  reset(): Promise<void>;
  /** Called after each change, and waited for; returns what ends it. */
  onChange(listener: () => void | Promise<void>): () => void;
}

export function createFaults(initial: Partial<FaultValues> = {}): SandboxFaults {
  const values: Record<string, boolean | Ms | string> = {};
  const listeners = new Set<() => void | Promise<void>>();
  for (const fault of FAULTS) values[fault.name] = initial[fault.name] ?? off(fault);

  async function told(): Promise<void> {
    for (const listener of listeners) await listener();
  }

  return {
    get: <N extends FaultName>(name: N) => values[name] as FaultValues[N],
    async set(name, value) {
      values[name] = value;
      await told();
    },
    active: () => FAULTS.filter((fault) => values[fault.name] !== off(fault)).map((fault) => fault.name),
    async reset() {
      for (const fault of FAULTS) values[fault.name] = off(fault);
      await told();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A fault as written on a command line or in a form: `mx-down`, `mx-down=off`, `delivery-delay=2s`, `webmail-text=Closed`. */
export type FaultSetting =
  | { readonly kind: 'fault'; readonly name: FaultName; readonly value: boolean | Ms | string }
  | { readonly kind: 'wrong'; readonly expected: string };

/** Reads what an operator wrote; tells what was expected where it is wrong. */
export function parseFault(text: string): FaultSetting {
  const [name = '', ...rest] = text.split('=');
  const fault = FAULTS.find((known) => known.name === name.trim());
  if (fault === undefined) {
    return { kind: 'wrong', expected: `one of the faults ${FAULTS.map((known) => known.name).join(', ')}` };
  }
  const written = rest.join('=').trim();
  if (rest.length === 0 || written === 'on') return { kind: 'fault', name: fault.name, value: fault.on };
  if (written === 'off') return { kind: 'fault', name: fault.name, value: off(fault) };
  if (fault.kind === 'text') return { kind: 'fault', name: fault.name, value: written };
  const parts = fault.kind === 'ms' ? /^(\d+(?:\.\d+)?) ?(ms|s|m)$/.exec(written) : null;
  if (parts === null) {
    return {
      kind: 'wrong',
      expected: `${fault.name}=on, ${fault.name}=off${fault.kind === 'ms' ? ` or a duration as in ${fault.name}=2s` : ''}`,
    };
  }
  const unit = { ms: 1, s: 1_000, m: 60_000 }[parts[2] as 'ms' | 's' | 'm'];
  const ms = Number(parts[1]) * unit;
  // A timer of Node that is asked for more than 24 days fires at once.
  if (ms > DAY) return { kind: 'wrong', expected: `${fault.name} of at most 1440m` };
  return { kind: 'fault', name: fault.name, value: ms };
}

/** Sets what `parseFault` has read. */
export function setFault(
  faults: Pick<SandboxFaults, 'set'>,
  setting: Extract<FaultSetting, { kind: 'fault' }>,
): Promise<void> {
  return faults.set(setting.name, setting.value);
}

function off(fault: FaultInfo): boolean | Ms | string {
  return { switch: false, ms: 0, text: '' }[fault.kind];
}
