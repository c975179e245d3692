import { count, grouped, phrase, text } from './language.ts';

/** Headings, labels and short sentences of the document. */
export const PAGE = {
  heading: {
    report: text('服务质量月度报告', 'Monthly service report'),
    draft: text('服务质量月度报告（草稿）', 'Monthly service report (draft)'),
    verdicts: text('各条款结论', 'Verdicts'),
    owed: text('应付补偿', 'What is owed'),
    month: text('本月总览', 'The month at a glance'),
    outages: text('中断与故障', 'Outages'),
    delays: text('邮件时延', 'Delays'),
    days: text('故障日', 'Fault days'),
    counts: text('依据邮件与记录计算的数值', 'Figures from messages and records'),
    exclusions: text('除外时段', 'Exclusions'),
    unmeasured: text('未监测的时间', 'Time that was not measured'),
    records: text('人工登记的记录', 'Records entered by people'),
    method: text('计算方法', 'How it was computed'),
    changes: text('与上一版的差异', 'What changed since the former revision'),
    origin: text('数据来源与校验', 'Origin and hashes'),
    signatures: text('双方签署', 'Signatures'),
  },
  fact: {
    contract: text('合同', 'contract'),
    system: text('邮件系统', 'mail system'),
    month: text('月份', 'month'),
    period: text('起止时间', 'period'),
    length: text('本月时长', 'length of the month'),
    revision: text('版次', 'revision'),
    status: text('状态', 'status'),
    known: text('数据截至', 'known as of'),
    covered: text('已监测比例', 'share that was measured'),
    engine: text('计算程序', 'computed by'),
    tzdata: text('时区数据版本', 'time zone data'),
    contractHash: text('合同文件 SHA-256', 'SHA-256 of the contract file'),
    evidenceHash: text('证据文件 SHA-256', 'SHA-256 of the evidence'),
    closed: text('定稿时间', 'closed'),
  },
  column: {
    clause: text('条款', 'clause'),
    measured: text('测得值', 'measured'),
    bounds: text('可能范围', 'bounds'),
    limit: text('限值', 'limit'),
    margin: text('余量', 'margin'),
    verdict: text('结论', 'verdict'),
    from: text('起', 'from'),
    to: text('止', 'to'),
    length: text('历时', 'length'),
    leastMost: text('最短至最长', 'least to most'),
    checks: text('失败的检查', 'failing'),
    cause: text('原因与所见', 'cause and what was seen'),
    id: text('编号', 'id'),
    ground: text('事由', 'ground'),
    who: text('登记与批准', 'entered and approved'),
    note: text('说明', 'note'),
    counts: text('是否计入', 'counts'),
    gross: text('除外前', 'before'),
    takenOut: text('扣除', 'taken out'),
    net: text('除外后', 'after'),
    wouldBe: text('待批准的若计入', 'if what awaits approval counted'),
    delay: text('时延', 'delay'),
    messages: text('封数', 'messages'),
    share: text('占比', 'share'),
    accepted: text('受理时间', 'accepted'),
    why: text('原因', 'why'),
    kind: text('类别', 'kind'),
    at: text('时间', 'at'),
    content: text('内容', 'content'),
    value: text('数值', 'value'),
    computedFrom: text('依据', 'computed from'),
    figure: text('项目', 'figure'),
    before: text('原为', 'before'),
    after: text('现为', 'after'),
  },

  months: phrase(
    (year: number, month: number) => `${year}年${month}月`,
    (year: number, month: number) =>
      `${['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'][month - 1] ?? String(month)} ${year}`,
  ),
  period: phrase(
    (from: string, to: string, zone: string) => `${from} 至 ${to}（不含），${zone} 时间`,
    (from: string, to: string, zone: string) => `from ${from} up to, but without, ${to}, time of ${zone}`,
  ),
  draft: text('草稿，不供签署', 'draft, not for signature'),
  final: text(
    '终版：本月已结束，其间受理的邮件均有结果',
    'final: the month has ended, and so has every message accepted in it',
  ),
  draftNotice: phrase(
    (known: string) => `草稿，不供签署：本报告反映截至 ${known} 的情况。`,
    (known: string) => `Draft, not for signature: the month as it stands at ${known}.`,
  ),
  notClosed: text('本报告尚未定稿。', 'It is not a closed revision.'),
  later: phrase(
    (n: number, revision: number) =>
      `第 ${revision} 版定稿之后又有 ${grouped(String(n))} 项可能涉及本月的事实（排除时段、登记记录或迟到的邮件），未计入以下数字。`,
    (n: number, revision: number) =>
      `${count(n, 'fact', 'facts')} that may touch this month entered since revision ${revision} (windows, records, late mail): not in the figures below.`,
  ),
  monthRuns: text('本月尚未结束。', 'The month has not ended yet.'),
  stillPending: phrase(
    (n: number) => `尚有 ${grouped(String(n))} 封本月受理的邮件没有结果。`,
    (n: number) =>
      `${count(n, 'message', 'messages')} accepted in the month ${n === 1 ? 'has' : 'have'} not ended yet.`,
  ),
  version: phrase(
    (name: string, version: number) => `${name}，第 ${version} 版`,
    (name: string, version: number) => `${name}, version ${version}`,
  ),

  clauses: phrase(
    (ids: string, _n: number, titles: string) => `第 ${ids} 条　${titles}`,
    (ids: string, n: number, titles: string) => `${n === 1 ? 'Clause' : 'Clauses'} ${ids}: ${titles}`,
  ),
  estimate: text('估计值', 'estimate'),
  bounds: text('最小至最大', 'least to most'),
  transients: text('瞬时失败（重试即成功，不计入）', 'first attempts that failed alone (not counted)'),
  noOutage: text('本月没有计入本条的中断。', 'No outage counts in the month.'),
  noSamples: text('本月没有监测数据。', 'There are no measurements in the month.'),
  total: text('合计', 'total'),
  unmeasuredAfter: text('其中未监测（除外之后）', 'not measured, after exclusions'),

  delay: {
    n: text('到达的邮件', 'messages that arrived'),
    mean: text('平均时延', 'mean delay'),
    max: text('最长时延', 'longest delay'),
    percentiles: text('百分位 50 / 95 / 99', 'percentiles 50 / 95 / 99'),
    exceedances: text('超过最大时限的邮件', 'messages above the maximum'),
    lost: text('丢失的邮件', 'messages lost'),
    duplicates: text('重复副本', 'duplicate copies'),
    pending: text('尚在途中', 'still on the way'),
    excluded: text('因除外时段未计入', 'left out by exclusions'),
    wouldBe: text('平均时延（待批准的除外若计入）', 'mean delay, if what awaits approval counted'),
    none: text('本月没有到达的邮件。', 'No message arrived in the month.'),
    distribution: text('时延分布', 'Distribution of the delays'),
    chart: phrase(
      (n: number, within: readonly string[]) =>
        `共 ${grouped(String(n))} 封${within.length === 0 ? '' : `：${within.join('，')}`}。横轴为时延（对数），柱高为封数的对数，柱上为封数。`,
      (n: number, within: readonly string[]) =>
        `${count(n, 'message', 'messages')}${within.length === 0 ? '' : `: ${within.join(', ')}`}. The delay runs to the right on a logarithmic scale; the height of a bar is the logarithm of its count, which stands above it.`,
    ),
    inLimit: phrase(
      (limit: string, n: number) => `${limit}以内 ${grouped(String(n))} 封`,
      (limit: string, n: number) => `${grouped(String(n))} within ${limit}`,
    ),
    overLimit: phrase(
      (limit: string, n: number) => `超过 ${limit} ${grouped(String(n))} 封`,
      (limit: string, n: number) => `${grouped(String(n))} above ${limit}`,
    ),
    upTo: phrase(
      (edge: string) => `不超过 ${edge}`,
      (edge: string) => `up to ${edge}`,
    ),
    between: phrase(
      (low: string, high: string) => `超过 ${low}，至 ${high}`,
      (low: string, high: string) => `above ${low}, to ${high}`,
    ),
    above: phrase(
      (edge: string) => `超过 ${edge}`,
      (edge: string) => `above ${edge}`,
    ),
    range: phrase(
      (least: number, most: number) => `（可能为 ${least} 至 ${most}）`,
      (least: number, most: number) => ` (from ${least} to ${most})`,
    ),
    notable: text('超过最大时限或丢失的邮件', 'Messages above the maximum, or lost'),
  },

  faultDays: text('有故障的日期', 'days with a fault'),
  unmeasuredDays: text('未完整监测的日期', 'days not measured in full'),
  faultFree: text('截至目前的无故障天数', 'fault-free days so far'),
  none: text('无', 'none'),
  days: phrase(
    (from: string, to: string) => `${from} 至 ${to}`,
    (from: string, to: string) => `${from} to ${to}`,
  ),

  strip: {
    title: text('逐日时间图', 'The month, day by day'),
    desc: phrase(
      (bad: number, unmeasured: number, excluded: number) =>
        `每行一日，横向为当日的小时。中断 ${bad} 段，未监测 ${unmeasured} 段，计入的除外时段 ${excluded} 段；起止时间见各表。`,
      (bad: number, unmeasured: number, excluded: number) =>
        `A row is a day; its hours run to the right. ${count(bad, 'outage', 'outages')}, ${count(unmeasured, 'stretch', 'stretches')} not measured, ${count(excluded, 'exclusion', 'exclusions')} that ${excluded === 1 ? 'counts' : 'count'}; the tables give their times.`,
    ),
    good: text('正常', 'good'),
    bad: text('中断', 'down'),
    unmeasured: text('未监测', 'not measured'),
    excluded: text('除外', 'excluded'),
    toCome: text('尚未到来', 'to come'),
  },

  exclusion: {
    none: text('本月没有登记除外时段。', 'No exclusion was entered for the month.'),
    entered: phrase(
      (who: string, at: string) => `登记：${who}，${at}`,
      (who: string, at: string) => `entered by ${who}, ${at}`,
    ),
    announced: phrase(
      (at: string) => `公告：${at}`,
      (at: string) => `announced ${at}`,
    ),
    approved: phrase(
      (who: string, at: string) => `批准：${who}，${at}`,
      (who: string, at: string) => `approved by ${who}, ${at}`,
    ),
    approvalEntered: phrase(
      (at: string) => `批准的登记时间：${at}`,
      (at: string) => `approval entered ${at}`,
    ),
    withdrawn: phrase(
      (who: string, at: string) => `撤回：${who}，${at}`,
      (who: string, at: string) => `withdrawn by ${who}, ${at}`,
    ),
    replaces: phrase(
      (id: string) => `更正 ${id}`,
      (id: string) => `replaces ${id}`,
    ),
    yes: text('计入', 'yes'),
    noWithdrawn: text('不计入：已撤回', 'no: withdrawn'),
    noReplaced: phrase(
      (id: string) => `不计入：已由 ${id} 更正`,
      (id: string) => `no: replaced by ${id}`,
    ),
    noApproval: text('不计入：客户尚未批准', 'no: the customer has not approved it'),
    beyondMonth: text(
      '仅计入时延：不在本月之内，但与本月受理邮件的在途时间重叠',
      'for delays alone: outside the month, but over the life of a message accepted in it',
    ),
    grossToNet: text('除外前后对照', 'Before and after exclusions'),
    messages: phrase(
      (n: number) => `未计入邮件 ${grouped(String(n))} 封`,
      (n: number) => `${count(n, 'message', 'messages')} left out`,
    ),
    union: text('计入的除外时段合计（重叠部分只算一次）', 'windows that count, overlaps once'),
  },

  unmeasured: {
    none: text('本月全部时间均被监测。', 'All of the month was measured.'),
    nothing: text('本月没有任何监测数据。', 'Nothing of the month was measured.'),
    said: phrase(
      (minutes: string, share: string) =>
        `在 ${minutes}内没有监测数据，已监测的比例为 ${share}。该段时间既不算正常，也不算中断。`,
      (minutes: string, share: string) =>
        `${minutes} were not measured; the share that was is ${share}. That time counts neither as good nor as down.`,
    ),
    apart: text('采样间隔过大', 'the samples lie too far apart'),
    toCome: text('包括尚未到来的时间', 'still to come, at least in part'),
  },

  records: {
    none: text('本月没有登记记录。', 'No record was entered for the month.'),
    replaced: phrase(
      (id: string) => `已由 ${id} 更正，不计入`,
      (id: string) => `replaced by ${id}, does not count`,
    ),
  },
  fromMessages: phrase(
    (n: number) => `${grouped(String(n))} 件`,
    (n: number) => count(n, 'item', 'items'),
  ),

  sign: {
    statement: phrase(
      (revision: number | null) =>
        `双方确认：本报告${revision === null ? '' : `（第 ${revision} 版）`}所载数值系依据上述合同文件与证据计算，双方均可自行复算。对数值持有异议的一方，应在下方注明。`,
      (revision: number | null) =>
        `The parties confirm that the figures of this report${revision === null ? '' : ` (revision ${revision})`} were computed from the contract file and the evidence named above, from which either can compute them again. A party that objects to a figure says so below.`,
    ),
    customer: text('甲方（客户）', 'Party A (customer)'),
    provider: text('乙方（服务提供方）', 'Party B (provider)'),
    name: text('单位名称', 'company'),
    person: text('授权代表', 'represented by'),
    signature: text('签字（盖章）', 'signature, seal'),
    date: text('日期', 'date'),
    remarks: text('异议或备注', 'objections, remarks'),
  },
};
