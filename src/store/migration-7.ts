/**
 * The seventh step of the schema: until when a place was looked through without what is still waited for there. A row is
 * where looking stands now, not a fact of its own, so it changes. Never edited once it was released (see migrations.ts).
 */
export const LOOKS = `
  CREATE TABLE looks (
    system TEXT NOT NULL,
    -- Name of the mailbox; '' is our sink.
    place TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    PRIMARY KEY (system, place)
  ) STRICT, WITHOUT ROWID;
`;
