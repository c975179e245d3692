import type { Verdict } from '../sla/report.ts';
import type { Spread } from './chart.ts';
import type { Language } from './language.ts';

/** A report as a document, before it is put into one of the formats. All texts are clean, none is escaped. */
export interface ReportDocument {
  readonly lang: Language;
  /** Not for signature. */
  readonly draft: boolean;
  readonly title: string;
  readonly subtitle: string;
  readonly blocks: readonly Block[];
}

export type Block =
  /** `id`: where links lead, in the formats that have any. */
  | { readonly kind: 'section'; readonly text: string; readonly id?: string }
  | { readonly kind: 'subsection'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Must not be overlooked. */
  | { readonly kind: 'notice'; readonly texts: readonly string[] }
  | { readonly kind: 'facts'; readonly rows: readonly FactRow[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | Table
  /** A picture, under a heading of its own or not, for the formats that have any; tables say the same. */
  | { readonly kind: 'figure'; readonly heading?: string; readonly svg: string; readonly caption: string }
  /** One that is still to be drawn. */
  | { readonly kind: 'chart'; readonly chart: Spread; readonly caption: string }
  | {
      readonly kind: 'signatures';
      readonly parties: readonly string[];
      readonly fields: readonly string[];
      readonly remarks: string;
    };

export interface Table {
  readonly kind: 'table';
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface FactRow {
  readonly label: string;
  readonly text: string;
  /** An id, a hash, a server's own words: shown as such. */
  readonly quoted?: boolean;
}

export interface Column {
  readonly label: string;
  readonly align?: 'right';
}

export interface Row {
  readonly cells: readonly (string | Cell)[];
  /** Part of the row above it; or the sum of all. */
  readonly role?: 'part' | 'total';
}

export interface Cell {
  readonly text: string;
  readonly verdict?: Verdict;
  readonly quoted?: boolean;
  /** Written by people: broken anywhere if it must. */
  readonly foreign?: boolean;
  /** A second line. */
  readonly more?: string;
}

export function cellOf(cell: string | Cell): Cell {
  return typeof cell === 'string' ? { text: cell } : cell;
}

/** A sign that does not depend on colour. */
export const SIGN: Readonly<Record<Verdict, string>> = { met: '✓', missed: '✗', open: '?', 'no data': '—' };
