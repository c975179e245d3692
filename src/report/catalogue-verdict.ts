import type { OpenReason, Verdict } from '../sla/report.ts';
import { type Text, count, grouped, phrase, text } from './language.ts';

const word: Readonly<Record<Verdict, Text>> = {
  met: text('达标', 'met'),
  missed: text('未达标', 'missed'),
  open: text('未决', 'open'),
  'no data': text('无数据', 'no data'),
};

/** In one word, for a cell. */
const reason: Readonly<Record<OpenReason, Text>> = {
  running: text('未到期', 'running'),
  'calendar unknown': text('工作日历未知', 'calendar unknown'),
  sampling: text('采样间隔', 'sampling'),
  pending: text('邮件在途', 'pending'),
  coverage: text('未全部监测', 'coverage'),
};

export const VERDICT = {
  word,
  reason,
  blank: text('合同留空', 'left blank'),
  shownOnly: text('仅供参考', 'shown only'),

  /** Why a clause is open. */
  running: phrase(
    (known: string) => `截至 ${known}，本月尚未结束，结论可能改变`,
    (known: string) => `as of ${known} the month still runs, and what is to come may change it`,
  ),
  yearRunning: phrase(
    (known: string) => `截至 ${known}，本年尚未结束，结论可能改变`,
    (known: string) => `as of ${known} the year still runs, and what is to come may change it`,
  ),
  calendarUnknown: text(
    '工作日历数据未覆盖有关日期，期限无法确定',
    'the calendar of working days does not reach that far, so that the day on which it was due is not known',
  ),
  sampling: phrase(
    (low: string, high: string, limit: string) =>
      `两次采样之间的状态无从确知：真值在 ${low}至 ${high}之间，限值（${limit}）位于其间`,
    (low: string, high: string, limit: string) =>
      `between two samples the state is not known exactly: the true value lies from ${low} to ${high}, with the limit of ${limit} between`,
  ),
  samplingUnbounded: text(
    '两次采样之间的状态无从确知，真值可能在限值的任一侧',
    'between two samples the state is not known exactly, and the true value may lie on either side of the limit',
  ),
  pending: phrase(
    (n: number) => `有 ${grouped(String(n))} 封邮件尚在途中`,
    (n: number) => `${count(n, 'message is', 'messages are')} still on the way`,
  ),
  casesPending: text('所依据的事项尚未全部办结', 'not all that it is computed from has ended'),
  coverage: phrase(
    (minutes: string) => `有 ${minutes}未被监测`,
    (minutes: string) => `${minutes} were not measured`,
  ),
  daysUnmeasured: phrase(
    (n: number) => `有 ${n} 天未被完整监测`,
    (n: number) => `${count(n, 'day was', 'days were')} not measured in full`,
  ),
  notMeasuredInFull: text('并非全部时间均被监测', 'not all of it was measured'),
  couldMakeIt: phrase(
    (worst: string) => `，最不利时结果可达 ${worst}`,
    (worst: string) => `, and could have made it ${worst}`,
  ),
  couldBecome: phrase(
    (worst: string) => `，最不利时结果可达 ${worst}`,
    (worst: string) => `, and could make it ${worst}`,
  ),
  onMeasured: phrase(
    (verdict: string) => `仅就已监测的数据，结论为${verdict}。`,
    (verdict: string) => ` On what was measured: ${verdict}.`,
  ),
  openBecause: phrase(
    (ids: string, _n: number, why: string) => `第 ${ids} 条未决：${why}。`,
    (ids: string, n: number, why: string) =>
      `${n === 1 ? 'Clause' : 'Clauses'} ${ids} ${n === 1 ? 'is' : 'are'} open: ${why}.`,
  ),
  alone: phrase(
    (id: string, sentence: string) => `第 ${id} 条：${sentence}。`,
    (id: string, sentence: string) => `Clause ${id}: ${sentence}.`,
  ),
  disagreement: phrase(
    (met: string, missed: string) => `各项指标结论不一：${met}达标，${missed}未达标；任何一项未达标，本条即未达标`,
    (met: string, missed: string) =>
      `its objectives disagree: ${met} met, ${missed} missed. One that is missed makes the clause missed`,
  ),
  noDataBecause: phrase(
    (ids: string, _n: number) => `第 ${ids} 条：本月没有可供计算的样本、邮件或记录，既不作达标也不作未达标论。`,
    (ids: string, n: number) =>
      `${n === 1 ? 'Clause' : 'Clauses'} ${ids}: there is no sample, message or record in the month to compute ${n === 1 ? 'it' : 'them'} from; without data a clause counts neither as met nor as missed.`,
  ),
  summary: phrase(
    (total: number, met: number, missed: number, open: number, none: number, blank: number) =>
      `本报告涉及 ${total} 条：达标 ${met} 条，未达标 ${missed} 条，未决 ${open} 条，无数据 ${none} 条${blank === 0 ? '' : `，合同留空 ${blank} 条`}。`,
    (total: number, met: number, missed: number, open: number, none: number, blank: number) =>
      `Of ${count(total, 'clause', 'clauses')} ${met} ${met === 1 ? 'is' : 'are'} met, ${missed} missed, ${open} open, ${none} without data${blank === 0 ? '' : `; ${blank} ${blank === 1 ? 'is' : 'are'} left blank in the contract`}.`,
  ),

  owed: phrase(
    (what: string, ids: string) => `${what}：因第 ${ids} 条未达标。`,
    (what: string, ids: string) => `${what}: because of clause ${ids}.`,
  ),
  owedMany: phrase(
    (what: string, ids: string) => `${what}：因第 ${ids} 条未达标。`,
    (what: string, ids: string) => `${what}: because of clauses ${ids}.`,
  ),
  nothingOwed: text(
    '依据本报告，没有应付的补偿。未决的条款在作出结论之前不产生补偿。',
    'Nothing is owed by this report. A clause that is open earns nothing until it is decided.',
  ),
};
