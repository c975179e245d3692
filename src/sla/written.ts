import type { Written } from './report.ts';
import { formatInZone } from './zoned-text.ts';

/** A fact as the report shows it: instants as text in the contract's zone, its `type` left out. */
export function written<Fact extends { readonly type: string }>(fact: Fact, zone: string): Written<Fact> {
  const entries = Object.entries(fact).filter(([key, value]) => key !== 'type' && value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, isInstant(key, value) ? formatInZone(value, zone) : value]),
  ) as Written<Fact>;
}

function isInstant(key: string, value: unknown): value is number {
  return typeof value === 'number' && (key === 'from' || key === 'to' || key === 'at' || key.endsWith('_at'));
}
