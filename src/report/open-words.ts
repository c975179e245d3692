import type { BlankClauseReport, ClauseReport, ObjectiveReport } from '../sla/report.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Context } from './context.ts';
import { boundText } from './figure-text.ts';

const { verdict: words } = CATALOGUE;

type Measured = Exclude<ClauseReport, BlankClauseReport>;

/** Why a clause is open, as one part of a sentence: "9.10 minutes were not measured, and could have made it 53.00 min". */
export function openWords(context: Context, clause: Measured): string {
  const { t, time, report } = context;
  const objective = openObjective(clause);
  const worst = objective?.worst ?? null;
  const atWorst = (words: (worst: string) => string): string =>
    objective === undefined || worst === null ? '' : words(context.showOf(objective, worst));
  const { reason = 'coverage' } = clause;
  switch (reason) {
    case 'running':
      return t(clause.kind === 'days' ? words.yearRunning : words.running)(time(report.known_at));
    case 'calendar unknown':
      return t(words.calendarUnknown);
    case 'sampling':
      return samplingWords(context, objective);
    case 'pending':
      return `${pendingWords(context, clause)}${atWorst(t(words.couldBecome))}`;
    case 'coverage':
      return `${unmeasuredWords(context, clause)}${atWorst(t(words.couldMakeIt))}`;
  }
}

/** The objective that keeps the clause open. */
function openObjective({ objectives, reason }: Measured): ObjectiveReport | undefined {
  const open = objectives.filter(({ governs, verdict }) => governs && verdict === 'open');
  return open.find((objective) => objective.reason === reason) ?? open[0];
}

function samplingWords(context: Context, objective: ObjectiveReport | undefined): string {
  const { t } = context;
  const { best = null, worst = null } = objective ?? {};
  if (objective === undefined || best === null || worst === null) return t(words.samplingUnbounded);
  const [low, high] = [Math.min(best, worst), Math.max(best, worst)];
  return t(words.sampling)(
    context.showOf(objective, low),
    context.showOf(objective, high),
    boundText(context.lang, objective),
  );
}

function pendingWords({ t, report }: Context, clause: Measured): string {
  const messages = clause.kind === 'delay' ? clause.pending : report.pending;
  // What records tell of may be under way while no message is.
  return clause.kind === 'count' || messages === 0 ? t(words.casesPending) : t(words.pending)(messages);
}

function unmeasuredWords({ t, show, report }: Context, clause: Measured): string {
  if (clause.kind === 'days') return t(words.daysUnmeasured)(clause.unmeasured_days.length);
  const minutes = clause.kind === 'time' ? clause.unmeasured : report.unmeasured_minutes;
  return minutes === null || minutes === 0 ? t(words.notMeasuredInFull) : t(words.coverage)(show(minutes, 'min'));
}
