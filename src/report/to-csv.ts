import { cleanWords } from '../net/words.ts';
import type { BlankClauseReport, ClauseReport, DelayClause, ObjectiveReport, Report } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import { marginOf, unitOf } from './figure-text.ts';
import { CSV_COLUMNS, type CsvColumn } from './catalogue-csv.ts';
import type { Language } from './language.ts';

type Value = string | number | boolean | null | undefined;

/** Excel takes a file without it for one in the code page of its machine, and shows Chinese as rubbish. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * One row an objective of a clause, for a spreadsheet (RFC 4180). English has the keys of the report as its heads and
 * verdicts, for programs; Chinese has words. Numbers are numbers, in the units of the report; no data is an empty cell.
 */
export function toCsv(report: Report, lang: Language): string {
  const columns = Object.keys(CSV_COLUMNS) as CsvColumn[];
  const heads = columns.map((column) => CSV_COLUMNS[column][lang]);
  const rows = report.clauses.flatMap((clause) => rowsOf(report, clause, lang));
  const lines = [heads, ...rows.map((row) => columns.map((column) => row[column]))];
  return `${lang === 'zh' ? BYTE_ORDER_MARK : ''}${lines.map((cells) => `${cells.map(cellText).join(',')}\r\n`).join('')}`;
}

type CsvRow = Readonly<Record<CsvColumn, Value>>;

function rowsOf(report: Report, clause: ClauseReport, lang: Language): CsvRow[] {
  const objectives = clause.kind === 'blank' ? [] : clause.objectives;
  return objectives.length === 0
    ? [rowOf(report, clause, undefined, lang)]
    : objectives.map((objective) => rowOf(report, clause, objective, lang));
}

function rowOf(report: Report, clause: ClauseReport, objective: ObjectiveReport | undefined, lang: Language): CsvRow {
  const measured = clause.kind === 'blank' ? undefined : clause;
  const time = clause.kind === 'time' ? clause : undefined;
  const delay = clause.kind === 'delay' ? clause : undefined;
  const verdict = (value: Exclude<ClauseReport, BlankClauseReport>['verdict'] | undefined): Value =>
    value === undefined ? undefined : CATALOGUE.verdict.word[value][lang];
  const yes = (value: boolean | undefined): Value =>
    value === undefined || lang === 'en' ? value : CATALOGUE.names.value[String(value)]?.[lang];
  const reason = (value: ObjectiveReport['reason']): Value =>
    value === undefined ? undefined : CATALOGUE.verdict.reason[value][lang];
  const named = (names: Readonly<Record<string, { zh: string; en: string }>>, key: string | undefined): Value =>
    key === undefined || lang === 'en' || !Object.hasOwn(names, key) ? key : names[key]?.[lang];
  return {
    system: report.system,
    contract: report.contract,
    month: report.month,
    timezone: report.timezone,
    revision: report.revision,
    provisional: yes(report.provisional),
    clause: clause.id,
    title: clause.title[lang],
    measure: named(CATALOGUE.names.measure, measured?.measure),
    clause_verdict: clause.kind === 'blank' ? CATALOGUE.verdict.blank[lang] : verdict(clause.verdict),
    clause_reason: reason(measured?.reason),
    verdict_on_measured: verdict(measured?.verdict_on_measured),
    disagreement: yes(measured?.disagreement),
    metric: named(CATALOGUE.names.metric, objective?.metric),
    over_s: objective?.over_s,
    op: objective?.op,
    limit: objective?.limit,
    value: objective?.value,
    best: objective?.best,
    worst: objective?.worst,
    margin: objective === undefined ? undefined : marginOf(objective),
    unit: objective === undefined ? undefined : CATALOGUE.csvUnits[csvUnit(objective.metric)][lang],
    verdict: verdict(objective?.verdict),
    reason: reason(objective?.reason),
    governs: yes(objective?.governs),
    gross: time?.gross ?? delayBy(delay, objective?.metric)?.gross,
    excluded: time?.excluded ?? delay?.excluded,
    would_be: time?.would_be ?? delayBy(delay, objective?.metric)?.wouldBe,
    unmeasured: time?.unmeasured,
    n: delay?.n ?? (clause.kind === 'count' ? clause.n : undefined),
    lost: delay?.lost,
    pending: delay?.pending,
    duplicates: delay?.duplicates,
  };
}

/** Of a delay clause each objective has its own figure before exclusions. */
function delayBy(delay: DelayClause | undefined, metric: string | undefined): { gross?: Value; wouldBe?: Value } {
  if (delay === undefined) return {};
  if (metric === 'exceedances') return { gross: delay.gross_exceedances, wouldBe: delay.would_be_exceedances };
  return metric === 'max_s' ? {} : { gross: delay.gross_mean_s, wouldBe: delay.would_be };
}

function csvUnit(metric: string): 'min' | 's' | 'h' | 'days' | 'ratio' | 'count' {
  const unit = unitOf(metric);
  return unit === 'points' ? 'ratio' : unit;
}

function cellText(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = harmless(cleanWords(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet takes a cell that begins so for a formula, and would run it. The quote makes it a text. */
function harmless(text: string): string {
  return /^\s*[=+\-@＝＋－＠]/u.test(text) ? `'${text}` : text;
}
