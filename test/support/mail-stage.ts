import { createAuthority, type CertificateKind } from '../lab/certificates.ts';
import { startScriptedLines, type Act, type Rule, type ScriptedLines } from './scripted-lines.ts';

/** What differs from a mail server that answers everything well. */
export interface Scene {
  readonly greeting?: Act;
  readonly rules?: readonly Rule[];
  readonly implicit?: boolean;
  readonly certificate?: CertificateKind;
}

export interface Stage {
  readonly ca: string;
  serve(scene: Scene): Promise<ScriptedLines>;
  /** Closes the servers that were started so far. */
  clear(): Promise<void>;
}

const GREETING = '220 mail.corp.example ESMTP';
const GOOD: readonly Rule[] = [
  [/^EHLO /, '250-mail.corp.example\n250-PIPELINING\n250-STARTTLS\n250 AUTH PLAIN LOGIN'],
  [/^HELO /, '250 mail.corp.example'],
  [/^STARTTLS$/, { tls: '220 2.0.0 go ahead' }],
  [/^AUTH /, '235 2.7.0 welcome'],
  [/^(MAIL|RCPT|RSET)/, '250 2.1.0 Ok'],
  [/^QUIT/, (socket) => void socket.end('221 2.0.0 Bye\r\n')],
];

/** SMTP servers on loopback under one private authority. */
export async function createStage(good = GOOD, greeting: Act = GREETING): Promise<Stage> {
  const authority = await createAuthority('mail.corp.example');
  const servers: ScriptedLines[] = [];
  return {
    ca: authority.pem,
    async serve(scene) {
      const server = await startScriptedLines({
        greeting: scene.greeting ?? greeting,
        rules: [...(scene.rules ?? []), ...good],
        pem: await authority.issue(scene.certificate ?? 'valid'),
        implicit: scene.implicit === true,
      });
      servers.push(server);
      return server;
    },
    async clear() {
      for (const server of servers.splice(0)) await server.close();
    },
  };
}
