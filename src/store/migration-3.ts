/**
 * The third step of the schema: a month is read in time proportional to the month, whatever else the store holds, and the
 * days of a year without their messages. Never edited once it was released (see migrations.ts).
 */
export const MONTHS_BY_ROUTE = `
  DROP INDEX probes_by_acceptance;
  CREATE INDEX probes_by_route ON probes (route, accepted_at) WHERE accepted_at IS NOT NULL;
  -- What a settled probe's own row does not tell.
  CREATE INDEX sightings_after ON sightings (probe) WHERE meaning IN ('late', 'duplicate');
  DROP INDEX gaps_by_end;
  CREATE INDEX gaps_by_end ON gaps (to_at, from_at, why);

  -- Records that a month looks at by an instant of their own, or of which it needs the last one of a sort.
  CREATE INDEX records_of_updates ON records (system, body ->> '$.updated_at') WHERE kind = 'definitions';
  CREATE INDEX records_of_backups ON records (system, body ->> '$.level', body ->> '$.finished_at') WHERE kind = 'backup';
  CREATE INDEX records_of_deletions ON records (system, body ->> '$.deleted_at') WHERE kind = 'account-lock';
  CREATE INDEX records_of_loads ON records (system, body ->> '$.profile', at) WHERE kind = 'page-load';

  -- Runs that the messages of a route make under one contract's terms. They tell nothing that the messages do not, so
  -- what was folded too early is taken back; only where messages were purged do they stay as they are.
  DROP TABLE route_runs;
  DROP TABLE route_folds;
  CREATE TABLE route_folds (
    n INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES targets (n),
    reach_us INTEGER NOT NULL,
    lost_us INTEGER NOT NULL,
    -- All that was accepted before it is folded.
    until_at INTEGER NOT NULL,
    -- The newest rows at that time: a later one may tell of time that is folded already.
    seen_probe INTEGER NOT NULL,
    seen_sighting INTEGER NOT NULL,
    seen_gap INTEGER NOT NULL,
    seen_run INTEGER NOT NULL,
    UNIQUE (target, reach_us, lost_us)
  ) STRICT;
  CREATE TABLE route_runs (
    n INTEGER PRIMARY KEY,
    fold INTEGER NOT NULL REFERENCES route_folds (n),
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL CHECK (to_at >= from_at),
    samples INTEGER NOT NULL CHECK (samples > 0)
  ) STRICT;
  CREATE INDEX route_runs_by_end ON route_runs (fold, to_at);
  CREATE TRIGGER route_runs_only_grow BEFORE UPDATE ON route_runs
    WHEN NEW.n <> OLD.n OR NEW.fold <> OLD.fold OR NEW.ok <> OLD.ok OR NEW.from_at <> OLD.from_at
      OR NEW.to_at < OLD.to_at OR NEW.samples <= OLD.samples
      OR EXISTS (SELECT 1 FROM route_runs WHERE fold = OLD.fold AND to_at >= OLD.to_at AND n > OLD.n)
    BEGIN SELECT RAISE(ABORT, 'of the runs of a route only the last one grows'); END;
  CREATE TRIGGER route_runs_in_order BEFORE INSERT ON route_runs
    WHEN EXISTS (SELECT 1 FROM route_runs WHERE fold = NEW.fold AND to_at > NEW.from_at)
    BEGIN SELECT RAISE(ABORT, 'runs of one route do not overlap'); END;
  CREATE TRIGGER route_runs_of_purged_months_stay BEFORE DELETE ON route_runs
    WHEN EXISTS (
      SELECT 1 FROM route_folds f JOIN targets t ON t.n = f.target JOIN purges u ON u.system = t.system
      WHERE f.n = OLD.fold AND OLD.from_at < u.to_at)
    BEGIN SELECT RAISE(ABORT, 'the messages of this run were purged'); END;
`;
