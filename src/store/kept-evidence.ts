import type { Database } from 'better-sqlite3';

/** Which revision is meant. */
export interface RevisionOf {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  /** From 1 on. */
  readonly revision: number;
}

/** Keeps the packed evidence of a revision; to be called in the transaction that publishes it. */
export function keepEvidence(db: Database, { system, month, revision }: RevisionOf, parts: Iterable<Uint8Array>): void {
  const add = db.prepare(
    `INSERT INTO revision_evidence (revision, part, bytes)
     SELECT n, ?, ? FROM revisions WHERE system = ? AND month = ? AND revision = ?`,
  );
  let part = 0;
  for (const bytes of parts) add.run(part++, bytes, system, month, revision);
}

/** As it was kept, part by part; none: a version that kept no evidence closed it. */
export function* keptEvidence(db: Database, { system, month, revision }: RevisionOf): Generator<Uint8Array> {
  const find = db
    .prepare<(string | number)[], Uint8Array>(
      `SELECT e.bytes FROM revision_evidence e JOIN revisions r ON r.n = e.revision
       WHERE r.system = ? AND r.month = ? AND r.revision = ? AND e.part = ?`,
    )
    .pluck();
  for (let part = 0; ; part++) {
    const bytes = find.get(system, month, revision, part);
    if (bytes === undefined) return;
    yield bytes;
  }
}

/** Whether there is any. */
export function isEvidenceKept(db: Database, of: RevisionOf): boolean {
  const { done } = keptEvidence(db, of).next();
  return done !== true;
}
