import type { Database } from 'better-sqlite3';
import type { Instant } from '../lib/time.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { Outcome, RouteKind } from '../probe/probe.ts';
import type { Failure } from '../probe/visit.ts';
import { fromMicros, fromMicrosOrNull, toMicros, toMicrosOrNull } from './micros.ts';
import type { Names } from './names.ts';

export interface ProbeTable {
  /** Writes the whole state of a probe that has not settled; one that has stays as it is. Returns the row's number. */
  put(probe: ProbeState): number;
  /** Of its row; null: it has none. */
  numberOf(id: string): number | null;
  /** Those that have not settled, as proven in a mailbox until its last look as not yet there, and those that were given up on (lost, uncertain) at `lostSince` or later. */
  open(lostSince: Instant | null): readonly ProbeState[];
  find(id: string): ProbeState | null;
  /** See `Store.newestIds`. */
  newestIds(most: number): readonly string[];
  /** See `Store.shunning`. */
  shunning(since: Instant): readonly string[];
}

interface Row {
  readonly id: string;
  readonly system: string;
  readonly route: string;
  readonly kind: RouteKind;
  readonly mailbox: string | null;
  readonly launched_at: number;
  readonly outcome: Outcome;
  readonly accepted_at: number | null;
  readonly uncertain: number;
  readonly relayed_at: number | null;
  readonly visible_at: number | null;
  readonly unseen_until_at: number | null;
  readonly folder: string | null;
  readonly copy_id: string | null;
  readonly misfiled: number;
  readonly contacts: number;
  readonly copies: number;
  readonly failure: string | null;
  readonly deferral_attempts: number | null;
  readonly deferral_us: number | null;
  readonly settled_at: number | null;
}

export function createProbeTable(db: Database, names: Names): ProbeTable {
  const put = db
    .prepare<Record<string, string | number | null>, number>(
      `INSERT INTO probes (id, route, launched_at, outcome, accepted_at, uncertain, relayed_at, visible_at, unseen_until_at,
         folder, copy_id, misfiled, contacts, copies, failure, deferral_attempts, deferral_us, settled_at)
       VALUES (:id, :route, :launched_at, :outcome, :accepted_at, :uncertain, :relayed_at, :visible_at, :unseen_until_at,
         :folder, :copy_id, :misfiled, :contacts, :copies, :failure, :deferral_attempts, :deferral_us, :settled_at)
       ON CONFLICT (id) DO UPDATE SET
         outcome = excluded.outcome, accepted_at = excluded.accepted_at, uncertain = excluded.uncertain,
         relayed_at = excluded.relayed_at, visible_at = excluded.visible_at, unseen_until_at = excluded.unseen_until_at,
         folder = excluded.folder, copy_id = excluded.copy_id, misfiled = excluded.misfiled, contacts = excluded.contacts, copies = excluded.copies,
         failure = excluded.failure, deferral_attempts = excluded.deferral_attempts, deferral_us = excluded.deferral_us,
         settled_at = excluded.settled_at
       WHERE settled_at IS NULL
       RETURNING n`,
    )
    .pluck();
  const numberOf = db.prepare<[string], number>('SELECT n FROM probes WHERE id = ?').pluck();
  const newestIds = db.prepare<[number], string>('SELECT id FROM probes ORDER BY n DESC LIMIT ?').pluck();
  const columnsWith = (unseen: string): string => `SELECT p.id, r.system, r.route, r.kind, r.mailbox, p.launched_at,
      p.outcome, p.accepted_at, p.uncertain, p.relayed_at, p.visible_at, ${unseen} AS unseen_until_at, p.folder, p.copy_id, p.misfiled, p.contacts, p.copies, p.failure,
      p.deferral_attempts, p.deferral_us, p.settled_at
    FROM probes p JOIN routes r ON r.n = p.route`;
  const columns = columnsWith('p.unseen_until_at');
  const find = db.prepare<[string], Row>(`${columns} WHERE p.id = ?`);
  // What is waited for in a mailbox has waited at least until that was looked through last. Where the wall was set
  // meanwhile, a look after that is told on another scale than the acceptance.
  const unsettled = db.prepare<[], Row>(
    `${columnsWith(`
      iif(r.kind = 'outbound' OR p.visible_at IS NOT NULL OR l.until_at IS NULL, p.unseen_until_at,
        max(ifnull(p.accepted_at, p.launched_at), ifnull(p.unseen_until_at, 0), min(l.until_at, ifnull(
          (SELECT min(from_at) FROM gaps WHERE why = 'clock' AND to_at > ifnull(p.accepted_at, p.launched_at)), l.until_at))))`)}
     LEFT JOIN looks l ON l.system = r.system AND l.place = r.mailbox
     WHERE p.settled_at IS NULL ORDER BY p.n`,
  );
  const lost = db.prepare<[number], Row>(
    `${columns} WHERE p.outcome IN ('lost', 'uncertain') AND p.settled_at >= ? ORDER BY p.n`,
  );
  // A mark stays when its probe ends void, as one does that comes back.
  const shunning = db
    .prepare<{ since: number }, string>(
      `SELECT system FROM probes p JOIN routes r ON r.n = p.route
       WHERE r.kind = 'outbound' AND p.accepted_at >= :since
       GROUP BY system
       HAVING max(CASE WHEN relayed_at IS NULL AND (settled_at IS NULL OR outcome = 'void') THEN unseen_until_at END)
         > ifnull(max(relayed_at), 0)`,
    )
    .pluck();

  return {
    put(probe) {
      const written = put.get(toRow(probe, names.route(probe)));
      const n = written ?? numberOf.get(probe.id);
      if (n === undefined) throw new Error(`probe ${probe.id} was not written`);
      return n;
    },
    numberOf: (id) => numberOf.get(id) ?? null,
    open: (lostSince) => [
      ...unsettled.all().map(fromRow),
      ...(lostSince === null ? [] : lost.all(toMicros(lostSince)).map(fromRow)),
    ],
    find(id) {
      const row = find.get(id);
      return row === undefined ? null : fromRow(row);
    },
    newestIds: (most) => newestIds.all(most),
    shunning: (since) => shunning.all({ since: toMicros(since) }),
  };
}

