import { phrase, text, type Text } from '../report/language.ts';

/** What a store lacks for a month or for one of its revisions. Plain data, for it crosses over from a thread. */
export interface Lacking {
  readonly of: 'month' | 'revision';
  readonly expected: Text;
  readonly got: Text;
}

/** Instants as they are shown. */
export const LACKING = {
  purged: (month: string, at: string): Lacking => ({
    of: 'month',
    expected: text('邮件数据仍在数据存储中的月份', 'a month whose messages are in the store'),
    got: text(
      `${month}，其邮件数据已于 ${at} 清除，以其定稿报告为准`,
      `${month}, whose messages were purged at ${at}; its closed report answers for it`,
    ),
  }),
  noData: (system: string): Lacking => ({
    of: 'month',
    expected: text('数据存储中有数据的系统', 'a system that the store has data of'),
    got: text(`${system}，尚无任何数据`, `${system}, of which it has none`),
  }),
  before: (month: string, system: string, since: string): Lacking => ({
    of: 'month',
    expected: text('数据存储中有数据的月份', 'a month that the store has data of'),
    got: text(`${month}；${system} 的数据始于 ${since}`, `${month}; of ${system} it has data since ${since}`),
  }),
  notBegun: (month: string, until: string): Lacking => ({
    of: 'month',
    expected: text('已经开始的月份', 'a month that has begun'),
    got: text(`${month}；数据存储的最后写入时间为 ${until}`, `${month}; the store was last written to at ${until}`),
  }),
  /** `closed`: how many revisions there are. */
  noRevision: (month: string, asked: number, closed: number): Lacking => ({
    of: 'revision',
    expected: text(`${month} 的某一版（共 ${closed} 版）`, `a revision of ${month} (there are ${closed})`),
    got: text(
      closed === 0 ? `第 ${asked} 版，而 ${month} 尚未定稿` : `第 ${asked} 版`,
      closed === 0 ? `${asked} of ${month}, which was not closed` : String(asked),
    ),
  }),
  noKeptEvidence: (asked: number, engine: string): Lacking => ({
    of: 'revision',
    expected: text('数据存储中留有其证据的版次', 'a revision whose evidence the store keeps'),
    got: text(`第 ${asked} 版，由 ${engine} 定稿，未留存证据`, `${asked}, which version ${engine} closed without it`),
  }),
} as const;

const NAMES = { month: text('月份', 'month'), revision: text('版次', 'revision') };
const SENTENCE = phrase(
  (of: string, expected: string, got: string) => `${of}：应为${expected}，而不是 ${got}`,
  (of: string, expected: string, got: string) => `${of}: expected ${expected}, got ${got}`,
);

/** One line that says what was expected and what was asked for. */
export function lackingLine({ of, expected, got }: Lacking): Text {
  return {
    zh: SENTENCE.zh(NAMES[of].zh, expected.zh, got.zh),
    en: SENTENCE.en(NAMES[of].en, expected.en, got.en),
  };
}
