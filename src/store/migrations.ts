import type { Database } from 'better-sqlite3';
import { ENTRIES_AND_REVISIONS } from './migration-2.ts';
import { MONTHS_BY_ROUTE } from './migration-3.ts';
import { ACTS } from './migration-4.ts';
import { PROBES_OF_ROUTES } from './migration-5.ts';
import { WITHDRAWN_RECORDS } from './migration-6.ts';
import { LOOKS } from './migration-7.ts';
import { CLOSED_EVIDENCE } from './migration-8.ts';
import { CONSENTS } from './migration-9.ts';

/** `PRAGMA application_id` of a store: "MWit". */
export const APPLICATION_ID = 0x4d576974;

/**
 * The schema, one step a released version; `PRAGMA user_version` counts the steps done. Append only: a step that was
 * released is never edited (a test holds their digests).
 *
 * Columns named `*_at` are instants in whole µs since the Unix epoch, `*_us` durations. Rows that tell what was
 * measured are closed by triggers once they are whole; `recursive_triggers` makes that hold for INSERT OR REPLACE.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    instance TEXT NOT NULL,
    key BLOB NOT NULL,
    vantage TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_alive_at INTEGER
  ) STRICT;
  CREATE TRIGGER meta_stays BEFORE UPDATE OF one, instance, key, vantage, created_at ON meta
    BEGIN SELECT RAISE(ABORT, 'the identity of a store never changes'); END;
  CREATE TRIGGER meta_is_kept BEFORE DELETE ON meta
    BEGIN SELECT RAISE(ABORT, 'the identity of a store never changes'); END;

  -- Names, written once: half a million probes a year and route point here.
  CREATE TABLE targets (
    n INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    check_name TEXT NOT NULL,
    target TEXT NOT NULL,
    UNIQUE (system, check_name, target)
  ) STRICT;
  CREATE TABLE routes (
    n INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    route TEXT NOT NULL,
    kind TEXT NOT NULL,
    mailbox TEXT
  ) STRICT;
  CREATE UNIQUE INDEX routes_once ON routes (system, route, kind, ifnull(mailbox, ''));

  CREATE TABLE probes (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    route INTEGER NOT NULL REFERENCES routes (n),
    launched_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    accepted_at INTEGER,
    uncertain INTEGER NOT NULL,
    relayed_at INTEGER,
    visible_at INTEGER,
    unseen_until_at INTEGER,
    folder TEXT,
    copy_id TEXT,
    misfiled INTEGER NOT NULL,
    contacts INTEGER NOT NULL,
    copies INTEGER NOT NULL,
    failure TEXT,
    deferral_attempts INTEGER,
    deferral_us INTEGER,
    settled_at INTEGER
  ) STRICT;
  CREATE INDEX probes_by_acceptance ON probes (accepted_at) WHERE accepted_at IS NOT NULL;
  CREATE INDEX probes_open ON probes (n) WHERE settled_at IS NULL;
  CREATE INDEX probes_given_up ON probes (settled_at) WHERE outcome IN ('lost', 'uncertain');
  CREATE TRIGGER probes_settled_stay BEFORE UPDATE ON probes WHEN OLD.settled_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a settled probe never changes'); END;
  CREATE TRIGGER probes_are_kept BEFORE DELETE ON probes WHEN OLD.settled_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a settled probe never changes'); END;

  -- Every sighting but the first of its kind, which the probe's own row tells.
  CREATE TABLE sightings (
    n INTEGER PRIMARY KEY,
    probe INTEGER NOT NULL REFERENCES probes (n),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    meaning TEXT NOT NULL,
    copy TEXT NOT NULL,
    place TEXT,
    folder TEXT,
    junk INTEGER,
    unseen_until_at INTEGER,
    bytes INTEGER,
    altered INTEGER,
    permanent INTEGER,
    words TEXT,
    enhanced TEXT,
    UNIQUE (probe, kind, copy)
  ) STRICT;
  CREATE TRIGGER sightings_stay BEFORE UPDATE ON sightings
    BEGIN SELECT RAISE(ABORT, 'a sighting never changes'); END;
  CREATE TRIGGER sightings_are_kept BEFORE DELETE ON sightings
    BEGIN SELECT RAISE(ABORT, 'a sighting never changes'); END;

  -- What was said, for people to read; no figure comes from it, and it is bounded (see dialogues.ts).
  CREATE TABLE dialogues (
    n INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES targets (n),
    probe INTEGER REFERENCES probes (n),
    shelf TEXT NOT NULL CHECK (shelf IN ('open', 'plain', 'trouble')),
    part TEXT NOT NULL CHECK (part IN ('transcript', 'headers')),
    at INTEGER NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX dialogues_by_shelf ON dialogues (target, shelf, n);
  CREATE INDEX dialogues_by_probe ON dialogues (probe) WHERE probe IS NOT NULL;

  CREATE TABLE runs (
    n INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES targets (n),
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL CHECK (to_at >= from_at),
    samples INTEGER NOT NULL CHECK (samples > 0),
    transients INTEGER NOT NULL,
    hold_us INTEGER NOT NULL,
    cause TEXT,
    detail TEXT,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1))
  ) STRICT;
  CREATE INDEX runs_by_end ON runs (target, to_at);
  CREATE UNIQUE INDEX runs_open ON runs (target) WHERE closed = 0;
  CREATE TRIGGER runs_closed_stay BEFORE UPDATE ON runs WHEN OLD.closed = 1
    BEGIN SELECT RAISE(ABORT, 'a closed run never changes'); END;
  CREATE TRIGGER runs_closed_are_kept BEFORE DELETE ON runs WHEN OLD.closed = 1
    BEGIN SELECT RAISE(ABORT, 'a closed run never changes'); END;

  CREATE TABLE gaps (
    n INTEGER PRIMARY KEY,
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL CHECK (to_at >= from_at),
    why TEXT NOT NULL
  ) STRICT;
  CREATE INDEX gaps_by_end ON gaps (to_at);
  CREATE TRIGGER gaps_stay BEFORE UPDATE ON gaps
    BEGIN SELECT RAISE(ABORT, 'a gap never changes'); END;
  CREATE TRIGGER gaps_are_kept BEFORE DELETE ON gaps
    BEGIN SELECT RAISE(ABORT, 'a gap never changes'); END;

  CREATE TABLE transients (
    n INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES targets (n),
    at INTEGER NOT NULL,
    failure TEXT NOT NULL
  ) STRICT;
  CREATE INDEX transients_by_target ON transients (target, at);
  CREATE TRIGGER transients_stay BEFORE UPDATE ON transients
    BEGIN SELECT RAISE(ABORT, 'a transient never changes'); END;
  CREATE TRIGGER transients_are_kept BEFORE DELETE ON transients
    BEGIN SELECT RAISE(ABORT, 'a transient never changes'); END;

  -- hour: whole hours since the Unix epoch. b0 to b15: how many lay up to each edge and above the one before (digests.ts).
  CREATE TABLE digests (
    target INTEGER NOT NULL REFERENCES targets (n),
    phase TEXT NOT NULL,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum_us INTEGER NOT NULL,
    max_us INTEGER NOT NULL,
    b0 INTEGER NOT NULL, b1 INTEGER NOT NULL, b2 INTEGER NOT NULL, b3 INTEGER NOT NULL,
    b4 INTEGER NOT NULL, b5 INTEGER NOT NULL, b6 INTEGER NOT NULL, b7 INTEGER NOT NULL,
    b8 INTEGER NOT NULL, b9 INTEGER NOT NULL, b10 INTEGER NOT NULL, b11 INTEGER NOT NULL,
    b12 INTEGER NOT NULL, b13 INTEGER NOT NULL, b14 INTEGER NOT NULL, b15 INTEGER NOT NULL,
    PRIMARY KEY (target, phase, hour)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER digests_only_grow BEFORE UPDATE ON digests
    WHEN NEW.count <= OLD.count OR NEW.sum_us < OLD.sum_us OR NEW.max_us < OLD.max_us
      OR NEW.target <> OLD.target OR NEW.phase <> OLD.phase OR NEW.hour <> OLD.hour
    BEGIN SELECT RAISE(ABORT, 'a digest only grows'); END;
  CREATE TRIGGER digests_are_kept BEFORE DELETE ON digests
    BEGIN SELECT RAISE(ABORT, 'a digest only grows'); END;

  CREATE TABLE watermarks (
    system TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    folder TEXT NOT NULL,
    uid_validity TEXT NOT NULL,
    uid_next INTEGER NOT NULL,
    PRIMARY KEY (system, mailbox, folder)
  ) STRICT, WITHOUT ROWID;
  `,
  ENTRIES_AND_REVISIONS,
  MONTHS_BY_ROUTE,
  ACTS,
  PROBES_OF_ROUTES,
  WITHDRAWN_RECORDS,
  LOOKS,
  CLOSED_EVIDENCE,
  CONSENTS,
];

/** `PRAGMA user_version` of an open database. */
export function versionOf(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** Takes the schema to its newest version, all steps or none. */
export function migrate(db: Database, migrations: readonly string[] = MIGRATIONS): void {
  const steps = db.transaction(() => {
    for (let version = versionOf(db); version < migrations.length; version++) {
      db.exec(migrations[version] ?? '');
      db.pragma(`user_version = ${version + 1}`);
    }
    db.pragma(`application_id = ${APPLICATION_ID}`);
  });
  if (versionOf(db) < migrations.length) steps.immediate();
}
