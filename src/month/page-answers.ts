import type { Database } from 'better-sqlite3';
import type { Contract } from '../config/contract.ts';
import type { Instant, Ms } from '../lib/time.ts';
import type { RouteKind } from '../probe/probe.ts';
import type { Language } from '../report/language.ts';
import { dayStart, nextDate } from '../sla/days.ts';
import { createProbeRows, type ProbeEvidence } from '../store/probe-rows.ts';
import { delayChart, type ChartKind } from './delay-chart.ts';
import { createDelayReadings, type DelaysAsked } from './delay-readings.ts';
import { delaySeries, type DelaySeries } from './delay-series.ts';
import { dayDetail, historyOf, type DayDetail, type History } from './history.ts';
import { knownUntil } from './known.ts';
import { createReader } from './reader.ts';

/** What the pages of a system show of its past. Plain data both ways, for it crosses over from a thread. */
export interface PageAnswers {
  history(system: string): History;
  /** Null: there is no such day yet. `date` is one that exists. */
  day(asked: { readonly system: string; readonly date: string }): DayDetail | null;
  delays(asked: DelaysAsked): readonly DelaySeries[];
  /** As a picture of its own; null: there is no such route. */
  chart(asked: ChartAsked): Promise<string | null>;
  /** Null: there is no probe of that id. */
  evidence(id: string): ProbeEvidence | null;
}

export interface ChartAsked extends DelaysAsked {
  /** Where the reading ends that the page tells; null: the latest. */
  readonly to: Instant | null;
  readonly route: string;
  readonly kind: RouteKind;
  readonly chart: ChartKind;
  readonly lang: Language;
}

/** Each answer is of one snapshot, while the agent goes on writing; `now` only ever grows. */
export function createPageAnswers(
  db: Database,
  contractOf: (system: string) => Contract,
  now: () => Ms = () => performance.now(),
): PageAnswers {
  const readings = createDelayReadings(
    (asked) =>
      db.transaction(() => delaySeries(createProbeRows(db), asked, knownUntil(db), contractOf(asked.system)))(),
    now,
  );
  return {
    history: (system) => db.transaction(() => historyOf(createReader(db), system, contractOf(system)))(),
    day: ({ system, date }) =>
      db.transaction(() => {
        const contract = contractOf(system);
        const { timezone } = contract;
        const day = { date, from: dayStart(date, timezone), to: dayStart(nextDate(date), timezone) };
        return dayDetail(createReader(db), { system, day }, contract);
      })(),
    delays: readings.read,
    async chart({ system, days, to, route, kind, chart, lang }) {
      const series = readings.endingAt({ system, days }, to).find((one) => one.route === route && one.kind === kind);
      return series === undefined ? null : delayChart(series, { chart, lang, zone: contractOf(system).timezone });
    },
    evidence: (id) => db.transaction(() => createProbeRows(db).evidence(id))(),
  };
}
