import type { Contract } from '../config/contract.ts';
import { cleanWords } from '../net/words.ts';
import type { ReportChange } from '../sla/report-changes.ts';
import type { ObjectiveReport, Report } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import { type Unit, NONE, limitText, unitOf, withUnit } from './figure-text.ts';
import { localTime, usualOffsetOf } from './instant-text.ts';
import type { InEach, Language, Text } from './language.ts';

/** What stands in a printed report beside its figures. */
export interface RenderMeta {
  /** SHA-256 of the evidence and of the contract file, in hex. */
  readonly evidenceSha256?: string;
  readonly contractSha256?: string;
  /** Name and version of the program that computed it. */
  readonly engine: string;
  /** Version of the time zone data. */
  readonly tzdata: string;
  /** RFC 3339, when the revision was frozen; without it the report is none. */
  readonly closedAt?: string;
  /** Titles, grounds, remedies and terms in words; without it their short names are printed. */
  readonly contract?: Contract;
  /** What changed since the revision before. */
  readonly changes?: readonly ReportChange[];
  /** How many facts that may touch it became known since it was frozen. */
  readonly later?: number;
}

/** What every section is written with. */
export interface Context {
  readonly report: Report;
  readonly meta: RenderMeta;
  readonly lang: Language;
  /** Not for signature: the month runs, waits for messages, or was not closed. */
  readonly draft: boolean;
  /** The number of a closed revision; null: it is none, whatever number it would get. */
  readonly revision: number | null;
  /** A text of the catalogue, in the language of this report. */
  readonly t: <Thing>(entry: InEach<Thing>) => Thing;
  /** A text that others wrote: one line, no control characters, bounded. */
  readonly quote: (text: string) => string;
  /** A name of the catalogue; one that it lacks stands as it is. */
  readonly name: (names: Readonly<Record<string, Text>>, key: string) => string;
  readonly time: (instant: string) => string;
  /** A figure with its unit; null: a dash. */
  readonly show: (value: number | null, unit: Unit, guards?: readonly number[]) => string;
  /** A value of an objective, never rounded across its limit. */
  readonly showOf: (objective: ObjectiveReport, value: number | null) => string;
  readonly join: (parts: readonly string[]) => string;
}

/** Longest text of another's that is printed, in characters. */
const MAX_QUOTE = 300;

export function createContext(report: Report, meta: RenderMeta, lang: Language): Context {
  const usualOffset = usualOffsetOf(report);
  const t = <Thing>(entry: InEach<Thing>): Thing => entry[lang];
  const quote = (text: string): string => cleanWords(text, MAX_QUOTE);
  const show: Context['show'] = (value, unit, guards = []) =>
    value === null ? NONE : withUnit(lang, value, unit, guards);
  return {
    report,
    meta,
    lang,
    // A file of evidence stands for what a store would still learn: nothing more comes.
    draft: report.provisional || (meta.closedAt === undefined && meta.evidenceSha256 === undefined),
    revision: meta.closedAt === undefined ? null : report.revision,
    t,
    quote,
    name: (names, key) => {
      const known = Object.hasOwn(names, key) ? names[key] : undefined;
      return known === undefined ? quote(key) : known[lang];
    },
    time: (instant) => quote(localTime(instant, usualOffset)),
    show,
    showOf: ({ metric, limit }, value) => {
      const unit = unitOf(metric);
      // A value that is the limit is printed as the contract writes it.
      return value === limit ? limitText(lang, value, unit) : show(value, unit, [limit]);
    },
    join: (parts) => parts.join(t(CATALOGUE.units.comma)),
  };
}

/** The report's month in words. */
export function monthText({ report, t }: Context): string {
  const [year = NaN, month = NaN] = report.month.split('-').map(Number);
  return t(CATALOGUE.page.months)(year, month);
}

/** The contract's own title, where it is known. */
export function contractTitle({ report, meta, t, quote }: Context): string {
  return quote(meta.contract === undefined ? report.contract : t(meta.contract.title));
}
