import { text, type Text } from '../report/language.ts';

/** Why something is refused is its status at once. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 413 | 421 | 422 | 500 | 503;

/** What stands above the reason. */
export const REFUSAL_TITLES: Readonly<Record<RefusalStatus, Text>> = {
  400: text('地址有误', 'The address is not right'),
  401: text('需要授权', 'Not without a token'),
  403: text('不予执行', 'Refused'),
  404: text('未找到', 'Not found'),
  405: text('不支持这种请求', 'Not asked this way'),
  413: text('内容过长', 'Too long'),
  421: text('名称不符', 'Not known under this name'),
  422: text('内容有误', 'Not as expected'),
  500: text('出错了', 'Something failed here'),
  503: text('暂时无法提供', 'Not to be had now'),
};

/** What the whole listener refuses, each reason in all languages side by side. */
export const REFUSALS = {
  noPage: text('没有这个页面。', 'There is no such page.'),
  notMade: text('页面无法生成，原因见监测程序的日志。', 'The page could not be made; the log of the agent says why.'),
  tooLong: text('提交的内容超过了本页表单的上限。', 'What was sent is too long for a form of these pages.'),
  otherName: text(
    '监测程序不以此名称应答：请使用其监听的地址，或将该名称加入 agent.host_names。',
    'This agent is not known under that name: ask for it by the address it listens on, or add the name to agent.host_names.',
  ),
  onlyReading: text('只回应 GET 和 HEAD。', 'Only GET and HEAD are answered.'),
  otherOrigin: text(
    '请求来自其他网站的页面：请打开监测程序的页面，从那里提交。',
    'This was sent from another page than one of this agent: go to the page and send it from there.',
  ),
  foreignPage: text(
    '此内容不能嵌入其他页面：请打开该月份的页面，从那里下载。',
    'This is not to be shown in another page: go to the page of the month and take it from there.',
  ),
  metricsClosed: text(
    '/metrics 未开放：请以 Authorization: Bearer TOKEN 提供 agent.metrics_token 的令牌。',
    '/metrics is closed: bring the token of agent.metrics_token as Authorization: Bearer TOKEN.',
  ),
  notYours: (systems: Text): Text => text(`系统：应为 ${systems.zh}`, `system: expected ${systems.en}`),
};

/** `"hq" or "web"`. */
export function oneOf(names: readonly string[]): Text {
  const quoted = names.map((name) => JSON.stringify(name));
  return text(quoted.join(' 或 '), quoted.join(' or '));
}
