import type { DayKind } from '../../month/history.ts';
import type { Reachability } from '../../probe/live-state.ts';
import type { Outcome } from '../../probe/probe.ts';
import { count, phrase, text, type Text } from '../../report/language.ts';
import { PHASES } from '../phases.ts';

const state: Readonly<Record<Reachability, Text>> = {
  good: text('正常', 'good'),
  bad: text('故障', 'bad'),
  unmeasured: text('未监测', 'unmeasured'),
};

const connected: Readonly<Record<Reachability, Text>> = {
  good: text('可收发', 'connected'),
  bad: text('中断', 'not connected'),
  unmeasured: text('未监测', 'unmeasured'),
};

const day: Readonly<Record<DayKind, Text>> = {
  good: text('正常', 'good'),
  fault: text('有中断', 'fault'),
  unmeasured: text('未全部监测', 'not measured in full'),
  excluded: text('有除外时段', 'excluded in part'),
};

const outcome: Readonly<Record<Outcome, Text>> = {
  pending: text('在途', 'on its way'),
  refused: text('被拒收', 'refused'),
  unreachable: text('无法提交', 'unreachable'),
  uncertain: text('是否受理不明', 'uncertain'),
  relayed: text('已转出', 'relayed'),
  delivered: text('已送达', 'delivered'),
  bounced: text('被退回', 'bounced'),
  lost: text('丢失', 'lost'),
  void: text('作废（监测方原因）', 'void: our own side'),
};

const sighting: Readonly<Record<'contact' | 'copy' | 'visible' | 'bounce', Text>> = {
  contact: text('邮件系统连接到监测方', 'the mail system came to our sink'),
  copy: text('监测方收到一份', 'our sink took a copy'),
  visible: text('邮箱中可见', 'visible in the mailbox'),
  bounce: text('退信', 'bounced'),
};

