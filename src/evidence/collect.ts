import type {
  ExclusionFact,
  Facts,
  GapFact,
  HeaderFact,
  MessageFact,
  RecordFact,
  RunFact,
  YearToDateRecord,
} from '../facts/facts.ts';
import { createIdIndex } from './id-index.ts';
import { lineOf } from './line.ts';
import { checkRuns, type Placed } from './overlap.ts';
import { keyFault, refusal, type Fault, type Place } from './refusal.ts';
import { groundOf, interval, messageOf, runOf, yearToDate } from './rules.ts';
import type { Shape } from './shape.ts';
import { RECORD_SHAPES, SHAPES, YEAR_SHAPE } from './shapes.ts';
import { oneOf, type JsonObject } from './value.ts';

/** Puts the lines of a file together to facts, and refuses those that a rule forbids. */
export interface Collector {
  /** Any line but a seal. */
  add(raw: JsonObject, line: number): void;
  finish(): Omit<Facts, 'messages'>;
}

/** Who takes the messages of a file, of which there may be millions: each once, in the order of its lines. */
export type MessageTaker = (header: HeaderFact) => (message: MessageFact) => void;

const types = oneOf('header', 'run', 'gap', 'message', 'exclusion', 'record', 'seal');
const kinds = oneOf(...(Object.keys(RECORD_SHAPES) as RecordFact['kind'][]));

export function createCollector(options: {
  readonly file: string;
  readonly grounds: readonly string[] | undefined;
  readonly messages: MessageTaker;
}): Collector {
  const { file, grounds } = options;
  let header: HeaderFact | undefined;
  const runs: Placed<RunFact>[] = [];
  const gaps = new Map<string, Placed<GapFact>>();
  const messageIds = createIdIndex();
  let take: (message: MessageFact) => void = () => {};
  const exclusions = createById<ExclusionFact>('exclusions', file);
  const records = createById<RecordFact>('records', file);
  let year: Placed<YearToDateRecord> | undefined;

  function refuse(line: number, fault: Fault | undefined): void {
    if (fault !== undefined) throw refusal({ file, line }, fault);
  }
  function read<F>(shape: Shape<F>, raw: JsonObject, line: number): F {
    const found = shape.read(raw);
    if ('fault' in found) throw refusal({ file, line }, found.fault);
    return found.fact;
  }

  function addHeader(raw: JsonObject, line: number): void {
    refuse(line, laterFormat(raw));
    header = read(SHAPES.header, raw, line);
    refuse(line, interval(header));
    take = options.messages(header);
  }

  function addMessage(raw: JsonObject, line: number): void {
    const message = read(SHAPES.message, raw, line);
    refuse(line, messageOf(message));
    // Keys stand in the order of their shape, so the same facts are the same text.
    const known = messageIds.add(message.id, JSON.stringify(message), line);
    if (known === 'new') take(message);
    else if (known !== 'same') throw disagreement('messages', { file, line }, message.id, known.saysElseOnLine);
  }

  function addRecord(raw: JsonObject, line: number, over: HeaderFact): void {
    const kind = kinds.read(wordOf(raw['kind']));
    if (kind === undefined) throw refusal({ file, line }, keyFault('kind', kinds.expected, raw['kind']));
    if (kind !== 'year-to-date') {
      records.add(read(RECORD_SHAPES[kind], { ...raw, kind }, line), line);
      return;
    }
    const record = read(YEAR_SHAPE, { ...raw, ...yearsOwn(raw) }, line);
    refuse(line, yearToDate(record, over));
    if (!records.add(record, line)) return;
    if (year !== undefined)
      refuse(line, { path: 'kind', expected: `one record of year-to-date; another stands on line ${year.line}` });
    year = { fact: record, line };
  }

  return {
    add(raw, line): void {
      const type = types.read(raw['type']);
      if (header === undefined && type !== 'header')
        throw refusal({ file, line }, keyFault('type', 'a header first', raw['type']));
      if (header === undefined) return addHeader(raw, line);
      switch (type) {
        case 'run': {
          const run = read(SHAPES.run, raw, line);
          refuse(line, interval(run) ?? runOf(run, header));
          runs.push({ fact: run, line });
          return;
        }
        case 'gap': {
          const gap = read(SHAPES.gap, raw, line);
          refuse(line, interval(gap));
          const key = lineOf(gap);
          if (!gaps.has(key)) gaps.set(key, { fact: gap, line });
          return;
        }
        case 'message':
          return addMessage(raw, line);
        case 'exclusion': {
          const exclusion = read(SHAPES.exclusion, raw, line);
          refuse(line, interval(exclusion) ?? groundOf(exclusion, grounds));
          exclusions.add(exclusion, line);
          return;
        }
        case 'record':
          return addRecord(raw, line, header);
        case 'header':
          // The same line twice counts once, as everywhere.
          if (lineOf(read(SHAPES.header, raw, line)) === lineOf(header)) return;
          return refuse(line, { path: 'type', expected: 'one header, in the first line', got: type });
        case 'seal':
        case undefined:
          return refuse(line, keyFault('type', types.expected, raw['type']));
      }
    },
    finish(): Omit<Facts, 'messages'> {
      if (header === undefined) throw refusal({ file, line: 1 }, { path: '', expected: 'a header; the file is empty' });
      const apart = [...gaps.values()];
      return {
        header,
        runs: checkRuns(runs, apart, file),
        gaps: apart.map(({ fact }) => fact),
        exclusions: exclusions.all,
        records: records.all,
      };
    },
  };
}

/** Facts by their id: the same one twice counts once, two that disagree are refused. */
function createById<F extends ExclusionFact | RecordFact>(
  noun: string,
  file: string,
): { readonly all: readonly F[]; add(fact: F, line: number): boolean } {
  const all: F[] = [];
  const lines: number[] = [];
  const known = new Map<string, number>();
  return {
    all,
    add(fact, line): boolean {
      const at = known.get(fact.id);
      const other = at === undefined ? undefined : all[at];
      if (at === undefined || other === undefined) {
        known.set(fact.id, all.length);
        all.push(fact);
        lines.push(line);
        return true;
      }
      if (lineOf(other) === lineOf(fact)) return false;
      throw disagreement(noun, { file, line }, fact.id, lines[at]);
    },
  };
}

function disagreement(noun: string, place: Place, id: string, other: number | undefined): Error {
  return refusal(place, {
    path: 'id',
    expected: `${noun} of one id to agree: line ${other} says something else`,
    got: id,
  });
}

/** The format and its version come before all other keys, whose meaning hangs on them. */
function laterFormat(raw: JsonObject): Fault | undefined {
  const { format, version } = raw;
  if (format !== 'mailwitness-evidence' || typeof version !== 'number' || version <= 1) return undefined;
  return { path: 'version', expected: '1: this file needs a newer mailwitness', got: version };
}

/** There is one a file, so its id and when it was entered may be left out. */
function yearsOwn(raw: JsonObject): JsonObject {
  const { id, at, to } = raw;
  return { id: id ?? 'year-to-date', at: at ?? to };
}

/** The kind is named as its measure is, too: `page_load` feeds `page_load`. */
function wordOf(kind: unknown): unknown {
  return kind === 'page_load' ? 'page-load' : kind;
}
