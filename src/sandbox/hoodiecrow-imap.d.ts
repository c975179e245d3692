/** The parts of hoodiecrow-imap 2.1 (CommonJS, no types) that the sandbox uses; read off its lib/server.js. */
declare module 'hoodiecrow-imap' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface ImapMessage {
    readonly uid: number;
    /** The letter as a binary (latin1) string. */
    readonly raw: string;
    readonly flags: string[];
  }

  export interface ImapFolder {
    readonly path: string;
    readonly messages: ImapMessage[];
    readonly uidvalidity: number;
  }

  export interface ImapCommand {
    readonly tag: string;
    readonly command: string;
    readonly attributes?: readonly { readonly type: string; readonly value: string }[];
  }

  export interface ImapConnection {
    server: ImapServer;
    /** Null once it is closed. */
    readonly socket: Socket | null;
    readonly selectedMailbox?: ImapFolder | false;
    readonly state: 'Not Authenticated' | 'Authenticated' | 'Selected' | 'Logout';
    /** Takes the next line instead of the command parser: during IDLE, until DONE. */
    inputHandler: false | ((line: string) => void);
    /** Notifications are written at once and not with the next tagged answer. */
    directNotifications: boolean;
    /** The listener that it added to its server's `notify` event. */
    readonly _notificationCallback: (notification: object) => void;
    onData(chunk: Buffer): void;
  }

  export type CommandHandler = (
    connection: ImapConnection,
    parsed: ImapCommand,
    data: string,
    callback: () => void,
  ) => void;

  export interface FetchQuery {
    /** Start and length of `<0.16384>`. */
    partial?: number[];
  }

  export type FetchHandler = (connection: ImapConnection, message: ImapMessage, query: FetchQuery) => unknown;

  export interface ImapServer extends EventEmitter {
    readonly fetchHandlers: Record<string, FetchHandler>;
    readonly connectionHandlers: ((connection: ImapConnection) => void)[];
    getMailbox(path: string): ImapFolder | undefined;
    /** Adds the message and notifies everyone who has the folder selected. */
    appendMessage(folder: ImapFolder, flags: string[], internalDate: Date, raw: string): { message: ImapMessage };
    notify(command: object, folder: ImapFolder): void;
    /** Pairs of sequence number and message; `range` as in `1:5,8:*`. */
    getMessageRange(folder: ImapFolder, range: string, isUid: boolean): [number, ImapMessage][];
    getCommandHandler(command: string): CommandHandler | false;
    setCommandHandler(command: string, handler: CommandHandler): void;
    /** Serves a socket that somebody else accepted. */
    createClient(socket: Socket): void;
  }

  export interface ImapServerOptions {
    readonly secureConnection?: boolean;
    readonly credentials?: object;
    readonly plugins?: readonly (string | ((server: ImapServer) => void))[];
    readonly users?: Readonly<Record<string, { readonly password: string }>>;
    readonly storage?: object;
  }

  const hoodiecrow: (options: ImapServerOptions) => ImapServer;
  export default hoodiecrow;
}

declare module 'hoodiecrow-imap/lib/commands/handlers/fetch.js' {
  import type { FetchHandler } from 'hoodiecrow-imap';

  const handlers: Readonly<Record<'BODY' | 'BODY.PEEK', FetchHandler>>;
  export default handlers;
}
