import { createHmac, createSecretKey, randomFillSync, timingSafeEqual } from 'node:crypto';
import { ROUTE_KINDS, type Probe, type RouteKind } from './probe.ts';
import type { ForgeryKind } from './sighting.ts';

/** Header that carries a probe's signed token. */
export const TOKEN_HEADER = 'X-Mailwitness';

export type TokenReading = { readonly kind: 'ours'; readonly probe: Probe } | { readonly kind: ForgeryKind };

export interface Tokens {
  /** Value of the header: it tells what the probe is even after all else was forgotten. Throws on a name out of bounds. */
  sign(probe: Probe): string;
  /** Reads a header's value as it came out, folded or not. Never throws. */
  read(value: string): TokenReading;
  /** Address of one probe at our sink; strangers cannot guess one. */
  sinkAddress(id: string, domain: string): string;
  /** The probe's id when the local part carries our MAC; the domain is the sink's matter. Never throws. */
  readSinkAddress(address: string): string | null;
}

/** A token has at most 4 names of 63 characters; more white space than that is none that an MTA adds. */
const MAX_TOKEN_LENGTH = 1_024;
/** RFC 5321 section 4.5.3.1: local part 64, domain 255. */
const MAX_ADDRESS_LENGTH = 320;

const NAME = '[a-z0-9][a-z0-9.-]{0,62}';
const ID = '[a-z2-7]{20}';
const MAC = '[0-9a-f]{32}';
// One form only: fixed order, no optional spelling, so that what was signed is what is read.
const TOKEN = new RegExp(
  `^(v=1;instance=(?<instance>${NAME});system=(?<system>${NAME});route=(?<route>${NAME});kind=(?<kind>[a-z]{1,16});` +
    `(?:mailbox=(?<mailbox>${NAME});)?id=(?<id>${ID});at=(?<at>[0-9]{1,16}));mac=(?<mac>${MAC})$`,
  'u',
);
const LOCAL_PART = new RegExp(`^(?<id>${ID})-(?<mac>${MAC})@`, 'u');

/** Signs and reads tokens of one store. `instance` is the store's name, `key` its key. */
export function createTokens({ instance, key }: { readonly instance: string; readonly key: Buffer }): Tokens {
  if (!new RegExp(`^${NAME}$`, 'u').test(instance)) throw new Error(`not a name for an instance: ${instance}`);

  const secret = createSecretKey(key);
  const macOf = (use: 'token' | 'sink', text: string): string =>
    createHmac('sha256', secret).update(`mailwitness-${use}-1\n${text}`).digest('hex').slice(0, 32);

  return {
    sign(probe) {
      // Whole microseconds, as the store keeps them.
      const at = Math.floor(probe.launchedAt * 1_000);
      const fields = [
        'v=1',
        `instance=${instance}`,
        `system=${probe.system}`,
        `route=${probe.route}`,
        `kind=${probe.kind}`,
        ...(probe.mailbox === null ? [] : [`mailbox=${probe.mailbox}`]),
        `id=${probe.id}`,
        `at=${at}`,
      ];
      const signed = fields.join(';');
      const token = `${signed};mac=${macOf('token', signed)}`;
      if (!TOKEN.test(token)) throw new Error(`a token cannot say this probe: ${signed}`);
      return token.replaceAll(';', '; ');
    },

    read(value) {
      if (value.length > MAX_TOKEN_LENGTH) return { kind: 'malformed' };
      const match = TOKEN.exec(value.replace(/[ \t\r\n]+/gu, ''));
      const [, signed] = match ?? [];
      const fields = match?.groups;
      const kind = ROUTE_KINDS.find((it) => it === fields?.['kind']);
      if (signed === undefined || fields === undefined || kind === undefined) return { kind: 'malformed' };
      // Of another agent there is no key here: what it says of itself is all that can be known.
      if (fields['instance'] !== instance) return { kind: 'other-instance' };
      if (!sameMac(fields['mac'], macOf('token', signed))) return { kind: 'forged' };
      return { kind: 'ours', probe: probeOf(fields, kind) };
    },

    sinkAddress(id, domain) {
      return `${id}-${macOf('sink', id)}@${domain}`;
    },

    readSinkAddress(address) {
      if (address.length > MAX_ADDRESS_LENGTH) return null;
      // Some MTAs write addresses in upper case.
      const { id, mac } = LOCAL_PART.exec(address.toLowerCase())?.groups ?? {};
      return id !== undefined && sameMac(mac, macOf('sink', id)) ? id : null;
    },
  };
}

/**
 * In the address of the sink that submission checks ask for. Always the same, so that a mail system that asks the sink
 * about it, and remembers the answer, does so once.
 */
export const NO_PROBE_ID = 'submissioncheckaaaaa';

/**
 * In the address of the sink that inbound probes have as their sender, and to which reports of failure come back. One for
 * all of them: greylisting, and whoever asks the sink whether the sender exists, would meet a new one with each probe. Which
 * probe a report is about is told by the token in it.
 */
export const RETURN_ID = 'returnedprobesaaaaaa';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

const ID_LENGTH = 20;
/** Bytes of 200 ids: asking for them one by one costs more than all else about an id. */
const random = Buffer.alloc(200 * ID_LENGTH);
let randomUsed = random.length;

/** 100 random bits as 20 characters of lower-case base32: no underscore, and upper-casing loses nothing. */
export function newProbeId(): string {
  if (randomUsed === random.length) {
    randomFillSync(random);
    randomUsed = 0;
  }
  const bytes = random.subarray(randomUsed, (randomUsed += ID_LENGTH));
  return Array.from(bytes, (byte) => BASE32.charAt(byte & 31)).join('');
}

function sameMac(given: string | undefined, right: string): boolean {
  // Both are 32 hex digits here (the expressions above see to it); a shorter one would make timingSafeEqual throw.
  return (
    given !== undefined && given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right))
  );
}

function probeOf(fields: Readonly<Record<string, string | undefined>>, kind: RouteKind): Probe {
  return {
    id: fields['id'] ?? '',
    system: fields['system'] ?? '',
    route: fields['route'] ?? '',
    kind,
    mailbox: fields['mailbox'] ?? null,
    launchedAt: Number(fields['at']) / 1_000,
  };
}
