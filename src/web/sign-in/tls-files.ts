import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { AgentSettings } from '../../config/settings.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { ConfigError, messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { MINUTE } from '../../lib/time.ts';

export type TlsFiles = NonNullable<AgentSettings['tls']>;

export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate and its own key. Throws ConfigError. */
export function readTls({ certificate_file, key_file }: TlsFiles): TlsPair {
  try {
    const pair = { cert: readFileSync(certificate_file, 'utf8'), key: readFileSync(key_file, 'utf8') };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const expected = `a certificate and its own private key, which can be read (${messageOf(error)})`;
    throw new ConfigError([{ file: 'agent.tls', path: '', expected }]);
  }
}

/**
 * Looks once a minute whether the files were renewed, and shows the new certificate to those who come then. One that is half
 * written or does not fit is told once, and the old one stays.
 */
export function renewTls(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  { clock, log }: { readonly clock: Pick<Clock, 'after'>; readonly log: Log },
): { stop(): void } {
  let seen = stampOf(files);
  let timer: Timer = clock.after(MINUTE, look);

  function look(): void {
    const now = stampOf(files);
    if (now !== seen) {
      seen = now;
      try {
        server.setSecureContext(readTls(files));
        log.info({ certificate_file: files.certificate_file }, 'the certificate of the pages was renewed');
      } catch (error) {
        log.error({ error: messageOf(error) }, 'the new certificate of the pages cannot be used: the old one stays');
      }
    }
    timer = clock.after(MINUTE, look);
  }

  return { stop: () => timer.cancel() };
}

function stampOf({ certificate_file, key_file }: TlsFiles): string {
  return [certificate_file, key_file]
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found === undefined ? 'none' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    })
    .join(' ');
}
