import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import type { Millis } from '../facts/facts.ts';
import { ConfigError } from '../lib/errors.ts';
import { toIso, type Instant, type Ms } from '../lib/time.ts';
import type { Interval } from '../sla/interval.ts';
import { monthSpan } from '../sla/month.ts';
import { formatInZone } from '../sla/zoned-text.ts';
import { exportsOf } from '../store/exports.ts';
import { foldRoutes } from '../store/folds.ts';
import { oldestUnsettled } from '../store/oldest-unsettled.ts';
import { addPurge, deleteSomePurged, findPurgeable, lastNewsOf, purgesOf } from '../store/purges.ts';
import type { Purge, Purgeable } from '../store/purges.ts';
import { revisionsOf } from '../store/revisions.ts';
import { contractOf } from './published.ts';
import { purgeSpan } from './purge-span.ts';
import { createReader, linesOf, type Reader } from './reader.ts';

export interface PurgeAsked {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  /** Today's. */
  readonly contract: Contract;
  readonly known: Millis;
}

/** What goes, before anybody agreed to it. */
export interface PurgePlan extends Purgeable {
  /** Messages accepted in [from, to) go. */
  readonly from: Instant;
  readonly to: Instant;
  /** Of the month, which stay until its neighbours are purged: their figures begin or end with them. */
  readonly kept: number;
  /** About so much of the store's file becomes free for what comes. */
  readonly bytes: number;
  /** When it was decided already, and only cut short; null: it was not. */
  readonly decidedAt: Instant | null;
}

/** A message with its indexes. */
const BYTES_A_MESSAGE = 200;
/** An agent's own writes come in between two batches, so a pause is at least as long as the batch before it. */
const LEAST_PAUSE_MS: Ms = 10;

/** Looks at what a purge would delete. Throws ConfigError for a month that is not closed for good and exported to its end. */
export function planPurge(db: Database, asked: PurgeAsked): PurgePlan {
  const { system, month } = asked;
  const decided = purgesOf(db, system).find((purge) => purge.month === month);
  if (decided === undefined) requireClosedAndExported(db, asked);
  const { from, to } = decided ?? spanInBoth(db, asked);
  if (decided === undefined) requireExportedSince(db, asked, { from, to });
  const found = findPurgeable(db, { system, from, to });
  const span = closedSpan(db, asked);
  const kept =
    findPurgeable(db, { system, from: span.from, to: Math.max(span.from, from) }).messages +
    findPurgeable(db, { system, from: Math.min(span.to, to), to: span.to }).messages;
  return { ...found, from, to, kept, bytes: found.messages * BYTES_A_MESSAGE, decidedAt: decided?.at ?? null };
}

/**
 * Deletes what was planned, in batches with pauses, and returns how many messages went. Before that the routes' runs are
 * folded, from which later months count the days of the year. One that was cut short is finished by calling it again.
 * Throws ConfigError.
 */
export async function purgeMonth(
  db: Database,
  asked: PurgeAsked,
  { from, to, decidedAt }: PurgePlan,
  now: Instant,
): Promise<number> {
  const { system, month, contract, known } = asked;
  const span: Pick<Purge, 'system' | 'from' | 'to'> = { system, from, to };
  if (decidedAt === null) {
    await inBatches(() => foldRoutes(db, { system, terms: contract, known }));
    requireFolded(createReader(db), asked, to);
    requireClosedAndExported(db, asked);
    requireExportedSince(db, asked, { from, to });
    addPurge(db, { ...span, month, at: now });
  }
  let deleted = 0;
  await inBatches(() => {
    const count = deleteSomePurged(db, span);
    deleted += count;
    return count > 0;
  });
  return deleted;
}

/** Goes on while `batch` says that there is more, with pauses in which others write. */
async function inBatches(batch: () => boolean): Promise<void> {
  for (;;) {
    const began = performance.now();
    if (!batch()) return;
    await new Promise((resolve) => setTimeout(resolve, Math.max(LEAST_PAUSE_MS, performance.now() - began)));
  }
}

/**
 * The contract under which a month was closed for good. Today's where there is none, or where it is in no form that this
 * program reads.
 */
function contractOfClosing(db: Database, { system, month, contract }: PurgeAsked): Contract {
  const final = revisionsOf(db, system, month).findLast(({ provisional }) => !provisional);
  return (final === undefined ? undefined : contractOf(final)) ?? contract;
}

/** The month as it was closed, whatever zone the contract has by now. */
function closedSpan(db: Database, asked: PurgeAsked): Interval {
  return monthSpan(asked.month, contractOfClosing(db, asked).timezone);
}

/** What was closed, but for what months of today's contract need that are beside it. */
function spanInBoth(db: Database, asked: PurgeAsked): Interval {
  const reader = createReader(db);
  const closed = purgeSpan(reader, { ...asked, contract: contractOfClosing(db, asked) });
  const today = purgeSpan(reader, asked);
  const from = Math.max(closed.from, today.from);
  return { from, to: Math.max(from + 1, Math.min(closed.to, today.to)) };
}

function requireClosedAndExported(db: Database, asked: PurgeAsked): void {
  const { system, month } = asked;
  const { to } = closedSpan(db, asked);
  const final = revisionsOf(db, system, month).filter(({ provisional }) => !provisional);
  if (final.length === 0) throw refused('a month that is closed, and not provisionally', month, 'close');
  if (!exportsOf(db, system, month).some(({ until }) => until >= to))
    throw refused('a month whose evidence was exported after its end', month, 'export');
  const oldest = oldestUnsettled(db, system);
  if (oldest !== null && oldest < to) {
    const got = `${month}, and one launched at ${toIso(oldest)} has not ended yet`;
    throw refused('a month of which every message has ended', got);
  }
}

/** What was told of the messages after an export is not in it, and with them it would be gone. */
function requireExportedSince(db: Database, { system, month, contract }: PurgeAsked, span: Interval): void {
  const news = lastNewsOf(db, { system, ...span });
  if (news === null || exportsOf(db, system, month).some(({ until }) => until >= news)) return;
  const since = formatInZone(news, contract.timezone);
  throw refused(`a month whose evidence was exported after ${since}, the last news of its messages`, month, 'export');
}

/** Later months tell the days of the year from the runs that remain, so all messages must be in them. */
function requireFolded(reader: Reader, { system, month, contract }: PurgeAsked, to: Millis): void {
  for (const { route, target } of linesOf(reader, system)) {
    if (route === null) continue;
    const fold = target === null ? null : reader.folds.find(route, target, contract);
    if (fold !== null && fold.until >= to) continue;
    const until = fold === null ? 'not at all' : `only up to ${toIso(fold.until)}`;
    throw refused('a month whose messages are summed up as runs', `${month}, of which ${route.target} is ${until}`);
  }
}

function refused(expected: string, got: string, command?: string): ConfigError {
  const hint = command === undefined ? '' : ` (mailwitness ${command})`;
  return new ConfigError([{ file: 'purge', path: '--month', expected: `${expected}${hint}`, got }]);
}
