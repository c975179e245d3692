import { pino } from 'pino';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** One structured line an event. error: a person must act · warn: it coped · info: the flow · debug: for developers. */
export interface Log {
  error(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  info(fields: object, text: string): void;
  debug(fields: object, text: string): void;
}

/** JSON lines on standard error; standard output belongs to what a command was asked for. */
export function createLog(level: LogLevel): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}

/** For commands whose output is for a person, and for tests. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} };
