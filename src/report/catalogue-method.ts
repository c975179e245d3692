import type { Measure } from '../config/contract.ts';
import { type Phrase, phrase, text } from './language.ts';

/** What a measure's paragraph may quote from the contract; undefined: the contract file was not given. */
export interface MethodTerms {
  /** What must work together. */
  readonly connected: string | undefined;
  readonly reachWithin: string | undefined;
  readonly lostAfter: string | undefined;
}

type Paragraph = Phrase<[MethodTerms]>;

const plain = (zh: string, en: string): Paragraph =>
  phrase(
    () => zh,
    () => en,
  );

export const METHOD = {
  month: phrase(
    (from: string, to: string, zone: string, minutes: string) =>
      `本月自 ${from} 起，至 ${to} 止（含起点、不含终点），按 ${zone} 时间，共 ${minutes}。`,
    (from: string, to: string, zone: string, minutes: string) =>
      `The month runs from ${from} up to ${to}, the first instant included and the last not, by the time of ${zone}: ${minutes}.`,
  ),
  fixedMonth: phrase(
    (from: string, to: string, zone: string, minutes: string) =>
      `本月自 ${from} 起，至 ${to} 止（含起点、不含终点），按 ${zone} 时间。依合同约定，比例一律以 ${minutes}为一个月计算。`,
    (from: string, to: string, zone: string, minutes: string) =>
      `The month runs from ${from} up to ${to}, the first instant included and the last not, by the time of ${zone}. The contract reckons shares on a month of ${minutes}.`,
  ),
  clock: text(
    '全部时刻均取自监测程序自身的同一时钟：探测邮件由它发出、由它接收、由它在邮箱中查看，其他主机的时钟不进入任何数值。',
    'All instants were read from one clock, that of the measuring agent: it sends the probe messages, receives them and reads them in the mailbox, so no clock of another host enters a figure.',
  ),
  samples: text(
    '服务状态由定时检查得出，检查失败后立即以新连接重试，两次均失败才计为异常。两次检查之间状态变化的确切时刻无从得知，因此每段中断都有最短与最长两个界限，估计值取其中点。仅当界限之内的任何取值都得出同一结论时，才判为达标或未达标，否则为未决。',
    'The state of the service comes from checks at regular intervals. A check that fails is repeated at once over a new connection, and only two failures count. Between two checks the instant of a change is not known, so each outage has a shortest and a longest length, and the estimate takes the middle. A clause is met or missed only where every value within the bounds says the same; else it is open.',
  ),
  unmeasured: text(
    '监测程序自身未能监测的时间，既不算正常，也不算中断，单独列出；若其可能改变结论，该条款为未决。',
    'Time in which the agent itself did not measure is neither good nor down. It is shown by itself, and where it could have changed a verdict, the clause is open.',
  ),
  exclusions: text(
    '计入的除外时段取并集扣除：相互重叠的部分只扣一次，超出本月的部分不计，扣除不及于时段边界之外。需经客户同意的事由，在批准之前不扣除，仅列出批准后的数值。除外只改变数值，不改动监测记录。',
    'Exclusions that count are taken out together: where two overlap, the time is taken out once; none reaches beyond its own edges or those of the month. Under a ground that needs the consent of the customer nothing is taken out before it is given, and the report shows what the figure would be. An exclusion changes a figure, never a measurement.',
  ),
  /** Of all clauses about delays. */
  delays: phrase(
    ({ lostAfter }: MethodTerms) =>
      `时延由探测邮件逐封测得，平均值为全部到达邮件时延的算术平均。${lostAfter === undefined ? '逾期未到' : `受理后 ${lostAfter}仍未到达`}或被退回的邮件按丢失计：计为一次超限，不计入平均值。邮件归属于其被受理的月份，无论何时到达。时延恰等于限值者视为未超过。百分位取最近秩。`,
    ({ lostAfter }: MethodTerms) =>
      `A delay is measured on each probe message; the mean is the sum of the delays of all messages that arrived, divided by their number. A message that bounced or did not come ${lostAfter === undefined ? 'in time' : `within ${lostAfter}`} is lost: it counts as one above the maximum and is not in the mean. A message belongs to the month in which it was accepted, whenever it came. A delay that equals the limit is within it. Percentiles are by nearest rank.`,
  ),
  /** Of all clauses that count what is late. */
  late: text(
    '逾期件数依据人工登记的记录计算；恰在期限届满时办结的不算逾期，已过期限仍未办结的算逾期。工作日按中国法定节假日及调休安排计算，期限至最后一个工作日 24 时止。',
    'Late cases are counted from the records that people entered: one that was done at its deadline is in time, one past its deadline and not done is late. Working days follow the calendar of the PRC with its make-up days; a deadline lasts until 24:00 of the last of them.',
  ),
  rounding: text(
    '累计时间以整毫秒相加并比较；表中所列为四舍五入后的数值，但四舍五入不会使数值越过限值。余量为正表示尚未触及限值，为负表示超出限值的数额。',
    'Times are added and compared in whole milliseconds. Figures are rounded for print, never across a limit. A margin above zero is what was left; below zero it is by how much the limit was missed.',
  ),

  measure: {
    downtime: phrase(
      ({ connected }) =>
        `中断，指邮件不能收发的时间，无论内部或外部、经客户端或网页${connected === undefined ? '' : `；须同时可用的是：${connected}`}。扣除计入的除外时段后，各段相加即为当月中断时间。可用率 ＝（本月时长 − 中断时间）÷ 本月时长；除外与未监测的时间不改变本月时长。`,
      ({ connected }) =>
        `Down is the time in which mail could not be sent or received, inside or outside, by client or web${connected === undefined ? '' : `; what must work together is: ${connected}`}. Exclusions that count are taken out, and what is left is added up. Availability is the length of the month less the down time, divided by the length of the month; neither exclusions nor unmeasured time change that length.`,
    ),
    fault: plain(
      '故障，指联通性中断的时间，不含事先公告并经批准的调整。各段相加即为故障总历时；可用率 ＝（本月时长 − 故障时间）÷ 本月时长。',
      'A fault is time in which connectivity was broken, without adjustments that were announced and approved. Its stretches are added up; availability is the length of the month less the faults, divided by the length of the month.',
    ),
    adjustment: plain(
      '调整，指在开始之前已公告、登记并经批准的维护时段，按整个时段计算，不论期间服务是否中断；重叠部分只算一次。',
      'Adjustment is maintenance that was announced and entered before it began, and approved. The whole windows count, whether the service was down in them or not; overlaps count once.',
    ),
    fault_days: plain(
      '自然日内有任何故障的，该日即为故障日，自一月起累计至本月。未完整监测且未见故障的日期，在最不利情形下按故障日计。',
      'A natural day with any fault is a fault day; they are counted from January to this month. A day that was not measured in full and showed no fault may be one in the worst case.',
    ),
    coverage: plain(
      '监测覆盖率 ＝ 实际监测的时间 ÷ 本月时长。',
      'The measured share is the time that was measured, divided by the length of the month.',
    ),
    send_delay: plain(
      '发送延迟，自邮件系统完整收下邮件（对邮件数据回复 250）起，至其首次向目的地邮局发起传送止。',
      'The send delay runs from the instant at which the mail system had received the message in full (its 250 after the data) to its first contact with the destination.',
    ),
    receive_delay: plain(
      '接收延迟，自邮件系统从来源邮局完整收下邮件（对邮件数据回复 250）起，至收件人可在邮箱中看到该邮件止。',
      'The receive delay runs from the instant at which the mail system had received the message in full from its source (its 250 after the data) to the instant at which the mailbox showed it.',
    ),
    attachment_delay: plain(
      '附件增加的时延 ＝ 带附件的外来探测邮件的平均时延 − 不带附件者的平均时延。',
      'The delay that attachments add is the mean delay of inbound probe messages with an attachment less that of those without.',
    ),
    spam_caught: plain(
      '向邮箱投递测试用垃圾邮件，凡未被拒收且进入收件箱的，计为漏检。',
      'Test messages that look like spam are sent in. One that was not refused and reached the inbox was not caught.',
    ),
    virus_caught: plain(
      '向邮箱投递携带标准病毒测试文件的邮件，凡附件随邮件到达任一文件夹的，计为漏检。',
      'Messages with a standard virus test file are sent in. One that was delivered to any folder with its attachment was not caught.',
    ),
    billing: plain(
      '计费差错率 ＝ 计费差错的客户数 ÷ 当月计费的客户总数，依据人工登记的记录计算。',
      'The billing error rate is the number of customers billed wrongly, divided by all customers billed in the month, from the records that people entered.',
    ),
    page_load: plain(
      '网页打开时间取人工登记的各次测量的算术平均，按接入方式分别计算。',
      'The opening time is the mean of the measurements that people entered, for each kind of line by itself.',
    ),
    opening: plain(
      '开通时间自付款确认起，至业务开通且客户已获告知（以较晚者为准）止，依据人工登记的记录计算。',
      'Opening runs from the confirmed payment until the service is open and the customer was told, whichever is later, from the records that people entered.',
    ),
    'spam-case': plain('垃圾邮件个案自确认之时起算。', 'A spam case runs from its confirmation.'),
    complaint: plain('投诉自受理之时起算。', 'A complaint runs from its receipt.'),
    'server-list': plain('垃圾邮件服务器名单自公布之时起算。', 'A spam-server list runs from its publication.'),
    blocklist: plain(
      '域名或 IP 地址被列入拒收名单的，自列入之时起算。',
      'A listing of the domain or an address on a refusal list runs from the listing.',
    ),
    'service-contact': plain(
      '依据人工登记的联络记录，统计无人应答的次数。',
      'Contacts that were not answered are counted from the records that people entered.',
    ),
    definitions: plain(
      '病毒库更新间隔取相邻两次更新之间、以及末次更新至月末的最长者，自上月末次更新起算。',
      'The gap is the longest time between two updates of the virus definitions, and from the last to the end of the month; the first begins at the last update before the month.',
    ),
    setting: plain(
      '依据人工登记的核对记录，统计与约定不符的配置项。',
      'Settings that were found to differ from what was agreed are counted from the records that people entered.',
    ),
    'account-lock': plain(
      '本月删除的锁定账户，自锁定至删除的保存天数，取最短者。',
      'Of the locked accounts that were deleted in the month, the shortest time from lock to deletion.',
    ),
    backup: plain(
      '备份间隔、保存期限与恢复结果依据人工登记的备份记录计算；间隔自上月末次备份起算。',
      'Gaps between backups, the time they were kept and how restoring went come from the records that people entered; the first gap begins at the last backup before the month.',
    ),
  } satisfies Readonly<Record<Measure, Paragraph>>,

  /** How a paragraph names the clauses that it explains. */
  of: phrase(
    (ids: string, _n: number, paragraph: string) => `第 ${ids} 条：${paragraph}`,
    (ids: string, n: number, paragraph: string) => `${n === 1 ? 'Clause' : 'Clauses'} ${ids}. ${paragraph}`,
  ),
  routes: phrase(
    ({ reachWithin }: MethodTerms) =>
      `收发线路的通断由探测邮件判断：同一线路连续两封邮件在${reachWithin === undefined ? '时限' : ` ${reachWithin}`}内未能送出或到达，即自第一封起视为中断；孤立的一封只计入时延条款。`,
    ({ reachWithin }: MethodTerms) =>
      `Whether mail gets through a route is told by its probe messages: from two in a row that were not out ${reachWithin === undefined ? 'in time' : `within ${reachWithin}`}, the route is down from the first of them; a single one counts in the delays alone.`,
  ),
  any: phrase(
    (parts: string) => `（${parts}）任一`,
    (parts: string) => `any one of (${parts})`,
  ),
  all: phrase(
    (parts: string) => `（${parts}）全部`,
    (parts: string) => `all of (${parts})`,
  ),
};
