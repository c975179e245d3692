import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import type { Lab, LabPorts, LabUser } from './lab.ts';

// What the tests of the lab itself say to it: plain SMTP and IMAP, with nothing of the project in between.

export interface Letter {
  readonly from?: string;
  readonly to: string | string[];
  /** `submission`, as alice, if not given. */
  readonly by?: 'smtp' | 'submission' | 'submissions';
  readonly user?: LabUser;
  readonly messageId?: string;
}

/** Sends a short letter and returns its Message-ID; rejects with nodemailer's error (its `responseCode`, `response`). */
export async function send(lab: Lab, letter: Letter): Promise<string> {
  const { by = 'submission', user = lab.users.alice } = letter;
  const from = letter.from ?? lab.users.alice.address;
  const messageId = letter.messageId ?? `<${randomUUID()}@tests.example>`;
  const transport = createTransport({
    host: '127.0.0.1',
    port: lab.ports[by],
    secure: by === 'submissions',
    requireTLS: true,
    tls: { ca: lab.ca },
    connectionTimeout: 3000,
    greetingTimeout: 3000,
    ...(by === 'smtp' ? {} : { auth: { user: user.login, pass: user.password } }),
  });
  try {
    await transport.sendMail({ from, to: letter.to, messageId, subject: 'a letter', text: 'hello' });
  } finally {
    transport.close();
  }
  return messageId;
}

/** Runs the work on a logged-in IMAP connection (port imaps). */
export async function withImap<T>(lab: Lab, user: LabUser, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: lab.ports.imaps,
    secure: true,
    auth: { user: user.login, pass: user.password },
    tls: { ca: lab.ca },
    logger: false,
    connectionTimeout: 3000,
    greetingTimeout: 3000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** How many messages with this Message-ID the mailbox holds. */
export async function count(lab: Lab, user: LabUser, messageId: string, mailbox = 'INBOX'): Promise<number> {
  return await withImap(lab, user, async (client) => {
    await client.mailboxOpen(mailbox, { readOnly: true });
    const found = await client.search({ header: { 'message-id': messageId } });
    return Array.isArray(found) ? found.length : 0;
  });
}

/** What a plain connection meets within 500 ms: the server's first line, silence, or the code of an error. */
export async function greeting(lab: Lab, port: keyof LabPorts): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ port: lab.ports[port], host: '127.0.0.1' });
    let connected = false;
    const timer = setTimeout(() => end(connected ? 'connected, silent' : 'no connection'), 500);
    const end = (text: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    socket.on('connect', () => (connected = true));
    socket.on('data', (data) => end(data.toString().trim()));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on('close', () => end('closed'));
  });
}

/** `ok`, or the reason why TLS on this port does not verify against the lab's CA and the lab's host name. */
export async function verifyTls(lab: Lab, port: 'submissions' | 'imaps' | 'pop3s', name: string): Promise<string> {
  const socket: TLSSocket = connectTls({ port: lab.ports[port], host: '127.0.0.1', servername: name, ca: lab.ca });
  try {
    return await new Promise((resolve) => {
      socket.on('secureConnect', () => resolve('ok'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    socket.destroy();
  }
}
