import type { Measure } from '../config/contract.ts';
import type { GapReason, RecordKind } from '../facts/facts.ts';
import type { CheckName } from '../lib/check-names.ts';
import type { NotableMessage } from '../sla/report.ts';
import { type Text, phrase, text } from './language.ts';

type MetricName =
  | 'down_minutes'
  | 'availability'
  | 'minutes'
  | 'fault_free_days'
  | 'coverage'
  | 'mean_s'
  | 'max_s'
  | 'exceedances'
  | 'added_mean_s'
  | 'missed'
  | 'tried'
  | 'error_rate'
  | 'late'
  | 'unanswered'
  | 'max_gap_days'
  | 'mismatches'
  | 'min_kept_days'
  | 'max_gap_hours'
  | 'max_full_gap_days'
  | 'restore_failures';

const metric: Readonly<Record<MetricName, Text>> = {
  down_minutes: text('中断时间', 'down time'),
  availability: text('可用率', 'availability'),
  minutes: text('总历时', 'total time'),
  fault_free_days: text('无故障天数', 'fault-free days'),
  coverage: text('监测覆盖率', 'measured share'),
  mean_s: text('平均值', 'mean'),
  max_s: text('最大值', 'longest'),
  exceedances: text('超限封数', 'messages above the maximum'),
  added_mean_s: text('平均增加的时延', 'mean added delay'),
  missed: text('漏检封数', 'not caught'),
  tried: text('测试封数', 'tried'),
  error_rate: text('差错率', 'error rate'),
  late: text('逾期件数', 'late cases'),
  unanswered: text('无应答次数', 'not answered'),
  max_gap_days: text('最长更新间隔', 'longest gap between updates'),
  mismatches: text('不符项数', 'settings that differ'),
  min_kept_days: text('最短保存天数', 'shortest time kept'),
  max_gap_hours: text('最长备份间隔', 'longest gap between backups'),
  max_full_gap_days: text('最长全量备份间隔', 'longest gap between full backups'),
  restore_failures: text('恢复失败次数', 'failed restores'),
};

const measure: Readonly<Record<Measure, Text>> = {
  downtime: text('中断', 'down time'),
  fault: text('故障', 'faults'),
  adjustment: text('调整', 'adjustment'),
  fault_days: text('故障日', 'fault days'),
  coverage: text('监测覆盖', 'measuring'),
  send_delay: text('发送延迟', 'send delay'),
  receive_delay: text('接收延迟', 'receive delay'),
  attachment_delay: text('附件时延', 'delay by attachments'),
  spam_caught: text('垃圾邮件拦截', 'spam caught'),
  virus_caught: text('病毒拦截', 'viruses caught'),
  billing: text('计费', 'billing'),
  page_load: text('网页打开时间', 'page opening time'),
  opening: text('业务开通', 'opening of service'),
  'spam-case': text('垃圾邮件个案', 'spam cases'),
  complaint: text('投诉', 'complaints'),
  'server-list': text('垃圾邮件服务器名单', 'spam-server lists'),
  blocklist: text('拒收名单', 'refusal lists'),
  'service-contact': text('服务联络', 'contacts'),
  definitions: text('病毒库更新', 'virus definitions'),
  setting: text('配置核对', 'settings'),
  'account-lock': text('锁定账户', 'locked accounts'),
  backup: text('备份', 'backups'),
};

const check: Readonly<Record<CheckName, Text>> = {
  submission: text('客户端发信', 'submission'),
  mx: text('收信入口（MX）', 'MX'),
  outbound: text('外发邮件', 'outbound mail'),
  inbound: text('外来邮件', 'inbound mail'),
  internal: text('内部邮件', 'internal mail'),
  imap: text('IMAP', 'IMAP'),
  pop3: text('POP3', 'POP3'),
  webmail: text('网页邮箱', 'webmail'),
};

/** The words of failures that probes book; one that is not here is printed as it stands. */
const cause: Readonly<Record<string, Text>> = {
  dns: text('域名无法解析', 'the name did not resolve'),
  connect: text('无法建立连接', 'no connection'),
  closed: text('对方切断连接', 'the connection was cut'),
  timeout: text('超时无应答', 'no answer in time'),
  tls: text('加密协商失败', 'TLS failed'),
  certificate: text('证书无效', 'the certificate is not valid'),
  auth: text('登录被拒绝', 'the login was refused'),
  refused: text('请求被拒绝', 'the request was refused'),
  protocol: text('应答不合协议', 'the answer was none of the protocol'),
  status: text('网页状态异常', 'the web page answered with another status'),
  text: text('网页内容异常', 'the web page was not the expected one'),
  bounced: text('邮件被退回', 'a message bounced'),
  lost: text('邮件丢失', 'a message was lost'),
  late: text('邮件未在时限内送达', 'messages were not out in time'),
  waiting: text('邮件仍未送达', 'messages are still not out'),
};

const gap: Readonly<Record<GapReason | 'pending', Text>> = {
  stopped: text('监测程序停止', 'the agent was stopped'),
  'own-line': text('监测方自身线路中断', 'the line of the agent was down'),
  suspend: text('监测主机休眠', 'the machine of the agent slept'),
  clock: text('监测主机时钟被调整', 'the clock of the agent was set'),
  overload: text('监测主机过载', 'the machine of the agent was overloaded'),
  sink: text('监测方收信端未运行', 'the receiving end of the agent was down'),
  pending: text('邮件尚在途中', 'messages are on their way'),
};

