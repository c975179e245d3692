/** Part of a system's configuration that an endpoint is written in. */
export type EndpointKey = 'submission' | 'mx' | 'imap' | 'pop3' | 'webmail';

export interface DialHints {
  readonly address: string;
  readonly tls: string;
  readonly certificate: string;
}

/** The keys of the configuration to look at when a connection fails. */
export function dialHints(key: EndpointKey): DialHints {
  if (key === 'mx') {
    return { address: 'mx.hosts (or mx.domain)', tls: 'mx.starttls', certificate: 'mx.server_name or mx.ca_file' };
  }
  if (key === 'webmail') {
    return { address: 'webmail.url', tls: 'webmail.url', certificate: 'webmail.server_name or webmail.ca_file' };
  }
  return {
    address: `${key}.host and ${key}.port`,
    tls: `${key}.tls`,
    certificate: `${key}.server_name or ${key}.ca_file`,
  };
}