function toRow(probe: ProbeState, route: number): Record<string, string | number | null> {
  return {
    id: probe.id,
    route,
    launched_at: toMicros(probe.launchedAt),
    outcome: probe.outcome,
    accepted_at: toMicrosOrNull(probe.acceptedAt),
    uncertain: Number(probe.uncertain),
    relayed_at: toMicrosOrNull(probe.relayedAt),
    visible_at: toMicrosOrNull(probe.visibleAt),
    unseen_until_at: toMicrosOrNull(probe.unseenUntil),
    folder: probe.folder,
    copy_id: probe.copyId,
    misfiled: Number(probe.misfiled),
    contacts: probe.contacts,
    copies: probe.copies,
    failure: probe.failure === null ? null : JSON.stringify(probe.failure),
    deferral_attempts: probe.deferral?.attempts ?? null,
    deferral_us: probe.deferral === null ? null : toMicros(probe.deferral.refusedForMs),
    settled_at: toMicrosOrNull(probe.settledAt),
  };
}

function fromRow(row: Row): ProbeState {
  return {
    id: row.id,
    system: row.system,
    route: row.route,
    kind: row.kind,
    mailbox: row.mailbox,
    launchedAt: fromMicros(row.launched_at),
    outcome: row.outcome,
    acceptedAt: fromMicrosOrNull(row.accepted_at),
    uncertain: row.uncertain === 1,
    relayedAt: fromMicrosOrNull(row.relayed_at),
    visibleAt: fromMicrosOrNull(row.visible_at),
    unseenUntil: fromMicrosOrNull(row.unseen_until_at),
    folder: row.folder,
    copyId: row.copy_id,
    misfiled: row.misfiled === 1,
    contacts: row.contacts,
    copies: row.copies,
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Failure),
    deferral:
      row.deferral_attempts === null || row.deferral_us === null
        ? null
        : { attempts: row.deferral_attempts, refusedForMs: fromMicros(row.deferral_us) },
    settledAt: fromMicrosOrNull(row.settled_at),
  };
}
