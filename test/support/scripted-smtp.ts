import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * What the server does at a step: `cut`, `silent`, `reset`, or the reply that is written here, its lines parted by LF.
 * A function is asked at each time.
 */
export type Act = string | (() => string);

/** Steps by verb; `greeting`, and `dot` for the end of the letter. What is missing is answered well. */
export type Script = Partial<
  Record<'greeting' | 'EHLO' | 'HELO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'dot' | 'RSET' | 'QUIT', Act>
>;

export interface ScriptedSmtp {
  readonly port: number;
  /** Commands of all connections, in order, `1: EHLO x`; letters as `1: <letter>`. */
  readonly commands: string[];
  readonly letters: string[];
  readonly open: number;
  /** Ends the idle connections as servers do. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

const GOOD: Readonly<Record<keyof Script, string>> = {
  greeting: '220 scripted.example ESMTP',
  EHLO: '250-scripted.example\n250-PIPELINING\n250-8BITMIME\n250-SIZE 100000\n250-ENHANCEDSTATUSCODES\n250 AUTH PLAIN LOGIN',
  HELO: '250 scripted.example',
  STARTTLS: '220 2.0.0 go ahead',
  AUTH: '235 2.7.0 welcome',
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 go ahead',
  dot: '250 2.0.0 Ok: queued as 4cX',
  RSET: '250 2.0.0 Ok',
  QUIT: '221 2.0.0 Bye',
};

/** An SMTP server that fails on cue. `pem`: key and certificate, with which it offers STARTTLS when EHLO says so. */
export async function startScriptedSmtp(script: Script, pem?: string): Promise<ScriptedSmtp> {
  const commands: string[] = [];
  const letters: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  function act(socket: Socket, step: keyof Script): void {
    const chosen = script[step] ?? GOOD[step];
    const what = typeof chosen === 'function' ? chosen() : chosen;
    if (what === 'cut') socket.end();
    else if (what === 'reset') socket.resetAndDestroy();
    else if (what !== 'silent') socket.write(`${what.replaceAll('\n', '\r\n')}\r\n`);
  }

  function converse(socket: Socket, connection: number): void {
    let buffered = '';
    let inLetter = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      buffered += chunk.toString('latin1');
      for (;;) {
        // An empty letter is a lone dot.
        if (inLetter && buffered.startsWith('.\r\n')) buffered = `\r\n${buffered}`;
        const end = buffered.indexOf(inLetter ? '\r\n.\r\n' : '\r\n');
        if (end === -1 || socket.destroyed || socket.writableEnded) return;
        const text = buffered.slice(0, end);
        buffered = buffered.slice(end + (inLetter ? 5 : 2));
        if (inLetter) {
          inLetter = false;
          letters.push(text);
          commands.push(`${connection}: <letter>`);
          act(socket, 'dot');
          continue;
        }
        commands.push(`${connection}: ${text}`);
        const verb = text.split(' ')[0] ?? '';
        act(socket, (verb in GOOD ? verb : 'RSET') as keyof Script);
        inLetter = verb === 'DATA' && (script.DATA ?? '354').toString().startsWith('354');
        if (verb === 'QUIT' && script.QUIT !== 'silent') socket.end();
        if (verb === 'STARTTLS' && pem !== undefined && (script.STARTTLS ?? '220').toString().startsWith('220')) {
          socket.removeAllListeners('data');
          converse(track(new TLSSocket(socket, { isServer: true, key: pem, cert: pem })), connection);
          return;
        }
      }
    });
  }

  function track<T extends Socket>(socket: T): T {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  }

  // Replies leave one by one; with Nagle's algorithm each would wait 40 ms for the client's delayed ACK.
  const server: Server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    track(socket);
    converse(socket, connections);
    act(socket, 'greeting');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    commands,
    letters,
    get open() {
      return sockets.size;
    },
    async hangUp() {
      const closed = [...sockets].map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.end();
      await Promise.all(closed);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
