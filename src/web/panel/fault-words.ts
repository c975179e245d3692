import type { FaultName } from '../../sandbox/faults.ts';
import { text, type Text } from '../../report/language.ts';

/** Where in the mail system a fault sits, in the order that a letter meets them. */
export const WAYS = ['submission', 'mx', 'queue', 'imap', 'pop3', 'webmail', 'tls'] as const;
export type Way = (typeof WAYS)[number];

export const WAY_NAMES: Readonly<Record<Way, Text>> = {
  submission: text('提交（发信）', 'Submission: where people send'),
  mx: text('MX（收外来邮件）', 'MX: where others deliver'),
  queue: text('队列', 'Queue: between its doors'),
  imap: text('IMAP', 'IMAP'),
  pop3: text('POP3', 'POP3'),
  webmail: text('网页邮箱', 'Webmail'),
  tls: text('TLS 证书', 'TLS'),
};

/** A fault in the words of a person; one that lacks them does not compile. */
export const FAULT_WORDS: Readonly<Record<FaultName, { readonly way: Way; readonly what: Text }>> = {
  'submission-down': { way: 'submission', what: text('两个提交端口都关闭', 'Both ports are closed') },
  'refuse-auth': { way: 'submission', what: text('所有登录都被拒绝（535）', 'Every login is refused with 535') },
  'mx-down': { way: 'mx', what: text('端口关闭', 'The port is closed') },
  greylist: {
    way: 'mx',
    what: text(
      '灰名单：首次投递后的这段时间内一律暂拒（450）',
      'A letter is put off with 450 for this long after its first attempt',
    ),
  },
  'refuse-rcpt': {
    way: 'mx',
    what: text('所有收件人都被暂拒（450），提交也是', 'Every recipient is put off with 450, at submission too'),
  },
  'refuse-data': {
    way: 'mx',
    what: text(
      '信件传完后被暂拒（451），提交也是',
      'A letter is put off with 451 after it was sent, at submission too',
    ),
  },
  hold: {
    way: 'queue',
    what: text('已受理的邮件都留在队列里，解除后放行', 'Accepted mail stays in it until this is off'),
  },
  'delivery-delay': { way: 'queue', what: text('邮件等待这么久才进入邮箱', 'Mail waits this long for its mailbox') },
  'relay-delay': {
    way: 'queue',
    what: text('外发邮件等待这么久才转出', 'Outgoing mail waits this long to be relayed'),
  },
  discard: { way: 'queue', what: text('邮件受理后被丢弃，没有任何通知', 'Mail is accepted and thrown away') },
  bounce: { way: 'queue', what: text('邮件受理后被退回', 'Mail is accepted and returned to its sender') },
  duplicate: { way: 'queue', what: text('每封邮件都送出两份', 'Every letter comes out twice') },
  junk: { way: 'queue', what: text('邮件被放入垃圾邮件文件夹', 'Mail is filed in Junk') },
  'imap-refused': { way: 'imap', what: text('端口关闭', 'The port is closed') },
  'imap-frozen': {
    way: 'imap',
    what: text('接受连接，但什么也不回答', 'Connections are accepted, and nothing is answered'),
  },
  'imap-slow': {
    way: 'imap',
    what: text('问候和每个回答都晚这么久', 'The greeting and every answer come this much later'),
  },
  'pop3-refused': { way: 'pop3', what: text('端口关闭', 'The port is closed') },
  'webmail-503': { way: 'webmail', what: text('页面回答 503', 'The page answers 503') },
  'webmail-text': { way: 'webmail', what: text('页面只显示这段文字', 'The page says this instead') },
  'certificate-name': {
    way: 'tls',
    what: text('证书上的名称是 mail.elsewhere.example', 'The certificate is for mail.elsewhere.example'),
  },
  'certificate-expired': { way: 'tls', what: text('证书昨天已过期', 'The certificate expired yesterday') },
};

/** What to try first, and what to look at then. Each is one fault, switched on as it is without a value unless one is given. */
export const GUIDE: readonly {
  readonly fault: FaultName;
  readonly value?: string;
  readonly title: Text;
  readonly watch: Text;
}[] = [
  {
    fault: 'mx-down',
    title: text('关闭 MX 端口', 'Close the MX'),
    watch: text(
      '三秒内检查 mx 失败，随即再试一次，两次都失败才判为故障；外来邮件进不来，系统即为中断。解除后，本月的中断时间增加了这一段，并给出上下界：变化发生在两次访问之间的某处。',
      'Within 3 s the check mx fails, is tried again at once, and only then turns bad: nobody can write to the system, so it is not connected. Switch it off: the month has that much more down time, with a least and a most, for the change lay somewhere between two visits.',
    ),
  },
  {
    fault: 'hold',
    title: text('把邮件扣在队列里', 'Hold the mail back'),
    watch: text(
      '检查都正常，而探测邮件一直在途：晚到不等于丢失。约 15 秒后邮路变为未监测：既不算正常，也不算故障。解除后邮件陆续出现，延迟是真实的时长。',
      'All checks are good, and yet the probes stay on their way: late is not lost. After some 15 s the routes are unmeasured, which is neither up nor down. Switch it off: the letters come out, each with the delay that it truly had.',
    ),
  },
  {
    fault: 'webmail-503',
    title: text('让网页邮箱出错', 'Break the webmail'),
    watch: text(
      '检查 webmail 变为故障，并写出服务器的原话；用户仍可通过 IMAP 和 POP3 打开邮箱，因此按合同系统仍可收发。',
      "The check webmail turns bad, with the server's own words. People can still open their mailbox by IMAP and POP3, so by the contract the system stays connected.",
    ),
  },
  {
    fault: 'greylist',
    title: text('灰名单', 'Put strangers off for 10 s'),
    watch: text(
      '450 是回答，不是中断：监测程序像任何邮件服务器一样稍后再来，邮件随后被受理。检查和连通状态都不变，被暂拒的时间另外记录。',
      'A 450 is an answer and no outage: the agent comes again like any mail server and is let in. The state stays good, and the time of being put off is a figure of its own.',
    ),
  },
  {
    fault: 'junk',
    title: text('把邮件放进垃圾邮件文件夹', 'File all mail as junk'),
    watch: text(
      '邮件算作已送达，同时注明误入垃圾邮件：事件中写明文件夹。',
      'Mail counts as delivered, and as misfiled: the events name the folder.',
    ),
  },
  {
    fault: 'certificate-expired',
    title: text('让证书过期', 'Let the certificate expire'),
    watch: text(
      '凡是验证证书的入口都变为故障，原因相同；网页邮箱在沙箱里不用 TLS，仍然正常。',
      'Every way in that is checked by its certificate turns bad, for the same reason. The webmail page of the sandbox has no TLS and stays good.',
    ),
  },
];
