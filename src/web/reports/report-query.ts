import { cleanWords } from '../../net/words.ts';
import { LANGUAGES, type Language } from '../../report/language.ts';
import { parseMonth } from '../../sla/month.ts';

/** Which report somebody wants. */
export interface ReportQuery {
  readonly system: string;
  readonly month: string;
  readonly revision: number | null;
  /** Null: as on the pages. */
  readonly lang: Language | null;
}

/** Of a question that cannot be answered as it is: one line, and whether the question is wrong or what it asks for unknown. */
export interface Refusal {
  readonly status: 400 | 404;
  readonly error: string;
}

export type Key = 'system' | 'month' | 'revision' | 'lang';

/** Reads the parameters in `keys`; all others are refused, for a slip in a name would change what is answered. */
export function reportQuery(
  params: URLSearchParams,
  { keys, systems, month }: { readonly keys: readonly Key[]; readonly systems: readonly string[]; month?: string },
): ReportQuery | Refusal {
  for (const name of params.keys()) {
    if (!keys.some((key) => key === name))
      return wrong(`expected no other parameters than ${keys.join(', ')}, got ${shown(name)}`);
    if (params.getAll(name).length > 1) return wrong(`${name}: expected one value, got ${params.getAll(name).length}`);
  }
  const asked = month ?? params.get('month');
  if (asked === null || parseMonth(asked) === undefined)
    return wrong(`month: expected a month such as 2026-10, got ${shown(asked)}`);
  const revision = params.get('revision');
  if (revision !== null && !/^[1-9]\d{0,5}$/.test(revision))
    return wrong(`revision: expected a number from 1 on, got ${shown(revision)}`);
  const lang = params.get('lang');
  const known = LANGUAGES.find((one) => one === lang) ?? null;
  if (lang !== null && known === null) return wrong(`lang: expected ${LANGUAGES.join(' or ')}, got ${shown(lang)}`);
  const system = systemAsked(params, systems);
  if (typeof system !== 'string') return system;
  return { system, month: asked, revision: revision === null ? null : Number(revision), lang: known };
}

/** The system that is meant, which need not be named where there is one alone. */
export function systemAsked(params: URLSearchParams, systems: readonly string[]): string | Refusal {
  const [only] = systems;
  const named = params.get('system') ?? (systems.length === 1 ? only : undefined);
  const expected = `system: expected ${systems.map((name) => JSON.stringify(name)).join(' or ')}`;
  if (named === undefined) return wrong(`${expected}, got none`);
  return systems.includes(named) ? named : { status: 404, error: `${expected}, got ${shown(named)}` };
}

function wrong(error: string): Refusal {
  return { status: 400, error };
}

function shown(text: string | null): string {
  return text === null ? 'none' : JSON.stringify(cleanWords(text, 60));
}
