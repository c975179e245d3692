import { cleanWords } from '../../net/words.ts';
import { LANGUAGES, text, type Text } from '../../report/language.ts';
import { oneOf } from '../refusal-words.ts';

/** Why a report is not to be had, each reason in all languages side by side: one line. */
export const REPORT_REFUSALS = {
  otherParameter: (keys: readonly string[], got: string): Text =>
    text(
      `地址中应只有参数 ${keys.join('、')}，而不是 ${quoted(got)}`,
      `expected no other parameters than ${keys.join(', ')}, got ${quoted(got)}`,
    ),
  onlySystem: text('地址中应只有一个参数 system', 'expected system, once, and no other parameter'),
  twice: (key: string, times: number): Text =>
    text(`${key}：应只有一个值，而不是 ${times} 个`, `${key}: expected one value, got ${times}`),
  month: (got: string | null): Text =>
    text(`月份：应为 2026-10 这样的月份，${gotZh(got)}`, `month: expected a month such as 2026-10, got ${quoted(got)}`),
  revision: (got: string): Text =>
    text(`版次：应为不小于 1 的整数，${gotZh(got)}`, `revision: expected a number from 1 on, got ${quoted(got)}`),
  lang: (got: string): Text =>
    text(
      `语言：应为 ${LANGUAGES.join(' 或 ')}，${gotZh(got)}`,
      `lang: expected ${LANGUAGES.join(' or ')}, got ${quoted(got)}`,
    ),
  system: (systems: readonly string[], got: string | null): Text =>
    text(`系统：应为 ${oneOf(systems).zh}，${gotZh(got)}`, `system: expected ${oneOf(systems).en}, got ${quoted(got)}`),
  noReport: text('没有这份报告', 'there is no such report'),
  /** `what`: one of those below. */
  notNow: (what: Text, why: Text): Text =>
    text(
      `现在无法提供${what.zh}：${why.zh}。请稍后重试。`,
      `The ${what.en} could not be computed now: ${why.en}. Expected: one when asked again.`,
    ),
  report: text('报告', 'report'),
  pdf: text('PDF', 'PDF'),
  evidence: text('证据', 'evidence'),
  inTheLog: text('原因见监测程序的日志', 'the log of the agent says why'),
  manyReaders: (readers: number): Text =>
    text(
      `现在无法提供证据：已有 ${readers} 人在下载。请稍后重试。`,
      `The evidence is not to be had now: ${readers} others are reading theirs. Expected: one when asked again.`,
    ),
};

function gotZh(got: string | null): string {
  return got === null ? '但没有给出' : `而不是 ${quoted(got)}`;
}

/** Short, and without control characters. */
function quoted(got: string | null): string {
  return got === null ? 'none' : JSON.stringify(cleanWords(got, 60));
}
