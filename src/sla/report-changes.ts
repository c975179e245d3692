import type { ClauseReport, ObjectiveReport, Report } from './report.ts';

/** What stands otherwise in a report than in the one before. */
export interface ReportChange {
  /** Null: a figure of the whole report. */
  readonly clause: string | null;
  /** A key of the report, a metric, or a part of one: `down_minutes.limit`. */
  readonly figure: string;
  /** Null: there was none. Of a list the item in words, beginning with its id. */
  readonly before: Scalar;
  readonly after: Scalar;
}

type Scalar = string | number | boolean | null;
type Plain = Readonly<Record<string, unknown>>;

/**
 * What changed from one revision of a month to the next: clause by clause in the contract's order, then what belongs to the
 * whole report. Empty where nothing of substance did; when it was known, and the revision's number, are none.
 */
export function reportChanges(before: Report, after: Report): readonly ReportChange[] {
  const dropped = before.clauses.filter(({ id }) => after.clauses.every((clause) => clause.id !== id));
  const clauses = after.clauses.flatMap((clause) =>
    clauseChanges(
      before.clauses.find(({ id }) => id === clause.id),
      clause,
    ),
  );
  return [...clauses, ...dropped.flatMap((clause) => clauseChanges(clause, undefined)), ...wholeChanges(before, after)];
}

/** How the items of a list are told: by which of their keys they are the same one, and in which words. */
interface ListTerms {
  readonly key: string;
  readonly words: (item: Plain) => string;
}

const said = (...parts: readonly unknown[]): string =>
  parts.filter((part) => part !== undefined && part !== null && part !== '').join(' ');

const LISTS: Readonly<Record<string, ListTerms>> = {
  outages: { key: 'from', words: ({ from, to, cause }) => said(from, 'to', to, cause) },
  notable: {
    key: 'id',
    words: ({ id, why, delay_s }) => said(id, why, typeof delay_s === 'number' ? `${delay_s} s` : null),
  },
  unmeasured_stretches: { key: 'from', words: ({ from, to, why }) => said(from, 'to', to, why) },
  exclusions: { key: 'id', words: ({ id, counts, why }) => said(id, counts === true ? 'counts' : why) },
  records: {
    key: 'id',
    words: ({ id, kind, replaces }) => said(id, kind, typeof replaces === 'string' ? `replaces ${replaces}` : null),
  },
  remedy: { key: 'kind', words: ({ kind, because }) => said(kind, `(${(because as string[]).join(', ')})`) },
};

/** Told only where nothing else of the clause is: they follow from what is told already. */
const FOLLOWS = new Set([
  'disagreement',
  'distribution',
  'lost_ids',
  'mean_least_s',
  'mean_most_s',
  'over_ids',
  'p50_s',
  'p95_s',
  'p99_s',
  'title',
]);
/** Keys that came later: a revision that was closed before them tells nothing of them, and that they came is no change. */
const ADDED_LATER = new Set(['gross_mean_s', 'gross_exceedances', 'would_be_exceedances', 'would_be_verdict']);
/** Keys that name a clause and its kind, or are told otherwise. */
const NAMING = new Set(['id', 'kind', 'objectives', 'blank', 'unit']);

function clauseChanges(before: ClauseReport | undefined, after: ClauseReport | undefined): readonly ReportChange[] {
  const id = after?.id ?? before?.id ?? '';
  if (before === undefined || after === undefined)
    return [{ clause: id, figure: 'verdict', before: verdictOf(before), after: verdictOf(after) }];
  const [old, now] = [plain(before), plain(after)];
  const objectives = objectiveChanges(objectivesOf(before), objectivesOf(after));
  const told = keysOf(old, now)
    .filter((key) => !NAMING.has(key) && !(ADDED_LATER.has(key) && old[key] === undefined))
    .flatMap((key) => keyChanges(key, old[key], now[key]))
    // A metric says its unit, the clause's `value` does not; `reason` belongs to a verdict that stays open.
    .filter((one) => one.figure !== 'value' || !objectives.some((other) => isSame(one, other)))
    .filter((one, _, all) => one.figure !== 'reason' || !all.some(({ figure }) => figure === 'verdict'));
  const first = told.filter(({ figure }) => !FOLLOWS.has(figure));
  const values = objectives.filter(({ figure }) => !figure.includes('.'));
  const parts = objectives.filter(({ figure }) => /\.(?:limit|op|governs|verdict)$/.test(figure));
  const both = unique([...first, ...values, ...parts]);
  // Whatever differs is told at last, if only by a bound.
  const some = both.length > 0 ? both : unique([...told, ...objectives]);
  return some.map((change) => ({ clause: id, ...change }));
}

const TOLD_APART = new Set(['clauses', 'known_at', 'revision', 'format', 'version']);

