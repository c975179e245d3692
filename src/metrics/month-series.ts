import type { Contract, Measure } from '../config/contract.ts';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../lib/time.ts';
import type { Verdict } from '../sla/report.ts';
import type { Instruments } from './instruments.ts';
import { DIRECTIONS, type Direction, type MonthFigures } from './month-figures.ts';

/** The running month as last computed. Series are those of each system's contract, from the first scrape on. */
export interface MonthSeries {
  computed(system: string, figures: MonthFigures): void;
  /** It could not be computed: what stands stays, and its timestamp tells how old it is. */
  failed(system: string): void;
}

const BOUNDS = ['least', 'estimate', 'most'] as const;
const VERDICTS: Readonly<Record<Verdict, string>> = {
  met: 'met',
  missed: 'missed',
  open: 'open',
  'no data': 'no_data',
};
const MEASURE_OF: Readonly<Record<Direction, Measure>> = { send: 'send_delay', receive: 'receive_delay' };

/** `contracts` by the system's name; a system without one has no series of a month. */
export function createMonthSeries(
  { systems }: Pick<Settings, 'systems'>,
  contracts: ReadonlyMap<string, Contract>,
  metrics: Instruments,
): MonthSeries {
  const writers = new Map(
    systems.flatMap(({ name }) => {
      const contract = contracts.get(name);
      return contract === undefined ? [] : [[name, createWriter(name, contract, metrics)] as const];
    }),
  );
  for (const write of writers.values()) write(null);
  return {
    computed: (system, figures) => writers.get(system)?.(figures),
    failed(system) {
      if (writers.has(system)) metrics.monthFailures.inc({ system });
    },
  };
}

/** Writes all series of a system; null: nothing is known yet. */
function createWriter(
  system: string,
  contract: Contract,
  metrics: Instruments,
): (figures: MonthFigures | null) => void {
  const measured = contract.clauses.flatMap((clause) => (clause.blank ? [] : [clause]));
  const has = (measure: Measure): boolean => measured.some((clause) => clause.measure === measure);
  const downtime = measured.find(({ measure }) => measure === 'downtime');
  const hasBudget = downtime?.objectives.some(({ governs }) => governs) ?? false;
  metrics.monthFailures.inc({ system }, 0);
  return (figures) => {
    metrics.monthComputed.set({ system }, orNaN(figures?.knownAt));
    metrics.monthUnmeasured.set({ system }, orNaN(figures?.unmeasuredMs));
    if (downtime !== undefined) {
      const down = figures?.down;
      for (const bound of BOUNDS) metrics.monthDown.set({ system, bound }, orNaN(down?.[`${bound}Ms`]));
    }
    if (hasBudget) metrics.monthBudgetLeft.set({ system }, orNaN(figures?.budgetLeftMs));
    for (const direction of DIRECTIONS) {
      if (!has(MEASURE_OF[direction])) continue;
      const delays = figures?.delays[direction];
      metrics.monthDelayMean.set({ system, direction }, delays?.meanS ?? Number.NaN);
      metrics.monthDelayMax.set({ system, direction }, delays?.maxS ?? Number.NaN);
      metrics.monthExceedances.set({ system, direction }, delays?.exceedances ?? Number.NaN);
    }
    for (const { id: clause } of measured) {
      const now = figures?.verdicts.find((one) => one.clause === clause)?.verdict ?? 'no data';
      for (const [verdict, label] of Object.entries(VERDICTS))
        metrics.monthVerdict.set({ system, clause, verdict: label }, verdict === now ? 1 : 0);
    }
  };
}

function orNaN(ms: number | null | undefined): number {
  return ms === null || ms === undefined ? Number.NaN : ms / SECOND;
}
