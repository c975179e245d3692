import { open, stat, statfs, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { parseContract } from '../config/load-contract.ts';
import { inFolder, sweepFolders } from '../lib/own-folders.ts';
import { createUnderWay } from '../lib/under-way.ts';
import { openCurrentReadOnly, type Db } from '../store/file.ts';
import { isEvidenceKept } from '../store/kept-evidence.ts';
import { revisionsOf } from '../store/revisions.ts';
import { exportMonth, NotCoveredError } from './export-month.ts';
import { exportRevision } from './export-revision.ts';
import { lackingLine } from './lacking.ts';
import type { Agreement } from './month-answers.ts';
import type { NoReport } from './report-text.ts';

export interface EvidenceAsked {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  /** As that closed revision names it by its hash; null: of the newest one, and of a month that was not closed as it is now. */
  readonly revision: number | null;
}

/** A sealed file of evidence that is open for reading and has no name any more: closing it ends it. */
export interface Evidence {
  readonly kind: 'evidence';
  readonly file: FileHandle;
  readonly bytes: number;
}

/** Writes evidence while an agent measures. */
export interface Exporting {
  /** Rejects when it could not be written. When `signal` fires it is given up, and nothing of it stays. */
  exportMonth(asked: EvidenceAsked, signal: AbortSignal): Promise<Evidence | NoReport>;
  /** What is under way is given up. */
  stop(): Promise<void>;
}

/** What the thread is started with: plain data, for it crosses over. */
export interface ThreadAsked extends EvidenceAsked {
  readonly store: string;
  readonly agreement: Agreement;
  readonly out: string;
}

export type ThreadDone = { readonly kind: 'written'; readonly bytes: number } | NoReport;

/** As of the thread that answers: see there. */
const THREAD = { name: 'evidence', resourceLimits: { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 8 } };

export interface ExportingParts {
  readonly store: string;
  readonly agreements: readonly Agreement[];
  /** Of the volume of a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** What stays free for the agent's own writing, whatever is read. */
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * Each in a thread of its own with a connection that cannot write. By way of a file beside the store, where there is room:
 * nothing is handed out of what cannot be written whole, and a reader who is slow holds no snapshot of the store.
 */
export function createExporting(
  { store, agreements, freeBytes = freeBytesAt }: ExportingParts,
  thread = !import.meta.url.endsWith('.ts'),
): Exporting {
  const underWay = createUnderWay();
  const prefix = `${store}.evidence-`;
  sweepFolders(prefix);

  async function write(asked: EvidenceAsked, signal: AbortSignal): Promise<Evidence | NoReport> {
    const agreement = agreements.find(({ system }) => system === asked.system);
    if (agreement === undefined) throw new Error(`system "${asked.system}" is not in the configuration`);
    await expectRoom();
    const written = await inFolder(prefix, async (folder) => {
      const out = path.join(folder, 'evidence.ndjson');
      const parts = { ...asked, store, agreement, out };
      const done = thread ? await inThread(parts, signal) : await writeEvidenceOf(parts);
      return done.kind === 'none' ? done : { kind: 'evidence' as const, file: await open(out), bytes: done.bytes };
    });
    if (written.kind === 'none' || !signal.aborted) return written;
    await written.file.close();
    throw new Error('nobody waits for the evidence any more');
  }

  /** What is measured comes first: a disk that evidence filled would leave it no room. */
  async function expectRoom(): Promise<void> {
    const [{ size }, free] = await Promise.all([stat(store), freeBytes(path.dirname(store))]);
    if (free < size + SPARE_BYTES)
      throw new Error(`evidence: expected ${size + SPARE_BYTES} bytes of room beside the store, got ${free}`);
  }

  return {
    exportMonth: (asked, signal) => underWay.run(signal, (either) => write(asked, either)),
    stop: underWay.stop,
  };
}

/** What the thread does. Throws ConfigError where the file cannot be written, a full disk for one. */
export async function writeEvidenceOf({ store, agreement, out, ...asked }: ThreadAsked): Promise<ThreadDone> {
  const contract = parseContract(agreement.text, { file: agreement.file });
  const db = openCurrentReadOnly(store);
  try {
    const { system, month } = asked;
    const revision = asked.revision ?? newestKept(db, asked);
    const { bytes } =
      revision === null
        ? await exportMonth(db, { system, month, contract, out, redact: false })
        : await exportRevision(db, { system, month, revision }, out);
    return { kind: 'written', bytes };
  } catch (error) {
    if (!(error instanceof NotCoveredError)) throw error;
    return { kind: 'none', why: lackingLine(error.lacking) };
  } finally {
    db.close();
  }
}

/** One that a version without kept evidence closed has as much of it as an open month. */
function newestKept(db: Db, { system, month }: EvidenceAsked): number | null {
  const newest = revisionsOf(db, system, month).at(-1);
  return newest !== undefined && isEvidenceKept(db, newest) ? newest.revision : null;
}

async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function inThread(asked: ThreadAsked, signal: AbortSignal): Promise<ThreadDone> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./exporting-thread.js', import.meta.url), { workerData: asked, ...THREAD });
  // The measurements keep the process alive, and not what is asked about them.
  worker.unref();
  const giveUp = (): void => void worker.terminate();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await new Promise<ThreadDone>((resolve, reject) => {
      worker.once('message', (done: ThreadDone | { readonly failed: string }) =>
        'failed' in done ? reject(new Error(done.failed)) : resolve(done),
      );
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the thread that writes evidence ended with ${code}`)));
    });
  } finally {
    signal.removeEventListener('abort', giveUp);
    await worker.terminate();
  }
}
