import type { Written } from './report.ts';
import { formatInZone } from './zoned-text.ts';

/** A fact as the report shows it: instants as text in the contract's zone, its `type` left out. */
export function written<Fact extends { readonly type: string }>(fact: Fact, zone: string): Written<Fact> {
  const entries = Object.entries(fact)
    .filter(([key, value]) => key !== 'type' && value !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, isInstant(key, value) ? formatInZone(value, zone) : value]),
  ) as Written<Fact>;
}

/** Who is meant and when first, the rest by name: a report is the same text wherever its facts were read from. */
const FIRST = ['id', 'kind', 'at', 'from', 'to', 'ground', 'replaces'];

function rank(key: string): number {
  const index = FIRST.indexOf(key);
  return index === -1 ? FIRST.length : index;
}

function isInstant(key: string, value: unknown): value is number {
  return typeof value === 'number' && (key === 'from' || key === 'to' || key === 'at' || key.endsWith('_at'));
}
