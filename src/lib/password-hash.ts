import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * A password as it is kept: scrypt (RFC 7914) with its cost beside it, written in the PHC string format,
 * `$scrypt$ln=15,r=8,p=3$SALT$KEY` with base64 without padding.
 */
export interface PasswordHash {
  /** Base-2 logarithm of the cost N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** 32 MiB and about a quarter of a second of one core: what OWASP advises where 128 MiB are too much beside a measurement. */
const COST = { ln: 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Hashes a password with a new salt. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return written({ ...COST, salt, key: await derive(password, { ...COST, salt }, KEY_BYTES) });
}

/** Undefined: it is none, or one whose cost would be no protection or would stop the agent. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const parts = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43,86})$/.exec(
    text,
  );
  if (parts === null) return undefined;
  const [ln, r, p] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (ln < 14 || ln > 17 || r < 8 || r > 16 || p < 1 || p > 8) return undefined;
  return { ln, r, p, salt: Buffer.from(parts[4] ?? '', 'base64'), key: Buffer.from(parts[5] ?? '', 'base64') };
}

/** Compares in a time that tells nothing of how near the password was. */
export async function isPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash, hash.key.length), hash.key);
}

function written({ ln, r, p, salt, key }: PasswordHash): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${bare(salt)}$${bare(key)}`;
}

function bare(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function derive(password: string, { ln, r, p, salt }: Omit<PasswordHash, 'key'>, bytes: number): Promise<Buffer> {
  const N = 2 ** ln;
  // Node refuses by itself what takes more than 32 MiB; 128 N r bytes are what is needed.
  const options = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    // The same password typed on another keyboard may be other code points (RFC 8265, OpaqueString).
    scrypt(password.normalize('NFC'), salt, bytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