const kind: Readonly<Record<RecordKind | 'year-to-date', Text>> = {
  billing: text('计费', 'billing'),
  'page-load': text('网页打开', 'page opening'),
  opening: text('业务开通', 'opening'),
  'spam-case': text('垃圾邮件个案', 'spam case'),
  complaint: text('投诉', 'complaint'),
  'server-list': text('服务器名单', 'server list'),
  blocklist: text('拒收名单', 'refusal list'),
  'service-contact': text('服务联络', 'contact'),
  definitions: text('病毒库', 'virus definitions'),
  setting: text('配置', 'setting'),
  'account-lock': text('账户锁定', 'account lock'),
  backup: text('备份', 'backup'),
  'year-to-date': text('本年截至上月', 'the year so far'),
};

/** Keys of records. */
const field: Readonly<Record<string, Text>> = {
  replaces: text('更正', 'replaces'),
  customers: text('计费客户数', 'customers billed'),
  wrong: text('差错客户数', 'billed wrongly'),
  profile: text('接入方式', 'line'),
  seconds: text('秒', 'seconds'),
  domain: text('域名', 'domain'),
  paid_at: text('付款确认', 'paid'),
  opened_at: text('开通', 'opened'),
  told_at: text('告知客户', 'customer told'),
  started_at: text('开始', 'started'),
  done_at: text('办结', 'done'),
  what: text('事由', 'what'),
  channel: text('渠道', 'channel'),
  answered: text('有应答', 'answered'),
  updated_at: text('更新', 'updated'),
  name: text('名称', 'name'),
  expected: text('约定', 'expected'),
  found: text('实际', 'found'),
  locked_at: text('锁定', 'locked'),
  deleted_at: text('删除', 'deleted'),
  level: text('级别', 'level'),
  finished_at: text('完成', 'finished'),
  ok: text('成功', 'good'),
  oldest_kept_at: text('最早保存', 'oldest kept'),
  restored_ok: text('恢复成功', 'restored'),
  from: text('起', 'from'),
  to: text('止', 'to'),
  fault_days: text('故障日', 'fault days'),
  unmeasured_days: text('未监测日', 'unmeasured days'),
};

/** Words that stand as values of those keys. */
const value: Readonly<Record<string, Text>> = {
  true: text('是', 'yes'),
  false: text('否', 'no'),
  own: text('客户自有域名', 'own'),
  new: text('新申请域名', 'new'),
  broadband: text('宽带', 'broadband'),
  narrowband: text('窄带', 'narrowband'),
  full: text('全量', 'full'),
  incremental: text('增量', 'incremental'),
};

/** Figures of a report that may change from one revision to the next. */
const figure: Readonly<Record<string, Text>> = {
  ...metric,
  verdict: text('结论', 'verdict'),
  verdict_on_measured: text('按已监测数据的结论', 'verdict on what was measured'),
  reason: text('未决原因', 'why it is open'),
  best: text('最好情形', 'at best'),
  worst: text('最坏情形', 'at worst'),
  limit: text('限值', 'limit'),
  op: text('比较方式', 'comparison'),
  governs: text('是否计入结论', 'governs the verdict'),
  outages: text('中断时段', 'outages'),
  transients: text('首次尝试单独失败的次数', 'first attempts that failed alone'),
  notable: text('单独列出的邮件', 'messages listed one by one'),
  duplicates: text('重复投递', 'duplicates'),
  exceedances_least: text('超限封数下界', 'messages above the maximum, least'),
  exceedances_most: text('超限封数上界', 'messages above the maximum, most'),
  fault_days: text('故障日', 'fault days'),
  unmeasured_days: text('未监测日', 'unmeasured days'),
  unmeasured_stretches: text('未监测时段', 'stretches not measured'),
  month_minutes: text('当月总分钟数', 'minutes of the month'),
  contract: text('合同', 'contract'),
  timezone: text('时区', 'time zone'),
  value: text('测得值', 'measured value'),
  least: text('下界', 'least'),
  most: text('上界', 'most'),
  gross: text('除外前的数值', 'value before exclusions'),
  excluded: text('除外', 'taken out'),
  unmeasured: text('未监测', 'not measured'),
  would_be: text('待批准的除外若计入', 'value if what awaits approval counted'),
  gross_mean_s: text('除外前的平均时延', 'mean delay before exclusions'),
  gross_exceedances: text('除外前超过最大时限的邮件', 'messages above the maximum before exclusions'),
  would_be_exceedances: text(
    '超过最大时限的邮件（待批准的除外若计入）',
    'messages above the maximum if what awaits approval counted',
  ),
  would_be_verdict: text('结论（待批准的除外若计入）', 'verdict if what awaits approval counted'),
  n: text('样本数', 'number computed from'),
  lost: text('丢失', 'lost'),
  pending: text('在途', 'on their way'),
  unmeasured_minutes: text('未监测分钟数', 'minutes not measured'),
  provisional: text('暂定', 'provisional'),
  exclusions: text('除外时段', 'exclusions'),
  records: text('记录', 'records'),
  remedy: text('补偿', 'remedies'),
};

/** Remedies where the contract gives no words of its own. */
const remedy: Readonly<Record<string, Text>> = {
  'double-service-time': text('当月服务时间加倍补偿', 'double service time for the month'),
  'month-free': text('免收当月服务费', 'the month free of charge'),
};

const notable: Readonly<Record<NotableMessage['why'], Text>> = {
  over: text('超过最大时限', 'above the maximum'),
  lost: text('丢失', 'lost'),
  bounced: text('被退回', 'bounced'),
  late: text('到达时已按丢失计', 'came when it already counted as lost'),
  waiting: text('仍未到达，等待已超过最大时限', 'still waiting, longer than the maximum already'),
};

export const NAMES = {
  metric,
  measure,
  check,
  cause,
  gap,
  kind,
  field,
  value,
  figure,
  remedy,
  notable,
  exceedancesOver: phrase(
    (limit: string) => `超过 ${limit}的封数`,
    (limit: string) => `messages above ${limit}`,
  ),
};
