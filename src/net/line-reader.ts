import type { Socket } from 'node:net';
import { untilWhen } from './deadline.ts';
import { DialogueError } from './dialogue-error.ts';
import type { Recorder } from './recorder.ts';

export interface LineLimits {
  /** Bytes of one line without its end. */
  readonly maxLine: number;
  readonly maxLines: number;
  /** Bytes of all that is read. */
  readonly maxBytes: number;
}

/** Far above what a dialogue of a check needs, far below what would hurt. */
export const LINE_LIMITS: LineLimits = { maxLine: 8_192, maxLines: 2_000, maxBytes: 1_048_576 };

/** Reads CRLF lines (a bare LF ends one too) and counted bytes; one read at a time. */
export interface LineReader {
  /** The next line without its end. Throws DialogueError (closed, timeout, protocol), the socket destroyed. */
  line(signal: AbortSignal): Promise<string>;
  /** Exactly so many bytes, as IMAP literals need. */
  bytes(count: number, signal: AbortSignal): Promise<Buffer>;
  /** Lets go of the socket (paused) and returns what had come and nobody had asked for. */
  release(): Buffer;
}

export interface LineReaderOptions {
  readonly socket: Socket;
  /** `host:port` for the words of an error. */
  readonly peer: string;
  /** Tells the phase, and keeps secrets out of quotations. */
  readonly recorder: Recorder;
  readonly limits?: Partial<LineLimits>;
}

/** Bytes that may wait for a reader before the socket is paused. */
const HIGH_WATER = 65_536;

export function createLineReader({ socket, peer, recorder, limits }: LineReaderOptions): LineReader {
  const { maxLine, maxLines, maxBytes } = { ...LINE_LIMITS, ...limits };
  let buffered: Buffer = Buffer.alloc(0);
  /** Up to here no LF was found, so that a line that grows byte by byte is looked at once. */
  let searched = 0;
  let lines = 0;
  let total = 0;
  /** Why no more will come; made into an error where somebody waits for it, in the phase of that time. */
  let ended: (() => DialogueError) | null = null;
  let wake: (() => void) | null = null;

  function fail(cause: 'closed' | 'timeout' | 'protocol', what: string, origin?: unknown): DialogueError {
    return new DialogueError({ cause, phase: recorder.phase, detail: `${peer} ${what}` }, { cause: origin });
  }

  function breakOff(error: DialogueError): DialogueError {
    ended = () => error;
    buffered = Buffer.alloc(0);
    socket.destroy();
    return error;
  }

  const onData = (chunk: Buffer): void => {
    total += chunk.length;
    if (total > maxBytes)
      breakOff(fail('protocol', `sent more than ${maxBytes} bytes, which no dialogue of this kind needs`));
    else {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      if (buffered.length > HIGH_WATER) socket.pause();
    }
    wake?.();
  };
  const onError = (error: Error): void => {
    const code = 'code' in error ? String(error.code) : error.message;
    const cause = code === 'ETIMEDOUT' ? 'timeout' : 'closed';
    ended ??= () => fail(cause, `broke the connection off (${code})`, error);
    wake?.();
  };
  const onClose = (): void => {
    ended ??= () => fail('closed', 'closed the connection without an answer');
    wake?.();
  };
  socket.on('data', onData);
  socket.on('error', onError);
  // `end` is a half-open close: nothing more will come.
  socket.on('end', onClose);
  socket.on('close', onClose);
  // It may have closed between the dialling and this line; its event would never come.
  if (socket.destroyed || socket.readableEnded) onClose();

  async function moreData(signal: AbortSignal, wanted: string): Promise<void> {
    if (ended !== null) {
      socket.destroy();
      throw ended();
    }
    const silent = (): DialogueError => breakOff(fail('timeout', `sent no ${wanted} ${untilWhen(signal)}`));
    if (signal.aborted) throw silent();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        wake = null;
        resolve();
      };
      wake = done;
      signal.addEventListener('abort', done, { once: true });
      socket.resume();
    });
    if (signal.aborted) throw silent();
  }

  function take(count: number, skip: number): Buffer {
    const taken = buffered.subarray(0, count);
    buffered = buffered.subarray(count + skip);
    searched = 0;
    return taken;
  }

  return {
    async line(signal) {
      for (;;) {
        const end = buffered.indexOf(0x0a, searched);
        searched = buffered.length;
        if ((end === -1 ? buffered.length : end) > maxLine + 1) {
          const start = recorder.words(buffered.subarray(0, maxLine).toString('utf8'), 60);
          throw breakOff(fail('protocol', `sent a line of more than ${maxLine} bytes ("${start}")`));
        }
        if (end !== -1) {
          lines += 1;
          if (lines > maxLines)
            throw breakOff(fail('protocol', `sent more than ${maxLines} lines, which no dialogue of this kind needs`));
          const line = take(end, 1);
          return (line.at(-1) === 0x0d ? line.subarray(0, -1) : line).toString('utf8');
        }
        await moreData(signal, 'complete line');
      }
    },
    async bytes(count, signal) {
      if (count > maxBytes)
        throw breakOff(fail('protocol', `announced ${count} bytes, more than the ${maxBytes} that are read`));
      while (buffered.length < count) await moreData(signal, `${count} bytes it had announced`);
      return Buffer.from(take(count, 0));
    },
    release() {
      socket.pause();
      socket.removeListener('data', onData);
      socket.removeListener('error', onError);
      socket.removeListener('end', onClose);
      socket.removeListener('close', onClose);
      const rest = buffered;
      buffered = Buffer.alloc(0);
      return rest;
    },
  };
}
