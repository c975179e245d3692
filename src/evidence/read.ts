import { createHash } from 'node:crypto';
import type { Facts, MessageFact } from '../facts/facts.ts';
import { createCollector, type MessageTaker } from './collect.ts';
import { createLineCutter, textOf, type Line } from './lines.ts';
import { keyFault, refusal } from './refusal.ts';
import { createSealChain } from './seal.ts';
import { isObject, type JsonObject } from './value.ts';

export interface ReadOptions {
  /** Names the file in errors. */
  readonly file: string;
  /** Those of the contract; a ground outside them is refused. Without them every ground is taken. */
  readonly grounds?: readonly string[];
}

/** The facts of a file, and what stands for its bytes. */
export interface Evidence extends EvidenceBesides, Facts {}

/** All of it but its messages. */
export interface EvidenceBesides extends Omit<Facts, 'messages'> {
  /** Of all bytes of the file, in hex: what names the evidence of a report. */
  readonly sha256: string;
  /** The last seal's hash; absent where there is none. */
  readonly seal?: string;
  /** Whether a seal stands over every line. A file without any has no chain to break, and is taken. */
  readonly sealed: boolean;
}

/** All facts of a file at once: see streamEvidence. */
export async function readEvidence(source: AsyncIterable<Uint8Array>, options: ReadOptions): Promise<Evidence> {
  const messages: MessageFact[] = [];
  const rest = await streamEvidence(source, { ...options, messages: () => (message) => void messages.push(message) });
  return { ...rest, messages };
}

/**
 * Reads a file of evidence as it comes, in pieces of any size, and holds the rules of docs/evidence.md on the way: throws
 * ConfigError with one problem, the first that is wrong; what was handed out before that is of a file that is refused. What
 * only shows when all lines are known (runs that overlap) is told last. An error of the source is passed on as it is.
 * Memory: an index of the messages' ids, and the facts that are none.
 */
export async function streamEvidence(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions & { readonly messages: MessageTaker },
): Promise<EvidenceBesides> {
  const { file } = options;
  const cutter = createLineCutter(file);
  const whole = createHash('sha256');
  const reader = createReader(options);
  for await (const chunk of source) {
    whole.update(chunk);
    for (const line of cutter.cut(chunk)) reader.take(line);
  }
  const rest = cutter.rest();
  if (rest !== undefined) reader.take(rest);
  const { facts, seal, sealed } = reader.finish();
  return { ...facts, sha256: whole.digest('hex'), ...(seal === undefined ? {} : { seal }), sealed };
}

interface Reader {
  take(line: Line): void;
  finish(): { readonly facts: Omit<Facts, 'messages'>; readonly seal: string | undefined; readonly sealed: boolean };
}

function createReader({ file, grounds, messages }: ReadOptions & { readonly messages: MessageTaker }): Reader {
  const collector = createCollector({ file, grounds, messages });
  const chain = createSealChain();
  let seal: string | undefined;
  let sealed = false;
  let blank: number | undefined;

  function checkSeal(raw: JsonObject, line: number): void {
    const made = chain.seal();
    if (raw['previous'] !== made.previous) {
      const expected = made.previous === '' ? '"", for no seal stands before it' : 'the sha256 of the seal before it';
      throw refusal({ file, line }, keyFault('previous', expected, raw['previous']));
    }
    if (raw['sha256'] !== made.sha256) {
      const expected = `${made.sha256}, the SHA-256 of the lines before it: they are not what was sealed`;
      throw refusal({ file, line }, keyFault('sha256', expected, raw['sha256']));
    }
    seal = made.sha256;
    sealed = true;
  }

  return {
    take(line): void {
      const text = textOf(line, file);
      if (isBlank(text)) {
        // Empty lines at the end do no harm; one that another line follows is told.
        blank ??= line.number;
        chain.add(line.bytes);
        return;
      }
      if (blank !== undefined) throw notAnObject(file, blank, undefined);
      const raw = parse(text);
      if (!isObject(raw)) throw notAnObject(file, line.number, text.trim());
      if (raw['type'] === 'seal' && line.number > 1) {
        checkSeal(raw, line.number);
        return;
      }
      chain.add(line.bytes);
      sealed = false;
      collector.add(raw, line.number);
    },
    finish: () => ({ facts: collector.finish(), seal, sealed }),
  };
}

function isBlank(text: string): boolean {
  return text.length < 3 && text.trim() === '';
}

function notAnObject(file: string, line: number, got: string | undefined): Error {
  return refusal({ file, line }, { path: '', expected: 'a JSON object', ...(got === undefined ? {} : { got }) });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
