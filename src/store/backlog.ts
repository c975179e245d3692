import type { AgentEvent } from '../probe/event.ts';
import type { Gap, Sample } from '../probe/sample.ts';
import type { Entry } from './ledger.ts';

/** An entry that waits for its commit. */
export interface Held {
  readonly entry: Entry;
  /** Roughly what it takes in memory. */
  readonly bytes: number;
  /** It is a gap that stands for samples that were dropped. */
  readonly standsIn?: true;
}

export interface RoomMade {
  readonly kept: readonly Held[];
  /** Those that are not kept as they were: a later entry says the same, or a gap stands for them. */
  readonly gone: readonly Held[];
  readonly samples: number;
}

/** A state with its names, instants and numbers; text that was said comes on top. */
const ENTRY_BYTES = 600;

/**
 * Takes out `count` entries if there are so many that may go, the oldest first: what a later entry tells anew, then good
 * samples, then bad ones. What was dropped between two samples that stay becomes a gap there, so that neither a hole nor
 * a run over it is left. Records of probes never go.
 */
export function makeRoom(held: readonly Held[], count: number): RoomMade {
  let room: RoomMade = withoutStale(held);
  for (const ok of [true, false]) {
    const isLeft = (): boolean => room.kept.some(({ entry }) => sampleOf(entry)?.ok === ok);
    const lacking = (): number => count - (held.length - room.kept.length);
    for (let most = lacking(); lacking() > 0 && isLeft();) {
      const before = lacking();
      room = withoutSamples(room, most, ok);
      // A gap takes room, too: where few samples lie between others nothing is gained before more of them go.
      most = lacking() < before ? lacking() : most * 2;
    }
  }
  return room;
}

/** The same without what was said: figures are kept at any price, a dialogue is the first to go when memory fills. */
export function withoutDialogue(entry: Entry): Entry {
  if (entry.kind !== 'event') return entry;
  const { event } = entry;
  if (event.kind === 'sent') {
    return { kind: 'event', event: { ...event, result: { ...event.result, transcript: [] } } };
  }
  if (event.kind === 'sampled') return { kind: 'event', event: { ...event, visits: [] } };
  if (event.kind === 'sighted' && 'headers' in event.sighting) {
    return { kind: 'event', event: { ...event, sighting: { ...event.sighting, headers: '' } } };
  }
  return entry;
}

export function bytesOf(entry: Entry): number {
  if (entry.kind !== 'event') return ENTRY_BYTES;
  const { event } = entry;
  if (event.kind === 'sent') return ENTRY_BYTES + linesOf(event.result.transcript);
  if (event.kind === 'sampled') {
    let bytes = ENTRY_BYTES;
    for (const visit of event.visits) bytes += linesOf(visit.transcript);
    return bytes;
  }
  if (event.kind === 'sighted' && 'headers' in event.sighting) return ENTRY_BYTES + event.sighting.headers.length;
  return ENTRY_BYTES;
}

export function sampleOf(entry: Entry): Sample | null {
  return entry.kind === 'event' && entry.event.kind === 'sampled' ? entry.event.sample : null;
}

/** A later one says the same, or the ledger keeps nothing of it. */
export function mayBeStale(entry: Entry): boolean {
  return staleKey(entry) !== null;
}

/** `before` with one more sample. */
export function standIn(sample: Sample, before?: Held): Held {
  return heldGap(widened(before === undefined ? null : gapOf(before), sample));
}

function withoutStale(held: readonly Held[]): RoomMade {
  const known = new Set<string>();
  const kept: Held[] = [];
  const gone: Held[] = [];
  for (const one of held.toReversed()) {
    const key = staleKey(one.entry);
    const isStale = key !== null && (key === '' || known.has(key));
    if (key !== null) known.add(key);
    (isStale ? gone : kept).push(one);
  }
  return { kept: kept.reverse(), gone, samples: 0 };
}

const NO_ROW: ReadonlySet<string> = new Set<AgentEvent['kind']>(['voided', 'skipped', 'watching', 'upkeep', 'foreign']);

/** Entries of one key supersede each other; '' is told by the log and by metrics, and by no row. */
function staleKey(entry: Entry): string | null {
  switch (entry.kind) {
    case 'checkpoint':
      return 'checkpoint';
    case 'watermark':
      return `${entry.system}/${entry.mailbox}/${entry.folder}`;
    case 'event': {
      const { kind } = entry.event;
      return NO_ROW.has(kind) ? '' : null;
    }
  }
}

/** Without the `count` oldest ones that are good, or bad. */
function withoutSamples(room: RoomMade, count: number, ok: boolean): RoomMade {
  const kept: Held[] = [];
  const gone = [...room.gone];
  let samples = 0;
  let hole = null as { readonly gap: Gap; readonly index: number } | null;
  for (const one of room.kept) {
    const sample = sampleOf(one.entry);
    const goes = sample !== null && sample.ok === ok && samples < count;
    const span = goes ? sample : one.standsIn === true ? gapOf(one) : null;
    if (span === null) {
      // What stays must not be joined with what lies beyond the hole.
      if (sample !== null) hole = null;
      kept.push(one);
      continue;
    }
    gone.push(one);
    if (goes) samples += 1;
    hole = { gap: widened(hole?.gap ?? null, span), index: hole?.index ?? kept.length };
    kept[hole.index] = heldGap(hole.gap);
  }
  return { kept, gone, samples: room.samples + samples };
}

function widened(hole: Gap | null, { from, to }: { readonly from: number; readonly to: number }): Gap {
  if (hole === null) return { from, to, why: 'overload' };
  return { from: Math.min(hole.from, from), to: Math.max(hole.to, to), why: 'overload' };
}

function gapOf({ entry }: Held): Gap | null {
  return entry.kind === 'event' && entry.event.kind === 'gap' ? entry.event.gap : null;
}

function heldGap(gap: Gap): Held {
  return {
    entry: { kind: 'event', event: { kind: 'gap', at: gap.to, gap } },
    bytes: ENTRY_BYTES,
    standsIn: true,
  };
}

function linesOf(transcript: readonly { readonly text: string }[]): number {
  let bytes = 0;
  for (const { text } of transcript) bytes += text.length;
  return bytes;
}
