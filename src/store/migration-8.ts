/**
 * The eighth step of the schema: the evidence that a closed month's hash names, and until when a closed month was held
 * against what became known later. Never edited once it was released (see migrations.ts).
 */
export const CLOSED_EVIDENCE = `
  -- The bytes of the file, gzipped, cut into parts that are counted from 0.
  CREATE TABLE revision_evidence (
    n INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL REFERENCES revisions (n),
    part INTEGER NOT NULL CHECK (part >= 0),
    bytes BLOB NOT NULL,
    UNIQUE (revision, part)
  ) STRICT;
  CREATE TRIGGER revision_evidence_stays BEFORE UPDATE ON revision_evidence
    BEGIN SELECT RAISE(ABORT, 'the evidence of a published report never changes'); END;
  CREATE TRIGGER revision_evidence_is_kept BEFORE DELETE ON revision_evidence
    BEGIN SELECT RAISE(ABORT, 'the evidence of a published report never changes'); END;

  -- What had become known by then changes nothing in this revision.
  CREATE TABLE revision_checks (
    revision INTEGER PRIMARY KEY REFERENCES revisions (n),
    checked_at INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER revision_checks_advance BEFORE UPDATE ON revision_checks
    WHEN NEW.revision <> OLD.revision OR NEW.checked_at < OLD.checked_at
    BEGIN SELECT RAISE(ABORT, 'a check of a published report is as of a later time'); END;
`;
