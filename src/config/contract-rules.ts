import type { z } from 'zod';
import { MEASURES, type Decimal, type Measure } from './contract.ts';
import { expectedOneOf } from './contract-leaf.ts';
import { isSound, report, reportRepeated, soundItems } from './schema-section.ts';

// What the keys of one clause must hold together. A value with a mistake of its own is passed over, so that one run
// tells all mistakes and none twice.

interface Keys {
  readonly blank: boolean;
  readonly measure?: Measure | undefined;
  readonly where?: object | undefined;
  readonly within?: unknown;
  readonly exclude?: readonly string[] | undefined;
  readonly remedy?: string | readonly Tier[] | undefined;
  readonly objectives?: readonly { readonly metric: string; readonly over_s?: unknown }[] | undefined;
}

interface Tier {
  readonly metric: string;
  readonly below: Decimal;
}

/** From these, and no others, windows are taken out. */
const EXCLUDING: readonly Measure[] = [
  'downtime',
  'fault',
  'fault_days',
  'send_delay',
  'receive_delay',
  'attachment_delay',
];

/** Which records a measure can choose from. */
const WHERE: Readonly<Partial<Record<Measure, string>>> = {
  opening: 'domain',
  page_load: 'profile',
  'service-contact': 'channel',
};

/** A clause is blank and no more, or it says what is measured and promised. */
export function checkBlank(raw: Keys, context: z.RefinementCtx): void {
  if (raw.blank) {
    for (const key of ['measure', 'where', 'within', 'exclude', 'remedy', 'objectives']) {
      if (key in raw) report(context, [key], `no key ${key} beside blank: true`);
    }
    return;
  }
  const missing = ['measure', 'objectives'].filter((key) => !(key in raw));
  if (missing.length === 0) return;
  const keys = missing.length === 1 ? `the key ${missing.join('')}` : `the keys ${missing.join(' and ')}`;
  report(context, [], `${keys}, or blank: true for a clause that the contract leaves blank`);
}

/** Keys that some measures need and others have no use for. */
export function checkMeasured(raw: Keys, context: z.RefinementCtx): void {
  const { measure } = raw;
  if (measure === undefined || raw.blank) return;

  const late = (MEASURES[measure] as readonly string[]).includes('late');
  if (late && !('within' in raw))
    report(context, [], `the key within, such as within: 24h, for ${measure} counts what is late`);
  if (!late && 'within' in raw)
    report(context, ['within'], `no key within; ${measure} counts nothing that could be late`);

  const chosenBy = WHERE[measure];
  for (const key of isSound(context, ['where']) ? Object.keys(raw.where ?? {}) : []) {
    if (key === chosenBy) continue;
    const has = chosenBy === undefined ? `none that where could choose from` : `${chosenBy} to choose from`;
    report(context, ['where', key], `no key ${key}; the records of ${measure} have ${has}`);
  }

  if ('exclude' in raw && !EXCLUDING.includes(measure)) {
    report(context, ['exclude'], `no key exclude; it is for the measures ${EXCLUDING.join(', ')}`);
  } else {
    const grounds = soundItems(context, 'exclude', raw.exclude, []).map(({ item, index }) => ({
      value: item,
      path: ['exclude', index],
    }));
    reportRepeated(context, grounds, 'each ground once; it stands further up already');
  }
}

/** Metrics are those of the measure; `over_s` belongs to exceedances, and to them alone. */
export function checkObjectives(raw: Keys, context: z.RefinementCtx): void {
  for (const { item, index } of soundItems(context, 'objectives', raw.objectives, ['metric'])) {
    const path = ['objectives', index];
    reportForeignMetric(raw, context, [...path, 'metric'], item.metric);
    if (item.metric === 'exceedances' && !('over_s' in item)) {
      report(context, path, 'the key over_s, such as over_s: 3600, for exceedances are the delays above it');
    }
    if (item.metric !== 'exceedances' && 'over_s' in item) {
      report(context, [...path, 'over_s'], 'no key over_s; it is for the metric exceedances');
    }
  }
}

/** "The lowest tier that holds" has a meaning only along one metric. */
export function checkTiers(raw: Keys, context: z.RefinementCtx): void {
  if (!Array.isArray(raw.remedy)) return;
  const tiers = soundItems(context, 'remedy', raw.remedy as readonly Tier[], ['metric']);
  const right = tiers.filter(
    ({ item, index }) => !reportForeignMetric(raw, context, ['remedy', index, 'metric'], item.metric),
  );
  const [first, ...others] = right.map(({ item, index }) => ({ metric: item.metric, index }));
  for (const { metric, index } of others) {
    if (first === undefined || metric === first.metric) continue;
    report(
      context,
      ['remedy', index, 'metric'],
      `the metric of the tier further up, ${first.metric}; tiers go by one metric`,
    );
  }
  const limits = soundItems(context, 'remedy', raw.remedy as readonly Tier[], ['below']).map(({ item, index }) => ({
    value: plain(item.below),
    path: ['remedy', index, 'below'],
  }));
  reportRepeated(context, limits, 'each limit once; a tier further up has it already');
}

/** Whether it was reported. While the measure is unknown any metric may be meant that some measure has. */
function reportForeignMetric(
  raw: Keys,
  context: z.RefinementCtx,
  path: readonly PropertyKey[],
  metric: string,
): boolean {
  const measure = isSound(context, ['measure']) ? raw.measure : undefined;
  const metrics = measure === undefined ? Object.values(MEASURES).flat() : MEASURES[measure];
  const words: readonly string[] = [...new Set<string>(metrics)];
  if (words.includes(metric)) return false;
  report(context, path, expectedOneOf(measure === undefined ? 'metric' : `metric of ${measure}`, words, metric));
  return true;
}

/** One text for one number: 0.9990 and 0.999 are the same limit. */
function plain({ numerator, scale }: Decimal): string {
  return numerator === 0n || scale === 0 || numerator % 10n !== 0n
    ? `${numerator}/${numerator === 0n ? 0 : scale}`
    : plain({ numerator: numerator / 10n, scale: scale - 1, text: '' });
}
