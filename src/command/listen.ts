import { InvalidArgumentError } from 'commander';
import { parseHostPort } from '../config/host.ts';

/** An address to listen on. */
export interface Listen {
  readonly host: string;
  readonly port: number;
  /** As the configuration has it. */
  readonly text: string;
}

/** `host:port` on the command line; port 0 takes a free one. */
export function parseListen(text: string): Listen {
  const { host, port } = parseHostPort(text) ?? {};
  if (host === undefined || port === undefined)
    throw new InvalidArgumentError('expected host:port such as 127.0.0.1:9725');
  return { host, port, text };
}
