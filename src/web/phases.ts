import type { Phase } from '../probe/visit.ts';
import { text, type Text } from '../report/language.ts';

/** The stages of a dialogue. */
export const PHASES: Readonly<Record<Phase, Text>> = {
  dns: text('域名解析', 'dns'),
  connect: text('连接', 'connect'),
  tls: text('TLS', 'tls'),
  greeting: text('问候', 'greeting'),
  ehlo: text('EHLO', 'ehlo'),
  starttls: text('STARTTLS', 'starttls'),
  auth: text('登录', 'auth'),
  mail: text('MAIL', 'mail'),
  rcpt: text('RCPT', 'rcpt'),
  data: text('DATA', 'data'),
  accept: text('受理', 'accept'),
  rset: text('RSET', 'rset'),
  select: text('打开邮箱', 'select'),
  fetch: text('读取', 'fetch'),
  stat: text('STAT', 'stat'),
  request: text('请求', 'request'),
  body: text('正文', 'body'),
  quit: text('退出', 'quit'),
};
