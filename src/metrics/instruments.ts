import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { METRICS, type MetricSpec } from './names.ts';

type Instrument<S> =
  S extends MetricSpec<'counter', infer L>
    ? Counter<L>
    : S extends MetricSpec<'gauge', infer L>
      ? Gauge<L>
      : S extends MetricSpec<'histogram', infer L>
        ? Histogram<L>
        : never;

/** One prom-client metric for each entry of the list, under the same key. */
export type Instruments = { readonly [K in keyof typeof METRICS]: Instrument<(typeof METRICS)[K]> };

/** Registers the whole list. */
export function createInstruments(registry: Registry): Instruments {
  const made = Object.entries(METRICS).map(([key, spec]) => [key, create(spec, registry)]);
  return Object.fromEntries(made) as Instruments;
}

function create(spec: MetricSpec, registry: Registry): Counter | Gauge | Histogram {
  const options = { name: spec.name, help: spec.help, labelNames: spec.labels, registers: [registry] };
  if (spec.type === 'counter') return new Counter(options);
  if (spec.type === 'gauge') return new Gauge(options);
  return new Histogram({ ...options, buckets: [...(spec.edges ?? [])] });
}

/** Sets the one-hot gauge of a state: 1 for `now`, 0 for all others. */
export function setOneHot<L extends string, S extends string>(
  gauge: Gauge<L | 'state'>,
  labels: Readonly<Record<L, string>>,
  states: readonly S[],
  now: S,
): void {
  for (const state of states) gauge.set({ ...labels, state }, state === now ? 1 : 0);
}
