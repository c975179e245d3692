import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import { hashOf } from '../evidence/seal.ts';
import { VERSION } from '../lib/version.ts';
import type { RenderMeta } from '../report/context.ts';
import type { Language, Text } from '../report/language.ts';
import { render, renderHtmlParts } from '../report/render.ts';
import type { HtmlParts } from '../report/to-html.ts';
import type { Report } from '../sla/report.ts';
import { isEvidenceKept } from '../store/kept-evidence.ts';
import { whyNotCovered } from './covered.ts';
import { knownUntil } from './known.ts';
import { lackingLine } from './lacking.ts';
import { monthList, type MonthList } from './month-list.ts';
import { monthReport } from './month-report.ts';
import { published } from './published.ts';

export interface ReportAsked {
  readonly system: string;
  /** `2026-10`. */
  readonly month: string;
  /** Null: the newest of a closed month, else as it stands now. */
  readonly revision: number | null;
  /** Of the document; JSON has none. */
  readonly lang: Language;
}

export interface ReportTextAsked extends ReportAsked {
  readonly format: 'json' | 'html' | 'csv';
}

/** There is no such report; `why` in one line, with what was expected. */
export interface NoReport {
  readonly kind: 'none';
  readonly why: Text;
}

export type ReportText = { readonly kind: 'report'; readonly text: string } | NoReport;

/** A report as a document, and what is around it. */
export interface ReportPage {
  readonly kind: 'page';
  readonly document: HtmlParts;
  /** The closed revision that it is; null: the month as it stands. */
  readonly revision: number | null;
  readonly list: MonthList;
  /** The bytes that the revision names by its hash; those of the month as it is now; or no more. */
  readonly evidence: 'of the revision' | 'as it is now' | 'none';
}

interface Agreed {
  readonly contract: Contract;
  /** Of its file. */
  readonly text: string;
}

/** Of one snapshot, which is over before anything is drawn. */
export async function reportText(db: Database, asked: ReportTextAsked, agreed: Agreed): Promise<ReportText> {
  const found = db.transaction(() => find(db, asked, agreed))();
  if (found.kind === 'none') return found;
  const { format, lang } = asked;
  // What was published is handed out byte for byte.
  if (format === 'json' && found.json !== null) return { kind: 'report', text: found.json };
  return { kind: 'report', text: await render(found.report, { format, lang, meta: found.meta }) };
}

/** As above. */
export async function reportPage(db: Database, asked: ReportAsked, agreed: Agreed): Promise<ReportPage | NoReport> {
  const { system, month, lang } = asked;
  const { contract } = agreed;
  const [found, around] = db.transaction(() => {
    const report = find(db, asked, agreed);
    const revision = report.kind === 'none' || report.json === null ? null : report.report.revision;
    const list = monthList(db, system, contract.timezone);
    return [report, { revision, list, evidence: evidenceOf(db, { system, month, revision, contract }) }] as const;
  })();
  if (found.kind === 'none') return found;
  return { kind: 'page', document: await renderHtmlParts(found.report, { lang, meta: found.meta }), ...around };
}

function evidenceOf(
  db: Database,
  { system, month, revision, contract }: Omit<ReportAsked, 'lang'> & Pick<Agreed, 'contract'>,
): ReportPage['evidence'] {
  if (revision !== null && isEvidenceKept(db, { system, month, revision })) return 'of the revision';
  const lacking = whyNotCovered(db, { system, month, contract, known: knownUntil(db) });
  return lacking === null ? 'as it is now' : 'none';
}

interface Found {
  readonly kind: 'found';
  readonly report: Report;
  readonly meta: RenderMeta;
  /** As it was published; null: it was not. */
  readonly json: string | null;
}

function find(db: Database, { system, month, revision }: ReportAsked, { contract, text }: Agreed): Found | NoReport {
  const found = monthReport(db, { system, month, contract, which: revision ?? 'newest' });
  switch (found.kind) {
    case 'refused':
      return { kind: 'none', why: lackingLine(found.lacking) };
    case 'closed':
      return { kind: 'found', ...published(found.revision, found.later), json: found.revision.report };
    case 'live': {
      const meta = {
        engine: `mailwitness ${VERSION}`,
        tzdata: process.versions['tz'] ?? 'unknown',
        contract,
        contractSha256: hashOf(text),
      };
      return { kind: 'found', report: found.report, meta, json: null };
    }
  }
}
