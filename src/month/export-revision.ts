import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Database } from 'better-sqlite3';
import type { Report } from '../sla/report.ts';
import { keptEvidence, isEvidenceKept, type RevisionOf } from '../store/kept-evidence.ts';
import { revisionsOf } from '../store/revisions.ts';
import { writeWholeFile } from './evidence-file.ts';
import { NotCoveredError, type ExportedMonth } from './export-month.ts';
import { LACKING } from './lacking.ts';
import { unpackEvidence } from './packed-evidence.ts';

/**
 * Writes the evidence that a closed revision names by its hash, byte for byte, whatever became known or was purged since.
 * Throws NotCoveredError where there is no such revision or its evidence was not kept, ConfigError as `exportMonth`.
 */
export async function exportRevision(db: Database, of: RevisionOf, out: string): Promise<ExportedMonth> {
  const all = revisionsOf(db, of.system, of.month);
  const found = all.find(({ revision }) => revision === of.revision);
  if (found === undefined) throw new NotCoveredError(LACKING.noRevision(of.month, of.revision, all.length));
  if (!isEvidenceKept(db, of)) throw new NotCoveredError(LACKING.noKeptEvidence(of.revision, found.engine));
  const hash = createHash('sha256');
  let [lines, bytes] = [0, 0];
  await writeWholeFile(out, async (file) => {
    const count = new Transform({
      transform(block: Buffer, _encoding, done) {
        hash.update(block);
        bytes += block.length;
        for (const byte of block) if (byte === LINE_FEED) lines++;
        done(null, block);
      },
    });
    await Promise.all([unpackEvidence(keptEvidence(db, of), count), pipeline(count, file)]);
    const sha256 = hash.digest('hex');
    if (sha256 !== found.evidenceSha256) throw new Error(`the kept evidence of ${of.month} has the hash ${sha256}`);
  });
  const { known_at, to } = JSON.parse(found.report) as Report;
  const until = Date.parse(known_at);
  return { lines, bytes, sha256: found.evidenceSha256, until, whole: until >= Date.parse(to) };
}

const LINE_FEED = 0x0a;
