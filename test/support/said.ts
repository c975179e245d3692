import type { Report } from '../../src/sla/report.ts';

/** What a report says at some places such as `1.value`, `3c.objectives.minutes.verdict` or `/coverage`, of the report itself. */
export function said(report: Report, places: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(places).map((place) => {
      const steps = place.startsWith('/') ? place.slice(1).split('.') : ['clauses', ...place.split('.')];
      return [place, steps.reduce<unknown>(step, report)];
    }),
  );
}

function step(from: unknown, key: string): unknown {
  if (Array.isArray(from)) {
    const list = from as readonly { readonly id?: string; readonly metric?: string }[];
    return list.find(({ id, metric }) => id === key || metric === key) ?? (from as never)[key as never];
  }
  return typeof from === 'object' && from !== null ? (from as Record<string, unknown>)[key] : undefined;
}
