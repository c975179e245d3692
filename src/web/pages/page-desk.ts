import type { DelaysAsked } from '../../month/delay-readings.ts';
import type { DelaySeries } from '../../month/delay-series.ts';
import type { DayDetail, History } from '../../month/history.ts';
import type { ChartAsked } from '../../month/page-answers.ts';
import type { ProbeEvidence } from '../../store/probe-rows.ts';

/** What the pages of a system ask about its past. Answered elsewhere than in the thread that measures; each may reject. */
export interface PageDesk {
  history(system: string, signal: AbortSignal): Promise<History>;
  /** Null: there is no such day yet. */
  day(asked: { readonly system: string; readonly date: string }, signal: AbortSignal): Promise<DayDetail | null>;
  delays(asked: DelaysAsked, signal: AbortSignal): Promise<readonly DelaySeries[]>;
  /** A picture of its own; null: there is no such route. */
  chart(asked: ChartAsked, signal: AbortSignal): Promise<string | null>;
  /** Null: there is no probe of that id. */
  evidence(id: string, signal: AbortSignal): Promise<ProbeEvidence | null>;
}
