import { phrase, text } from '../../report/language.ts';

/** Every text around a report, each in all languages side by side. */
export const WORDS = {
  about: text('关于本报告', 'About this report'),
  skip: text('跳到报告', 'skip to the report'),
  overview: text('总览', 'overview'),
  otherLanguage: text('English', '中文'),
  revisions: text('版次：', 'Revisions:'),
  revision: phrase(
    (n: number, at: string, provisional: boolean) => `第 ${n} 版（${at} ${provisional ? '暂定' : '定稿'}）`,
    (n: number, at: string, provisional: boolean) => `revision ${n}, ${provisional ? 'provisional, ' : ''}of ${at}`,
  ),
  changes: text('与上一版的差异', 'what changed'),
  noRevision: text('尚未定稿：以下是目前情况的草稿。', 'none yet: below is a draft of how the month stands.'),
  download: text('下载：', 'Download:'),
  evidence: text('证据', 'evidence'),
  evidenceNow: text('（数据存储的当前内容）', '(as the store has it now)'),
  noEvidence: text('证据：本月的邮件数据已清除，不再提供', 'evidence: no more, the messages of this month were purged'),
  print: text('打印', 'print'),
  noChromium: text(
    'PDF：监测方未找到 Chromium，请打开打印页，在浏览器中打印为文件',
    'PDF: the agent found no Chromium, so open the page for print and print it to a file',
  ),
};
