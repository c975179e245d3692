import { phrase, text } from './language.ts';

/** Texts of charts that are images of their own. */
export const CHART = {
  overTime: phrase(
    (route: string) => `${route}：延迟随时间变化`,
    (route: string) => `${route}: delay over time`,
  ),
  spread: phrase(
    (route: string) => `${route}：延迟分布`,
    (route: string) => `${route}: how often which delay`,
  ),
  words: phrase(
    (n: number, median: string, p95: string, most: string) =>
      `${n} 封，中位数 ${median}，95 % 以内 ${p95}，最大 ${most}`,
    (n: number, median: string, p95: string, most: string) =>
      `${n} came out, median ${median}, p95 ${p95}, max ${most}`,
  ),
  above: phrase(
    (limit: string) => `超过 ${limit}`,
    (limit: string) => `above ${limit}`,
  ),
  noMail: text('这段时间没有邮件送达。', 'Nothing came out in that time.'),
};
