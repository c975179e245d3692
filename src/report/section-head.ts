import type { Block, FactRow } from './document.ts';
import { CATALOGUE } from './catalogue.ts';
import { type Context, contractTitle, monthText } from './context.ts';
import { limitText } from './figure-text.ts';

const { page } = CATALOGUE;

/** What the report is about, and whether it is complete. */
export function headSection(context: Context): Block[] {
  const { report, meta, draft, t, quote, time, show, lang } = context;
  const title = contractTitle(context);
  const rows: FactRow[] = [
    {
      label: t(page.fact.contract),
      text: meta.contract === undefined ? title : t(page.version)(title, meta.contract.version),
    },
    { label: t(page.fact.system), text: quote(report.system) },
    { label: t(page.fact.month), text: monthText(context) },
    {
      label: t(page.fact.period),
      text: t(page.period)(time(report.from), time(report.to), quote(report.timezone)),
    },
    { label: t(page.fact.length), text: limitText(lang, report.month_minutes, 'min') },
    ...revisionRow(context),
    { label: t(page.fact.status), text: t(draft ? page.draft : page.final) },
    { label: t(page.fact.known), text: time(report.known_at) },
    { label: t(page.fact.covered), text: show(report.coverage, 'ratio') },
  ];
  return [...draftNotice(context), ...laterNotice(context), { kind: 'facts', rows }];
}

function draftNotice({ report, draft, revision, t, time }: Context): Block[] {
  if (!draft) return [];
  const texts = [
    t(page.draftNotice)(time(report.known_at)),
    ...(Date.parse(report.known_at) < Date.parse(report.to) ? [t(page.monthRuns)] : []),
    ...(report.pending > 0 ? [t(page.stillPending)(report.pending)] : []),
    ...(revision === null && !report.provisional ? [t(page.notClosed)] : []),
  ];
  return [{ kind: 'notice', texts }];
}

function laterNotice({ meta: { later = 0 }, revision, t }: Context): Block[] {
  if (later === 0 || revision === null) return [];
  return [{ kind: 'notice', texts: [t(page.later)(later, revision)] }];
}

function revisionRow({ revision, t }: Context): FactRow[] {
  return revision === null ? [] : [{ label: t(page.fact.revision), text: String(revision) }];
}

/** By what it can be checked. */
export function originSection(context: Context): Block[] {
  const { meta, t, quote, time } = context;
  const hash = (label: string, text: string | undefined): FactRow[] =>
    text === undefined ? [] : [{ label, text: quote(text), quoted: true }];
  const rows: FactRow[] = [
    { label: t(page.fact.engine), text: quote(meta.engine) },
    { label: t(page.fact.tzdata), text: quote(meta.tzdata) },
    ...revisionRow(context),
    ...(meta.closedAt === undefined ? [] : [{ label: t(page.fact.closed), text: time(meta.closedAt) }]),
    ...hash(t(page.fact.contractHash), meta.contractSha256),
    ...hash(t(page.fact.evidenceHash), meta.evidenceSha256),
  ];
  return [
    { kind: 'section', text: t(page.heading.origin) },
    { kind: 'facts', rows },
  ];
}
