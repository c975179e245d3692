/**
 * The fourth step of the schema: what people did on the pages, each act a row that stays. Never edited once it was
 * released (see migrations.ts).
 */
export const ACTS = `
  CREATE TABLE acts (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    person TEXT NOT NULL CHECK (person <> ''),
    role TEXT NOT NULL,
    -- 'sign in', 'sign out', or what was done to an entry: 'enter exclusion', 'approve exclusion' and so on.
    act TEXT NOT NULL,
    system TEXT,
    entry TEXT,
    -- Address that it came from, as far as proxies are believed.
    address TEXT NOT NULL
  ) STRICT;
  CREATE INDEX acts_by_time ON acts (at);
  CREATE TRIGGER acts_stay BEFORE UPDATE ON acts
    BEGIN SELECT RAISE(ABORT, 'what was done stays so'); END;
  CREATE TRIGGER acts_are_kept BEFORE DELETE ON acts
    BEGIN SELECT RAISE(ABORT, 'what was done stays so'); END;
`;
