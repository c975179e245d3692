import { type Text, text } from './language.ts';

/** Heads of the CSV in their order; in English they are the keys of the report. */
const ZH = {
  system: '邮件系统',
  contract: '合同',
  month: '月份',
  timezone: '时区',
  revision: '版次',
  provisional: '暂定',
  clause: '条款',
  title: '条款名称',
  measure: '计量项目',
  clause_verdict: '条款结论',
  clause_reason: '条款未决原因',
  verdict_on_measured: '按已监测数据的结论',
  disagreement: '指标结论不一',
  metric: '指标',
  over_s: '超限标准（秒）',
  op: '比较',
  limit: '限值',
  value: '测得值',
  best: '最有利值',
  worst: '最不利值',
  margin: '余量',
  unit: '单位',
  verdict: '结论',
  reason: '未决原因',
  governs: '起约束作用',
  gross: '除外前',
  excluded: '除外',
  would_be: '待批准的若计入',
  unmeasured: '未监测（分钟）',
  n: '样本数',
  lost: '丢失',
  pending: '在途',
  duplicates: '重复',
} as const;

export type CsvColumn = keyof typeof ZH;

export const CSV_COLUMNS = Object.fromEntries(Object.entries(ZH).map(([key, zh]) => [key, text(zh, key)])) as Readonly<
  Record<CsvColumn, Text>
>;

/** Units of the plain numbers in it: a share is a number from 0 to 1. */
export const CSV_UNITS = {
  min: text('分钟', 'min'),
  s: text('秒', 's'),
  h: text('小时', 'h'),
  days: text('天', 'days'),
  ratio: text('比值', 'ratio'),
  count: text('个', 'count'),
};
