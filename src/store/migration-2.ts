/**
 * The second step of the schema: what people enter, what was configured when, and what was published. All of it is
 * append-only: a correction is a new row that names the old one. Never edited once it was released (see migrations.ts).
 */
export const ENTRIES_AND_REVISIONS = `
  CREATE TABLE exclusions (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
    system TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL CHECK (to_at > from_at),
    ground TEXT NOT NULL,
    entered_by TEXT NOT NULL CHECK (entered_by <> ''),
    entered_at INTEGER NOT NULL,
    announced_at INTEGER CHECK (announced_at <= entered_at),
    replaces TEXT UNIQUE REFERENCES exclusions (id),
    note TEXT NOT NULL
  ) STRICT;
  CREATE INDEX exclusions_by_system ON exclusions (system, to_at);

  -- What became of a window: approved and withdrawn once at most.
  CREATE TABLE exclusion_acts (
    exclusion TEXT NOT NULL REFERENCES exclusions (id),
    act TEXT NOT NULL CHECK (act IN ('approve', 'withdraw')),
    acted_by TEXT NOT NULL CHECK (acted_by <> ''),
    at INTEGER NOT NULL,
    PRIMARY KEY (exclusion, act)
  ) STRICT, WITHOUT ROWID;

  CREATE TRIGGER exclusions_stay BEFORE UPDATE ON exclusions
    BEGIN SELECT RAISE(ABORT, 'an exclusion never changes; enter another that replaces it'); END;
  CREATE TRIGGER exclusions_are_kept BEFORE DELETE ON exclusions
    BEGIN SELECT RAISE(ABORT, 'an exclusion never changes; withdraw it'); END;
  CREATE TRIGGER exclusions_replace_what_stands BEFORE INSERT ON exclusions
    WHEN NEW.replaces IS NOT NULL AND (
      NOT EXISTS (SELECT 1 FROM exclusions WHERE id = NEW.replaces AND system = NEW.system)
      OR EXISTS (SELECT 1 FROM exclusion_acts WHERE exclusion = NEW.replaces AND act = 'withdraw'))
    BEGIN SELECT RAISE(ABORT, 'an exclusion replaces one of its own system that was not withdrawn'); END;
  CREATE TRIGGER exclusion_acts_stay BEFORE UPDATE ON exclusion_acts
    BEGIN SELECT RAISE(ABORT, 'what was approved or withdrawn stays so'); END;
  CREATE TRIGGER exclusion_acts_are_kept BEFORE DELETE ON exclusion_acts
    BEGIN SELECT RAISE(ABORT, 'what was approved or withdrawn stays so'); END;
  CREATE TRIGGER exclusion_acts_on_what_stands BEFORE INSERT ON exclusion_acts
    WHEN EXISTS (SELECT 1 FROM exclusion_acts WHERE exclusion = NEW.exclusion AND act = 'withdraw')
      OR EXISTS (SELECT 1 FROM exclusions WHERE replaces = NEW.exclusion)
    BEGIN SELECT RAISE(ABORT, 'nothing is done to an exclusion that was withdrawn or replaced'); END;
  CREATE TRIGGER exclusion_acts_of_two_people BEFORE INSERT ON exclusion_acts
    WHEN NEW.act = 'approve' AND EXISTS (SELECT 1 FROM exclusions WHERE id = NEW.exclusion AND entered_by = NEW.acted_by)
    BEGIN SELECT RAISE(ABORT, 'nobody approves a window that they entered'); END;

  -- body: the kind's own keys as JSON, spelled as in evidence; instants in it are whole ms since the Unix epoch.
  CREATE TABLE records (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
    system TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    replaces TEXT UNIQUE REFERENCES records (id),
    body TEXT NOT NULL CHECK (json_type(body) = 'object'),
    entered_by TEXT NOT NULL CHECK (entered_by <> ''),
    entered_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX records_by_kind ON records (system, kind, at);
  CREATE TRIGGER records_stay BEFORE UPDATE ON records
    BEGIN SELECT RAISE(ABORT, 'a record never changes; enter another that replaces it'); END;
  CREATE TRIGGER records_are_kept BEFORE DELETE ON records
    BEGIN SELECT RAISE(ABORT, 'a record never changes; enter another that replaces it'); END;
  CREATE TRIGGER records_replace_their_own BEFORE INSERT ON records
    WHEN NEW.replaces IS NOT NULL AND NOT EXISTS (SELECT 1 FROM records WHERE id = NEW.replaces AND system = NEW.system)
    BEGIN SELECT RAISE(ABORT, 'a record replaces one of its own system'); END;

  -- Which checks and routes were configured, from an instant until the next row of the same one; without an interval:
  -- no longer.
  CREATE TABLE paces (
    n INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    check_name TEXT NOT NULL,
    since_at INTEGER NOT NULL,
    interval_us INTEGER CHECK (interval_us > 0),
    hold_us INTEGER CHECK (hold_us > 0),
    CHECK ((interval_us IS NULL) = (hold_us IS NULL))
  ) STRICT;
  CREATE INDEX paces_by_check ON paces (system, check_name, n);
  CREATE TRIGGER paces_stay BEFORE UPDATE ON paces
    BEGIN SELECT RAISE(ABORT, 'what was configured stays told'); END;
  CREATE TRIGGER paces_are_kept BEFORE DELETE ON paces
    BEGIN SELECT RAISE(ABORT, 'what was configured stays told'); END;
  CREATE TRIGGER paces_in_order BEFORE INSERT ON paces
    WHEN EXISTS (SELECT 1 FROM paces WHERE system = NEW.system AND check_name = NEW.check_name AND since_at > NEW.since_at)
    BEGIN SELECT RAISE(ABORT, 'what was configured is told in order'); END;

  -- Closed months. Revision 1 is the first; a later fact makes the next, and the ones before stay byte for byte.
  CREATE TABLE revisions (
    n INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    revision INTEGER NOT NULL CHECK (revision > 0),
    closed_at INTEGER NOT NULL,
    provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)),
    report TEXT NOT NULL CHECK (json_valid(report)),
    contract TEXT NOT NULL,
    engine TEXT NOT NULL,
    tzdata TEXT NOT NULL,
    evidence_sha256 TEXT NOT NULL CHECK (length(evidence_sha256) = 64),
    changes TEXT NOT NULL CHECK (json_type(changes) = 'array'),
    UNIQUE (system, month, revision)
  ) STRICT;
  CREATE TRIGGER revisions_stay BEFORE UPDATE ON revisions
    BEGIN SELECT RAISE(ABORT, 'a published report never changes'); END;
  CREATE TRIGGER revisions_are_kept BEFORE DELETE ON revisions
    BEGIN SELECT RAISE(ABORT, 'a published report never changes'); END;
  CREATE TRIGGER revisions_in_order BEFORE INSERT ON revisions
    WHEN NEW.revision <> 1 + (SELECT ifnull(max(revision), 0) FROM revisions WHERE system = NEW.system AND month = NEW.month)
    BEGIN SELECT RAISE(ABORT, 'revisions are numbered in order'); END;

  -- Evidence files that were written. until_at: the header's "to", the instant at which it was known.
  CREATE TABLE exports (
    n INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    at INTEGER NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    lines INTEGER NOT NULL CHECK (lines > 0),
    until_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX exports_by_month ON exports (system, month);
  CREATE TRIGGER exports_stay BEFORE UPDATE ON exports
    BEGIN SELECT RAISE(ABORT, 'an export stays told'); END;
  CREATE TRIGGER exports_are_kept BEFORE DELETE ON exports
    BEGIN SELECT RAISE(ABORT, 'an export stays told'); END;

  -- Months whose messages may be deleted, and were. Their runs, gaps, entries and reports stay.
  CREATE TABLE purges (
    n INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL CHECK (to_at > from_at),
    at INTEGER NOT NULL,
    messages INTEGER NOT NULL CHECK (messages >= 0),
    UNIQUE (system, month)
  ) STRICT;
  CREATE TRIGGER purges_stay BEFORE UPDATE ON purges
    BEGIN SELECT RAISE(ABORT, 'a purge stays told'); END;
  CREATE TRIGGER purges_are_kept BEFORE DELETE ON purges
    BEGIN SELECT RAISE(ABORT, 'a purge stays told'); END;
  CREATE TRIGGER purges_of_what_is_elsewhere BEFORE INSERT ON purges
    WHEN NOT EXISTS (SELECT 1 FROM revisions WHERE system = NEW.system AND month = NEW.month AND provisional = 0)
      OR NOT EXISTS (SELECT 1 FROM exports WHERE system = NEW.system AND month = NEW.month AND until_at >= NEW.to_at)
    BEGIN SELECT RAISE(ABORT, 'a month is purged once it is closed for good and exported to its end'); END;

  DROP TRIGGER probes_are_kept;
  CREATE TRIGGER probes_are_kept BEFORE DELETE ON probes
    WHEN OLD.settled_at IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM routes r JOIN purges u ON u.system = r.system
      WHERE r.n = OLD.route AND OLD.accepted_at >= u.from_at AND OLD.accepted_at < u.to_at)
    BEGIN SELECT RAISE(ABORT, 'a settled probe never changes'); END;
  DROP TRIGGER sightings_are_kept;
  CREATE TRIGGER sightings_are_kept BEFORE DELETE ON sightings
    WHEN NOT EXISTS (
      SELECT 1 FROM probes p JOIN routes r ON r.n = p.route JOIN purges u ON u.system = r.system
      WHERE p.n = OLD.probe AND p.accepted_at >= u.from_at AND p.accepted_at < u.to_at)
    BEGIN SELECT RAISE(ABORT, 'a sighting never changes'); END;

  -- Runs of routes, folded from settled messages. Append-only; the last of a target may grow.
  CREATE TABLE route_runs (
    n INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES targets (n),
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL CHECK (to_at >= from_at),
    samples INTEGER NOT NULL CHECK (samples > 0)
  ) STRICT;
  CREATE INDEX route_runs_by_end ON route_runs (target, to_at);
  CREATE TRIGGER route_runs_only_grow BEFORE UPDATE ON route_runs
    WHEN NEW.n <> OLD.n OR NEW.target <> OLD.target OR NEW.ok <> OLD.ok OR NEW.from_at <> OLD.from_at
      OR NEW.to_at < OLD.to_at OR NEW.samples <= OLD.samples
      OR EXISTS (SELECT 1 FROM route_runs WHERE target = OLD.target AND to_at >= OLD.to_at AND n > OLD.n)
    BEGIN SELECT RAISE(ABORT, 'a closed run never changes'); END;
  CREATE TRIGGER route_runs_are_kept BEFORE DELETE ON route_runs
    BEGIN SELECT RAISE(ABORT, 'a closed run never changes'); END;
  CREATE TRIGGER route_runs_in_order BEFORE INSERT ON route_runs
    WHEN EXISTS (SELECT 1 FROM route_runs WHERE target = NEW.target AND to_at > NEW.from_at)
    BEGIN SELECT RAISE(ABORT, 'runs of one target do not overlap'); END;

  -- Until where the messages of a route are folded into its runs.
  CREATE TABLE route_folds (
    target INTEGER PRIMARY KEY REFERENCES targets (n),
    folded_until_at INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER route_folds_only_advance BEFORE UPDATE ON route_folds
    WHEN NEW.target <> OLD.target OR NEW.folded_until_at < OLD.folded_until_at
    BEGIN SELECT RAISE(ABORT, 'what is folded stays folded'); END;
  CREATE TRIGGER route_folds_are_kept BEFORE DELETE ON route_folds
    BEGIN SELECT RAISE(ABORT, 'what is folded stays folded'); END;
`;
