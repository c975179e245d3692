import { serveUnix, type SocketServer } from './alias-map.ts';

/** What Postfix's smtpd tells at RCPT and at the end of the data (SMTPD_POLICY_README). */
export interface PolicyRequest {
  readonly state: 'RCPT' | 'END-OF-MESSAGE';
  /** The same for all requests about one message. */
  readonly instance: string;
  readonly queueId: string;
  readonly sender: string;
  readonly recipient: string;
  readonly serverPort: number;
}

/** An action of access(5), e.g. `450 4.2.0 come back later`, `HOLD`; undefined leaves the message alone. */
export type PolicyRule = (request: PolicyRequest) => string | undefined;

/** Asks the rules in turn; the first that has an answer wins. A test adds and deletes rules at any moment. */
export async function servePolicy(socketPath: string, rules: ReadonlySet<PolicyRule>): Promise<SocketServer> {
  return await serveUnix(socketPath, (socket) => {
    let pending = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      pending += chunk;
      for (let end = pending.indexOf('\n\n'); end >= 0; end = pending.indexOf('\n\n')) {
        const request = parseRequest(pending.slice(0, end));
        pending = pending.slice(end + 2);
        socket.write(`action=${decide(rules, request)}\n\n`);
      }
    });
  });
}

function decide(rules: ReadonlySet<PolicyRule>, request: PolicyRequest): string {
  for (const rule of rules) {
    const action = rule(request);
    if (action !== undefined) return action;
  }
  return 'DUNNO';
}

function parseRequest(text: string): PolicyRequest {
  const attributes = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    attributes.set(line.slice(0, at), line.slice(at + 1));
  }
  const get = (name: string): string => attributes.get(name) ?? '';
  return {
    state: get('protocol_state') === 'RCPT' ? 'RCPT' : 'END-OF-MESSAGE',
    instance: get('instance'),
    queueId: get('queue_id'),
    sender: get('sender').toLowerCase(),
    recipient: get('recipient').toLowerCase(),
    serverPort: Number(get('server_port')),
  };
}
