import type { Instant } from '../lib/time.ts';
import { messageOf } from '../lib/errors.ts';
import type { AgentEvent } from '../probe/event.ts';
import type { Look } from '../probe/look.ts';
import type { Watermark } from '../probe/ports.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { Sample } from '../probe/sample.ts';
import type { Sighting } from '../probe/sighting.ts';
import type { Visit } from '../probe/visit.ts';
import { act, type Actor, type Deed, type Done } from './acts.ts';
import { backupTo } from './backup.ts';
import { createDialogueTable } from './dialogues.ts';
import { createDigestTable } from './digests.ts';
import { codeOf, isAbsent, lockStore, openStoreFile, refusal } from './file.ts';
import { createLookTable } from './looks.ts';
import { createIdentity, createPulse, readIdentity, type Identity } from './meta.ts';
import { createNames } from './names.ts';
import { createProbeTable } from './probes.ts';
import { purgesOf } from './purges.ts';
import { createRunTable } from './runs.ts';
import { createSightingTable } from './sightings.ts';
import { createWatermarkTable } from './watermarks.ts';

/** What one transaction can hold. */
export type Entry =
  | { readonly kind: 'event'; readonly event: AgentEvent }
  | { readonly kind: 'checkpoint'; readonly at: Instant; readonly looks?: readonly Look[] }
  | {
      readonly kind: 'watermark';
      readonly system: string;
      readonly mailbox: string;
      readonly folder: string;
      readonly mark: Watermark;
    };

/** An entry that can never be written: a bug of whoever made it. `index` is its place in the commit. */
export interface Refused {
  readonly index: number;
  readonly message: string;
}

/** The store's file and all of its SQL, synchronously; one agent has it. */
export interface Ledger {
  identity(): Identity;
  /** Whether this opening has made the store. */
  isNew(): boolean;
  /**
   * Writes all entries in one transaction, on disk when it returns. Those that can never be written are left out and
   * named. Throws when nothing could be written (disk full, locked): the same call may go through later.
   */
  commit(entries: readonly Entry[]): readonly Refused[];
  /** What a person does on the pages, on disk when it returns. */
  act(deed: Deed, actor: Actor, now: Instant): Done;
  openProbes(lostSince: Instant | null): readonly ProbeState[];
  probe(id: string): ProbeState | null;
  newestIds(most: number): readonly string[];
  shunning(since: Instant): readonly string[];
  purged(system: string, from: Instant, to: Instant): boolean;
  lastAliveAt(): Instant | null;
  watermark(system: string, mailbox: string, folder: string): Watermark | null;
  backup(file: string): Promise<void>;
  /** Keeps the file fast and its write-ahead log short; takes milliseconds, and rewrites nothing. */
  tidy(): void;
  /** Ends the open runs (null: leaves them as they are, as a kill would) and lets go of the store. */
  close(at: Instant | null): void;
}

export interface LedgerOptions {
  readonly path: string;
  readonly vantage: string;
  readonly now: Instant;
  /** Identity of a store that is made now; random when absent. */
  readonly create?: { readonly instance: string; readonly key: Uint8Array } | undefined;
}

/** Takes the lock, opens or creates the store, and closes the runs that a killed agent left open. Throws ConfigError. */
export function openLedger(options: LedgerOptions): Ledger {
  const lock = lockStore(options.path);
  try {
    const fresh = { ...createIdentity(options.vantage), ...options.create };
    const isNew = isAbsent(options.path);
    const db = openStoreFile(options.path, options.now, fresh);
    return useLedger(db, isNew, () => lock.close());
  } catch (error) {
    lock.close();
    throw codeOf(error) === undefined ? error : refusal(options.path, 'a store that can be written', messageOf(error));
  }
}

