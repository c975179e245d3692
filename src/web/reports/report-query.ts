import { LANGUAGES, type Language, type Text } from '../../report/language.ts';
import { parseMonth } from '../../sla/month.ts';
import type { Refusal } from '../refusal.tsx';
import { REPORT_REFUSALS } from './refusals.ts';

/** Which report somebody wants. */
export interface ReportQuery {
  readonly system: string;
  readonly month: string;
  readonly revision: number | null;
  /** Null: as on the pages. */
  readonly lang: Language | null;
}

/** Of a question that cannot be answered as it is: one line, and whether the question is wrong or what it asks for unknown. */
export interface WrongQuery extends Refusal {
  readonly status: 400 | 404;
}

export type Key = 'system' | 'month' | 'revision' | 'lang';

/** Reads the parameters in `keys`; all others are refused, for a slip in a name would change what is answered. */
export function reportQuery(
  params: URLSearchParams,
  { keys, systems, month }: { readonly keys: readonly Key[]; readonly systems: readonly string[]; month?: string },
): ReportQuery | WrongQuery {
  for (const name of params.keys()) {
    if (!keys.some((key) => key === name)) return wrong(REPORT_REFUSALS.otherParameter(keys, name));
    const times = params.getAll(name).length;
    if (times > 1) return wrong(REPORT_REFUSALS.twice(name, times));
  }
  const asked = month ?? params.get('month');
  if (asked === null || parseMonth(asked) === undefined) return wrong(REPORT_REFUSALS.month(asked));
  const revision = params.get('revision');
  if (revision !== null && !/^[1-9]\d{0,5}$/.test(revision)) return wrong(REPORT_REFUSALS.revision(revision));
  const lang = params.get('lang');
  const known = LANGUAGES.find((one) => one === lang) ?? null;
  if (lang !== null && known === null) return wrong(REPORT_REFUSALS.lang(lang));
  const system = systemAsked(params, systems);
  if (typeof system !== 'string') return system;
  return { system, month: asked, revision: revision === null ? null : Number(revision), lang: known };
}

/** The system that is meant, which need not be named where there is one alone. */
export function systemAsked(params: URLSearchParams, systems: readonly string[]): string | WrongQuery {
  const [only] = systems;
  const named = params.get('system') ?? (systems.length === 1 ? only : undefined);
  if (named === undefined) return wrong(REPORT_REFUSALS.system(systems, null));
  return systems.includes(named) ? named : { status: 404, why: REPORT_REFUSALS.system(systems, named) };
}

function wrong(why: Text): WrongQuery {
  return { status: 400, why };
}