/** Every text of these pages, each in all languages side by side: one that lacks a language does not compile. */
export const WORDS = {
  state,
  connected,
  day,
  outcome,
  phase: PHASES,
  sighting,
  asOf: text('截至', 'as of'),
  again: phrase(
    (seconds: number) => `每 ${seconds} 秒更新`,
    (seconds: number) => `again every ${seconds} s`,
  ),
  stopRefresh: text('停止自动更新', 'stop renewing'),
  startRefresh: text('自动更新', 'renew by itself'),
  stale: text('监测程序没有应答：以下内容已过时。', 'The agent does not answer: what stands below is old.'),
  otherLanguage: text('English', '中文'),
  metrics: text('指标', 'metrics'),
  pages: text('页面', 'pages'),
  skip: text('跳到正文', 'skip to content'),
  signIn: text('登录', 'sign in'),
  signOut: text('退出登录', 'sign out'),
  overview: text('总览', 'overview'),
  exclusions: text('除外时段', 'exclusions'),
  records: text('记录', 'records'),
  sandbox: text('沙箱', 'sandbox'),
  notMeasuring: text(
    '监测程序目前没有正常监测，以下内容可能已过时。',
    'The agent is not measuring as it should. What it shows below may be old.',
  ),
  unmeasuredSince: phrase(
    (since: string, why: string) => `自 ${since} 起未监测：${why}`,
    (since: string, why: string) => `unmeasured since ${since}: ${why}`,
  ),
  storeWaits: text('数据存储写不进去，记录暂留内存', 'what was measured is in memory only'),
  storeClosed: text('数据存储未打开：没有任何记录', 'the store is not open: nothing is recorded'),
  sinkDeaf: text('监测方收信端未监听', 'the sink does not listen'),
  notJudged: text('尚未判定，正在进行首次访问', 'not judged yet: the first visits are under way'),
  days: phrase(
    (n: number) => `${n} 天`,
    (n: number) => count(n, 'day', 'days'),
  ),
  since: phrase(
    (length: string) => `已持续 ${length}，起于`,
    (length: string) => `for ${length}, since`,
  ),
  ago: phrase(
    (length: string) => `${length}前`,
    (length: string) => `${length} ago`,
  ),
  thisMonth: phrase(
    (month: string) => `${month} 月至今`,
    (month: string) => `${month} so far`,
  ),
  noMonth: text('本月数据尚未算出。', 'The figures of this month are not computed yet.'),
  down: text('中断', 'Down'),
  ofBudget: phrase(
    (down: string, budget: string) => `${down}，限额 ${budget}`,
    (down: string, budget: string) => `${down} of ${budget} allowed`,
  ),
  between: phrase(
    (low: string, high: string) => `介于 ${low} 与 ${high} 之间`,
    (low: string, high: string) => `between ${low} and ${high}`,
  ),
  withBounds: phrase(
    (estimate: string, least: string, most: string) => `${estimate}（${least} 至 ${most}）`,
    (estimate: string, least: string, most: string) => `${estimate} (${least} to ${most})`,
  ),
  left: phrase(
    (length: string) => `剩余 ${length}`,
    (length: string) => `${length} left`,
  ),
  overspent: phrase(
    (length: string) => `已超出 ${length}`,
    (length: string) => `${length} too much`,
  ),
  notMeasured: phrase(
    (length: string) => `未监测 ${length}`,
    (length: string) => `not measured: ${length}`,
  ),
  takenOut: phrase(
    (length: string) => `除外 ${length}`,
    (length: string) => `excluded: ${length}`,
  ),
  computedAt: phrase(
    (length: string) => `数据截至 ${length}前`,
    (length: string) => `known up to ${length} ago`,
  ),
  noDownData: text('没有中断数据', 'no data on down time'),
  downBar: text('本月中断与限额', 'down time of the month against what is allowed'),
  direction: text('方向', 'direction'),
  send: text('发送', 'send'),
  receive: text('接收', 'receive'),
  latest: text('最近', 'now'),
  mean: text('平均', 'mean'),
  p95: text('95 % 以内', 'p95'),
  most: text('最大', 'max'),
  median: text('中位数', 'median'),
  aboveLimit: text('超过时限', 'above the limit'),
  lost: text('丢失', 'lost'),
  delays: text('延迟', 'Delays'),
  open: phrase(
    (n: number, oldest: string) => `在途探测邮件 ${n} 封${oldest === '' ? '' : `，最早的已 ${oldest}`}`,
    (n: number, oldest: string) => `Open probes: ${n}${oldest === '' ? '' : `, the oldest for ${oldest}`}`,
  ),
  verdicts: text('本月结论', 'Verdicts of the running month'),
  clause: phrase(
    (id: string) => `第 ${id} 条`,
    (id: string) => `clause ${id}`,
  ),
  reports: text('报告：', 'Reports:'),
  soFar: text('（进行中）', 'so far'),
  closed: text('（已结）', 'closed'),
  systemsTroubled: phrase(
    (bad: number, all: number) => `${all} 个系统中 ${bad} 个有异常：`,
    (bad: number, all: number) => `${bad} of ${all} systems ${bad === 1 ? 'has' : 'have'} trouble: `,
  ),
  systemsUnmeasured: phrase(
    (n: number, all: number) => `${all} 个系统中 ${n} 个未监测：`,
    (n: number, all: number) => `${n} of ${all} systems ${n === 1 ? 'is' : 'are'} not measured: `,
  ),
  systemsWell: phrase(
    (all: number) => `${all} 个系统均可收发，无异常`,
    (all: number) => `All ${all} systems are connected and without trouble`,
  ),
  trouble: text('异常', 'What is wrong'),
  more: phrase(
    (n: number) => `另有 ${n} 项`,
    (n: number) => `and ${n} more`,
  ),
  details: text('详情', 'details'),
  mailbox: text('邮箱', 'mailbox'),
  watching: {
    starting: text('尚未查看', 'starting'),
    up: text('监视中', 'watched'),
    down: text('无法监视', 'not watched'),
  },
  lastEvents: text('最近事件', 'Last events'),
  none: text('暂无', 'none yet'),
  checks: text('检查', 'Checks'),
  routes: text('邮路', 'Routes'),
  mailboxes: text('邮箱', 'Mailboxes'),
  notVisited: text('尚未访问', 'not visited yet'),
  nothingOut: text('尚无邮件送达', 'nothing came out yet'),
  lastDelay: text('最近延迟', 'last delay'),
  visit: phrase(
    (length: string) => `访问用时 ${length}`,
    (length: string) => `visit of ${length}`,
  ),
  secondAttempt: text('第二次尝试成功；第一次：', 'good at the second attempt; the first:'),
  waterfall: text('各阶段用时', 'phases of the last visit'),
  lastSend: phrase(
    (length: string, ago: string) => `最近一次投递用时 ${length}（${ago}前）`,
    (length: string, ago: string) => `last attempt to send: ${length} (${ago} ago)`,
  ),
  pastDays: text('最近 90 天', 'The last 90 days'),
  noHistory: text('历史数据现在无法读取。', 'What is behind could not be read now.'),
  minutesOf: phrase(
    (down: string, unmeasured: string, excluded: string) => `中断 ${down}，未监测 ${unmeasured}，除外 ${excluded}`,
    (down: string, unmeasured: string, excluded: string) =>
      `down ${down}, not measured ${unmeasured}, excluded ${excluded}`,
  ),
  zone: phrase(
    (zone: string) => `时区 ${zone}`,
    (zone: string) => `time zone ${zone}`,
  ),
  lastDays: phrase(
    (days: number) => `最近 ${days} 天`,
    (days: number) => (days === 1 ? 'last day' : `last ${days} days`),
  ),
  probes: text('最近的探测邮件', 'The last probes'),
  probe: text('探测邮件', 'Probe'),
  route: text('邮路', 'route'),
  launched: text('发出', 'launched'),
  accepted: text('受理', 'accepted'),
  relayed: text('转出', 'relayed'),
  visible: text('可见', 'visible'),
  unseenUntil: text('此前确认未见', 'surely not there until'),
  settled: text('办结', 'ended'),
  delay: text('延迟', 'delay'),
  folder: text('文件夹', 'folder'),
  misfiled: text('误入垃圾邮件', 'misfiled as junk'),
  copies: text('份数', 'copies'),
  contacts: text('投递尝试', 'attempts to deliver'),
  duplicates: phrase(
    (n: number) => `重复 ${n} 份`,
    (n: number) => `${n} ${n === 1 ? 'duplicate' : 'duplicates'}`,
  ),
  deferral: phrase(
    (attempts: number, length: string) => `先被暂拒 ${attempts} 次，共 ${length}`,
    (attempts: number, length: string) =>
      `put off ${attempts} ${attempts === 1 ? 'time' : 'times'} before, for ${length}`,
  ),
  outcomeName: text('结果', 'outcome'),
  failure: text('失败原因', 'why it failed'),
  refusedCommand: text('被拒绝的命令', 'the command that was refused'),
  laterSightings: text('其他观察', 'What else was seen'),
  hops: text('经过的主机（Received，从最早到最近）', 'Hops (Received), the first one first'),
  hopsNote: text(
    '这些时间由各主机自己的时钟写下，仅供参考，不参与任何计算。',
    'Their times are of their own clocks: evidence for people, part of no figure.',
  ),
  hopFrom: text('来自', 'from'),
  hopBy: text('由', 'by'),
  hopWith: text('协议', 'with'),
  headers: text('邮件头', 'Headers'),
  transcript: text('对话记录（时间为 UTC）', 'Dialogue (times in UTC)'),
  noDialogue: text('没有保存这封邮件的对话。', 'No dialogue of it was kept.'),
  dayOf: phrase(
    (date: string) => `${date} 当天`,
    (date: string) => `The day ${date}`,
  ),
  dayStrip: text('逐分钟状态', 'minute by minute'),
  toCome: text('尚未到来', 'to come'),
  from: text('起', 'from'),
  to: text('止', 'to'),
  length: text('时长', 'length'),
  what: text('状态', 'state'),
  failures: text('失败的检查', 'What failed'),
  cause: text('原因', 'cause'),
  quietDay: text('这一天没有中断，也没有未监测的时间。', 'Nothing was down on that day, and all of it was measured.'),
  before: text('前一天', 'the day before'),
  after: text('后一天', 'the day after'),
};