function wholeChanges(before: Report, after: Report): readonly ReportChange[] {
  const [old, now] = [plain(before), plain(after)];
  return keysOf(old, now)
    .filter((key) => !TOLD_APART.has(key))
    .flatMap((key) => keyChanges(key, old[key], now[key]))
    .map((change) => ({ clause: null, ...change }));
}

type Change = Omit<ReportChange, 'clause'>;

function objectiveChanges(before: readonly ObjectiveReport[], after: readonly ObjectiveReport[]): readonly Change[] {
  // Two of a metric differ in what they count; told by their place among those alike.
  const named = (all: readonly ObjectiveReport[]): ReadonlyMap<string, ObjectiveReport> => {
    const map = new Map<string, ObjectiveReport>();
    for (const one of all) {
      const name = one.over_s === undefined ? one.metric : `${one.metric}:${one.over_s}`;
      let place = name;
      for (let n = 2; map.has(place); n++) place = `${name}#${n}`;
      map.set(place, one);
    }
    return map;
  };
  const [old, now] = [named(before), named(after)];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((place) => {
    const [one, other] = [old.get(place), now.get(place)];
    const metric = (other ?? one)?.metric ?? '';
    const [left, right] = [plain(one), plain(other)];
    return keysOf(left, right)
      .filter((key) => key !== 'metric' && key !== 'over_s')
      .flatMap((key) => keyChanges(key, left[key], right[key]))
      .map((change) => ({ ...change, figure: change.figure === 'value' ? metric : `${metric}.${change.figure}` }));
  });
}

function keyChanges(figure: string, before: unknown, after: unknown): readonly Change[] {
  if (isEqual(before, after)) return [];
  const terms = LISTS[figure];
  if (terms !== undefined) return listChanges(figure, listOf(before), listOf(after), terms);
  if (isListOfTexts(before) || isListOfTexts(after))
    return listChanges(figure, listOf(before), listOf(after), { key: 'text', words: ({ text }) => String(text) });
  return [{ figure, before: scalar(before), after: scalar(after) }];
}

/** One row an item that came, went or changed, in the order of the newer list; those that went stand at the end. */
function listChanges(
  figure: string,
  before: readonly Plain[],
  after: readonly Plain[],
  { key, words }: ListTerms,
): readonly Change[] {
  const rest = [...before];
  const changes = after.flatMap((item): readonly Change[] => {
    const index = rest.findIndex((one) => isEqual(one[key], item[key]));
    if (index < 0) return [{ figure, before: null, after: words(item) }];
    const [old = {}] = rest.splice(index, 1);
    if (isEqual(old, item)) return [];
    const differing = words(old) === words(item) ? keysOf(old, item).filter((at) => !isEqual(old[at], item[at])) : [];
    const more = (one: Plain): string => differing.map((at) => `, ${at} ${String(scalar(one[at]) ?? '-')}`).join('');
    return [{ figure, before: words(old) + more(old), after: words(item) + more(item) }];
  });
  const gone = rest.map((item) => ({ figure, before: words(item), after: null }));
  const all = [...changes, ...gone];
  if (all.length > 0 || before.length === 0) return all;
  // The same items in another order.
  return [{ figure, before: before.map(words).join(', '), after: after.map(words).join(', ') }];
}

function objectivesOf(clause: ClauseReport): readonly ObjectiveReport[] {
  return clause.kind === 'blank' ? [] : clause.objectives;
}

/** Null: the report has no such clause. */
function verdictOf(clause: ClauseReport | undefined): Scalar {
  return clause === undefined ? null : (clause.verdict ?? 'blank');
}

function listOf(value: unknown): readonly Plain[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.map((item) => (typeof item === 'object' && item !== null ? (item as Plain) : { text: item }));
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A value in one cell. */
function scalar(value: unknown): Scalar {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}

function plain(value: object | undefined): Plain {
  return { ...value };
}

function keysOf(one: Plain, other: Plain): readonly string[] {
  return [...new Set([...Object.keys(other), ...Object.keys(one)])];
}

function unique(changes: readonly Change[]): Change[] {
  return changes.filter(
    (one, index) => changes.findIndex((other) => one.figure === other.figure && isSame(one, other)) === index,
  );
}

function isSame(one: Change, other: Change): boolean {
  return one.before === other.before && one.after === other.after;
}

/** As JSON says it, in which a report is kept; the order of keys is none of it, and null is as good as nothing. */
function isEqual(one: unknown, other: unknown): boolean {
  if ((one ?? null) === (other ?? null)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => isEqual(item, other[index]));
  }
  const [left, right] = [one as Plain, other as Plain];
  return keysOf(left, right).every((key) => isEqual(left[key], right[key]));
}
