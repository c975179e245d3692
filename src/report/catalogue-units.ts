import { COMMA, phrase, text } from './language.ts';

/** Units and signs of figures. */
export const UNITS = {
  comma: COMMA,
  min: phrase(
    (figure: string) => `${figure} 分钟`,
    (figure: string) => `${figure} min`,
  ),
  minutes: phrase(
    (figure: string) => `${figure} 分钟`,
    (figure: string) => `${figure} ${figure === '1' ? 'minute' : 'minutes'}`,
  ),
  s: phrase(
    (figure: string) => `${figure} 秒`,
    (figure: string) => `${figure} s`,
  ),
  h: phrase(
    (figure: string) => `${figure} 小时`,
    (figure: string) => `${figure} h`,
  ),
  days: phrase(
    (figure: string) => `${figure} 天`,
    (figure: string) => `${figure} ${figure === '1' ? 'day' : 'days'}`,
  ),
  ratio: phrase(
    (figure: string) => `${figure}%`,
    (figure: string) => `${figure} %`,
  ),
  /** A difference of two shares. */
  points: phrase(
    (figure: string) => `${figure} 个百分点`,
    (figure: string) => `${figure} % points`,
  ),
  atLeast: phrase(
    (figure: string) => `≥ ${figure}`,
    (figure: string) => `≥ ${figure}`,
  ),
  atMost: phrase(
    (figure: string) => `≤ ${figure}`,
    (figure: string) => `≤ ${figure}`,
  ),
  /** The same or more of it in parentheses. */
  beside: phrase(
    (figure: string, more: string) => `${figure}（${more}）`,
    (figure: string, more: string) => `${figure} (${more})`,
  ),
  colon: text('：', ': '),
  semicolon: text('；', '; '),
};