function useLedger(db: ReturnType<typeof openStoreFile>, isNew: boolean, unlock: () => void): Ledger {
  const names = createNames(db);
  const probes = createProbeTable(db, names);
  const sightings = createSightingTable(db);
  const dialogues = createDialogueTable(db);
  const runs = createRunTable(db);
  const digests = createDigestTable(db);
  const watermarks = createWatermarkTable(db);
  const looks = createLookTable(db);
  const pulse = createPulse(db);
  const found = readIdentity(db);
  if (found === null) throw new Error('a store without its identity was opened');
  const identity = found;
  runs.endAll();

  /** `superseded`: a later entry of the same transaction tells a newer state of its probe. */
  function write(entry: Entry, superseded = false): void {
    switch (entry.kind) {
      case 'event':
        return writeEvent(entry.event, superseded);
      case 'checkpoint':
        looks.set(entry.looks ?? [], entry.at);
        return runs.endStale(entry.at);
      case 'watermark':
        return watermarks.set(entry.system, entry.mailbox, entry.folder, entry.mark);
    }
  }

  function writeEvent(event: AgentEvent, superseded: boolean): void {
    switch (event.kind) {
      case 'launched':
      case 'noted':
        put(event.probe, superseded);
        return;
      case 'settled':
        return shelve(event.probe, put(event.probe, superseded));
      case 'sent': {
        const n = put(event.probe, superseded);
        dialogues.addSent(routeOf(event.probe), n, event.result.transcript);
        shelve(event.probe, n);
        // An accepted message ends a run of refusals; it is a sample by itself, never a run.
        if (event.result.kind === 'accepted') runs.end(routeOf(event.probe));
        return;
      }
      case 'sighted':
        return writeSighting(event, superseded);
      case 'sampled':
        return writeSample(event.sample, event.visits);
      case 'gap':
        return runs.addGap(event.gap);
      case 'clock-step':
        return runs.steppedTo(event.at);
      case 'voided':
      case 'skipped':
      case 'watching':
      case 'upkeep':
      case 'foreign':
        return; // Told by metrics and log; no figure needs them.
    }
  }

  /** The number of its row, with this state in it unless a newer one follows. */
  function put(probe: ProbeState, superseded: boolean): number {
    return (superseded ? probes.numberOf(probe.id) : null) ?? probes.put(probe);
  }

  function writeSighting(
    { probe, sighting, meaning }: Extract<AgentEvent, { kind: 'sighted' }>,
    superseded: boolean,
  ): void {
    if (meaning === 'known') return;
    const n = put(probe, superseded);
    sightings.add(n, sighting, meaning);
    const headers = headersOf(sighting);
    const open = probe.settledAt === null || meaning === 'first';
    if (headers !== null) dialogues.addHeaders(routeOf(probe), n, sighting.at, headers, open);
    shelve(probe, n);
  }

  function shelve(probe: ProbeState, n: number): void {
    if (probe.settledAt !== null) dialogues.shelve(routeOf(probe), n, probe);
  }

  function routeOf(probe: ProbeState): number {
    return names.target({ system: probe.system, check: probe.kind, target: probe.route });
  }

  function writeSample(sample: Sample, visits: readonly Visit[]): void {
    const target = names.target(sample);
    digests.add(target, sample);
    if (sample.ok && isRoute(sample)) runs.end(target);
    else {
      const began = runs.add(target, sample);
      // Of a long outage the first dialogue tells all; the hundredth says the same.
      if (sample.transient === undefined && (sample.ok || !began)) return;
    }
    for (const visit of visits) if (visit.failure !== undefined) dialogues.addVisit(target, visit.transcript);
  }

  const commitAll = db.transaction((entries: readonly Entry[]) => {
    const newest = newestStates(entries);
    for (const entry of entries) {
      const state = stateOf(entry);
      // The first end that a probe came to stays, whatever is told of it later.
      write(entry, state !== null && state.settledAt === null && newest.get(state.id) !== state);
    }
    beat(entries);
  });

  // Each entry in a savepoint of its own: what one of them cannot write takes nothing else with it.
  const commitEach = db.transaction((entries: readonly Entry[]): readonly Refused[] => {
    const one = db.transaction(write);
    const refused: Refused[] = [];
    for (const [index, entry] of entries.entries()) {
      try {
        one(entry);
      } catch (error) {
        if (isTrouble(error)) throw error;
        refused.push({ index, message: messageOf(error) });
      }
    }
    beat(entries);
    return refused;
  });

  function beat(entries: readonly Entry[]): void {
    const last = entries.findLast((entry) => entry.kind !== 'watermark');
    if (last !== undefined) pulse.set(last.kind === 'event' ? last.event.at : last.at);
  }

  return {
    identity: () => identity,
    isNew: () => isNew,
    commit(entries) {
      try {
        commitAll.immediate(entries);
        return [];
      } catch (error) {
        if (isTrouble(error)) throw error;
        return commitEach.immediate(entries);
      }
    },
    act: (deed, actor, now) => act(db, deed, actor, now),
    openProbes: (lostSince) => probes.open(lostSince),
    probe: (id) => probes.find(id),
    newestIds: (most) => probes.newestIds(most),
    shunning: (since) => probes.shunning(since),
    purged: (system, from, to) => purgesOf(db, system).some((purge) => purge.from <= to && from < purge.to),
    lastAliveAt: () => pulse.get(),
    watermark: (system, mailbox, folder) => watermarks.get(system, mailbox, folder),
    backup: async (file) => await backupTo(db, file, 200),
    tidy() {
      db.pragma('optimize');
      db.pragma('wal_checkpoint(TRUNCATE)');
    },
    close(at) {
      try {
        if (at !== null) {
          runs.endAll();
          pulse.set(at);
        }
      } finally {
        db.close();
        unlock();
      }
    },
  };
}

/** By the probe's id: a probe is told of four times within its first second, and one row is enough. */
function newestStates(entries: readonly Entry[]): ReadonlyMap<string, ProbeState> {
  const newest = new Map<string, ProbeState>();
  for (const entry of entries) {
    const state = stateOf(entry);
    if (state !== null) newest.set(state.id, state);
  }
  return newest;
}

/** The state that an entry writes. */
function stateOf(entry: Entry): ProbeState | null {
  if (entry.kind !== 'event') return null;
  const { event } = entry;
  if (event.kind === 'sighted') return event.meaning === 'known' ? null : event.probe;
  return event.kind === 'launched' || event.kind === 'noted' || event.kind === 'sent' || event.kind === 'settled'
    ? event.probe
    : null;
}

function isRoute({ check }: Sample): boolean {
  return check === 'outbound' || check === 'inbound' || check === 'internal';
}

function headersOf(sighting: Sighting): string | null {
  return sighting.kind === 'copy' || sighting.kind === 'visible' ? sighting.headers : null;
}

// What the entry itself is to blame for never goes through; anything else that SQLite says (FULL, BUSY, IOERR) may.
function isTrouble(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && !/^SQLITE_(CONSTRAINT|MISMATCH|RANGE|TOOBIG|ERROR$)/.test(code);
}
