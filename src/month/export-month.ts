import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import type { WrittenEvidence } from '../evidence/write.ts';
import type { Fact, Millis } from '../facts/facts.ts';
import { ConfigError } from '../lib/errors.ts';
import { VERSION } from '../lib/version.ts';
import { monthSpan } from '../sla/month.ts';
import { whyNotCovered } from './covered.ts';
import { writeEvidenceFile } from './evidence-file.ts';
import { knownUntil } from './known.ts';
import type { Lacking } from './lacking.ts';
import { linesOfMonth, monthParts } from './month-facts.ts';
import { createReader } from './reader.ts';

export interface ExportAsked {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  readonly contract: Contract;
  /** The file that it becomes; one that exists is replaced. */
  readonly out: string;
  /** Leaves out the servers' words and all addresses. */
  readonly redact: boolean;
  /** Told now and then how many lines were written. */
  readonly onProgress?: (lines: number) => void;
}

export interface ExportedMonth extends Omit<WrittenEvidence, 'seal'> {
  /** Until when the store was told what it holds. */
  readonly until: Millis;
  /** It reaches to the month's end, and nothing was left out. */
  readonly whole: boolean;
}

/** The store lacks what the month's evidence would be written from. */
export class NotCoveredError extends ConfigError {
  readonly lacking: Lacking;

  constructor(lacking: Lacking) {
    const { of, expected, got } = lacking;
    super([{ file: 'export', path: `--${of}`, expected: expected.en, got: got.en }]);
    this.lacking = lacking;
  }
}

/** Lines between two tellings. */
const PROGRESS = 10_000;

/**
 * Writes a month's evidence to a file: one snapshot, read while it is written, so that memory stays flat. Throws
 * NotCoveredError for a month that the store does not cover, and ConfigError for a file that cannot be written.
 */
export async function exportMonth(db: Database, asked: ExportAsked): Promise<ExportedMonth> {
  const { system, month, contract, out, redact } = asked;
  db.exec('BEGIN');
  try {
    const known = knownUntil(db);
    const lacking = whyNotCovered(db, { system, month, contract, known });
    if (lacking !== null) throw new NotCoveredError(lacking);
    const product = `mailwitness ${VERSION}`;
    const parts = monthParts(createReader(db), { system, month, contract, known, product });
    const lines = told(linesOfMonth(parts), asked.onProgress);
    const written = await writeEvidenceFile(lines, out, { redact });
    return { ...written, until: known, whole: !redact && known >= monthSpan(month, contract.timezone).to };
  } finally {
    db.exec('COMMIT');
  }
}

function* told(facts: Iterable<Fact>, onProgress: (lines: number) => void = () => {}): Generator<Fact> {
  let lines = 0;
  for (const fact of facts) {
    yield fact;
    if (++lines % PROGRESS === 0) onProgress(lines);
  }
}
