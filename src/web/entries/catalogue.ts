import type { Role } from '../../config/schema-access.ts';
import type { RecordValue } from '../../facts/record-keys.ts';
import { count, phrase, text, type Text } from '../../report/language.ts';
import type { ExclusionState } from '../../store/exclusion-state.ts';
import type { RecordState } from '../../store/records.ts';

const role: Readonly<Record<Role, Text>> = {
  viewer: text('查看者', 'viewer'),
  operator: text('服务方操作员', 'operator of the provider'),
  customer: text('客户批准人', 'customer'),
};

const state: Readonly<Record<ExclusionState, Text>> = {
  counts: text('计入', 'counts'),
  waiting: text('待批准', 'waits for approval'),
  withdrawn: text('已撤回', 'withdrawn'),
  replaced: text('已更正', 'replaced'),
  strange: text('合同无此事由', 'the contract has no such ground'),
};

/** What is expected of a record's key, by what its value is. */
const valueExpected: Readonly<Record<Exclude<RecordValue, readonly string[]>, Text>> = {
  whole: text('应为不小于 0 的整数', 'Expected a whole number from 0.'),
  seconds: text('应为不小于 0 的秒数，例如 2.5', 'Expected a number of seconds from 0, such as 2.5.'),
  flag: text('请选择是或否', 'Expected yes or no.'),
  instant: text('应为时间，例如 2026-10-05 02:00', 'Expected a time, such as 2026-10-05 02:00.'),
  text: text('应为一行文字，不超过 1000 个字符', 'Expected a line of at most 1000 characters.'),
};

/** Every text of the pages on which people sign in and enter, each in all languages side by side. */
export const WORDS = {
  nav: {
    overview: text('总览', 'Overview'),
    exclusions: text('除外时段', 'Exclusions'),
    records: text('人工记录', 'Records'),
    acts: text('操作日志', 'Acts'),
    signIn: text('登录', 'Sign in'),
    signOut: text('退出登录', 'Sign out'),
    otherLanguage: text('English', '中文'),
    pages: text('页面', 'Pages'),
    system: text('邮件系统', 'Mail system'),
    show: text('显示', 'Show'),
    skip: text('跳到正文', 'Skip to content'),
  },
  role,
  signIn: {
    name: text('姓名', 'Name'),
    password: text('密码', 'Password'),
    wrong: text('姓名或密码不对。', 'The name or the password is wrong.'),
    wait: phrase(
      (seconds: number) => `尝试次数过多，请在 ${seconds} 秒后重试。`,
      (seconds: number) => `Too many attempts. Try again in ${count(seconds, 'second', 'seconds')}.`,
    ),
    busy: text('正在检查的登录过多，请稍后重试。', 'Too many are signing in just now. Try again in a moment.'),
    stale: text('页面已过期，请重试。', 'The page was too old. Try again.'),
    off: text('登录未启用', 'Signing in is off'),
    offWhy: text(
      '配置中没有用户。运行以下命令，将输出粘贴到配置文件的 agent 之下，然后重新启动：',
      'There is no user in the configuration. Run this, paste what it prints below agent, and start the agent again:',
    ),
    offClosed: text(
      '在此之前，本页不显示也不接受任何内容。除外时段与记录仍可在命令行登记（mailwitness exclude、mailwitness record），并列于报告。',
      'Until then this page shows and takes nothing. Exclusions and records are entered from a terminal (mailwitness exclude, mailwitness record), and reports list them.',
    ),
  },
  forbidden: text('您无权执行此操作。', 'You may not do this.'),
  notFound: text('没有此条目，或它属于另一邮件系统。', 'There is no such entry, or it is one of another mail system.'),
  unknownSystem: text('没有此邮件系统，或不对您开放。', 'There is no such mail system, or it is not open to you.'),
  back: text('返回列表', 'Back to the list'),
  failed: text(
    '未能写入，什么也没有登记。请重试；原因见程序日志。',
    'It could not be written, and nothing was entered. Try again; the log of the agent says why.',
  ),
  listFailed: text('列表暂时无法读取，请重试。', 'The list could not be read now. Try again.'),
  done: phrase(
    (id: string) => `已完成：${id}。`,
    (id: string) => `Done: ${id}.`,
  ),
  errorsAbove: text('请更正标出的各项。什么也没有登记。', 'Mend what is marked. Nothing was entered.'),
  problem: phrase(
    (_expected: string, got: string) => `不能接受${got === '' ? '' : `：${got}`}。`,
    (expected: string, got: string) => `Expected ${expected}${got === '' ? '' : `, got ${got}`}.`,
  ),
  missing: text('必填。', 'This is needed.'),
  oneOf: text('请选择其中一项。', 'Choose one of them.'),
  zone: phrase(
    (zone: string) => `${zone} 时间，例如 2026-10-05 02:00；或带时差，例如 2026-10-05T02:00+08:00`,
    (zone: string) => `Time of ${zone}, such as 2026-10-05 02:00; or with an offset, such as 2026-10-05T02:00+08:00`,
  ),
  time: {
    wrong: text('应为时间，例如 2026-10-05 02:00。', 'Expected a time such as 2026-10-05 02:00.'),
    twice: phrase(
      (time: string, zone: string, one: string, other: string) =>
        `${time} 在 ${zone} 因时钟拨回而出现两次，请写明 ${one} 或 ${other}。`,
      (time: string, zone: string, one: string, other: string) =>
        `${time} comes twice in ${zone}, where the clocks are put back over it. Write ${one} or ${other}.`,
    ),
    skipped: phrase(
      (time: string, zone: string, one: string, other: string) =>
        `${time} 在 ${zone} 因时钟拨前而不存在，请写明 ${one} 或 ${other}。`,
      (time: string, zone: string, one: string, other: string) =>
        `${time} does not exist in ${zone}, where the clocks are put forward over it. Write ${one} or ${other}.`,
    ),
    order: text('应晚于开始时间。', 'Expected a time after the begin.'),
    future: text('不能晚于现在。', 'Expected a time that is not in the future.'),
  },
  entry: {
    id: text('编号', 'Id'),
    idHint: text('可不填，自动编号；或填工单号', 'May be left out; or the number of a ticket'),
    idWrong: text(
      '编号已被占用，或不是由字母、数字、点、连字符和下划线组成（最多 64 个）。',
      'It is taken, or is not of at most 64 letters, digits, dots, hyphens and underscores.',
    ),
    replacesWrong: text('要更正的条目已被撤回或更正。', 'What is to be corrected was withdrawn or replaced already.'),
    same: text(
      '已有内容相同的记录；若确属另一项，请填编号。',
      'Another record says the same. If it is one more, give it an id.',
    ),
    enteredBy: phrase(
      (who: string, at: string) => `${who} 于 ${at} 登记`,
      (who: string, at: string) => `entered by ${who}, ${at}`,
    ),
    approvedBy: phrase(
      (who: string, at: string) => `${who} 于 ${at} 批准`,
      (who: string, at: string) => `approved by ${who}, ${at}`,
    ),
    approvalEntered: phrase(
      (at: string) => `批准于 ${at} 登记`,
      (at: string) => `approval entered ${at}`,
    ),
    withdrawnBy: phrase(
      (who: string, at: string) => `${who} 于 ${at} 撤回`,
      (who: string, at: string) => `withdrawn by ${who}, ${at}`,
    ),
    replaces: phrase(
      (id: string) => `更正 ${id}`,
      (id: string) => `replaces ${id}`,
    ),
    replacedBy: phrase(
      (id: string) => `已由 ${id} 更正`,
      (id: string) => `replaced by ${id}`,
    ),
    correct: text('更正', 'Correct'),
    preview: text('预览数值变化', 'Preview the figures'),
    enter: text('登记', 'Enter'),
    optional: text('（可不填）', '(may be left out)'),
    choose: text('请选择', 'choose one'),
    older: text('较早的', 'Older'),
    newer: text('较新的', 'Newer'),
    total: phrase(
      (n: number) => `共 ${n} 条，新登记的在前`,
      (n: number) => `${count(n, 'entry', 'entries')}, the newest first`,
    ),
  },
  exclusions: {
    title: text('除外时段', 'Exclusions'),
    about: text(
      '合同约定不计的时段。登记后不可修改：更正是一条新的登记，撤回后仍列于此。',
      'Windows of time that the contract leaves out. What was entered is never changed: a correction is a new entry, and what was withdrawn stays in the list.',
    ),
    none: text('尚未登记除外时段。', 'No window was entered.'),
    add: text('登记除外时段', 'Enter a window'),
    correct: phrase(
      (id: string) => `更正除外时段 ${id}`,
      (id: string) => `Correct window ${id}`,
    ),
    state,
    why: {
      counts: text('从合同所列各条中扣除', 'it takes time out of the clauses that name its ground'),
      waiting: text('客户批准之前不扣除', 'it takes nothing out before the customer approves it'),
      withdrawn: text('不计入', 'it counts nowhere'),
      replaced: text('不计入', 'it counts nowhere'),
      strange: text('不计入', 'it counts nowhere'),
    } satisfies Readonly<Record<ExclusionState, Text>>,
    ground: text('事由', 'Ground'),
    groundNeeds: text('（须客户批准）', ' (needs the approval of the customer)'),
    from: text('开始', 'Begin'),
    to: text('结束', 'End'),
    announced: text('公告时间', 'Announced'),
    announcedHint: text('何时告知客户', 'When the customer was told'),
    note: text('说明', 'Note'),
    noteHint: text('一行，报告中列出', 'A line; reports show it'),
    noteWrong: text('应为一行，不超过 2000 个字符。', 'Expected a line of at most 2000 characters.'),
    approve: text('批准', 'Approve'),
    approveTitle: phrase(
      (id: string) => `批准除外时段 ${id}`,
      (id: string) => `Approve window ${id}`,
    ),
    approveFinal: text(
      '批准不可收回；时段可由服务方撤回。',
      'An approval is not taken back; the provider can withdraw the window.',
    ),
    withdraw: text('撤回', 'Withdraw'),
    withdrawTitle: phrase(
      (id: string) => `撤回除外时段 ${id}`,
      (id: string) => `Withdraw window ${id}`,
    ),
    own: text('登记人不得批准自己的登记。', 'Nobody approves a window that they entered.'),
    cannot: text('此时段已不在可处理的状态。', 'Nothing more can be done to this window.'),
  },
  records: {
    title: text('人工记录', 'Records'),
    about: text(
      '探测看不到而合同条款需要的事项。登记后不可修改：更正是一条新的登记，撤回后仍列于此。',
      'What no probe sees and a clause needs. What was entered is never changed: a correction is a new entry, and what was withdrawn stays in the list.',
    ),
    none: text('尚未登记记录。', 'No record was entered.'),
    add: text('登记记录', 'Enter a record'),
    correct: phrase(
      (id: string) => `更正记录 ${id}`,
      (id: string) => `Correct record ${id}`,
    ),
    kind: text('类别', 'Kind'),
    at: text('时间', 'At'),
    atHint: text('记录计入此时间所在的月份', 'A record counts in the month of this time'),
    yes: text('是', 'yes'),
    no: text('否', 'no'),
    valueExpected,
    notBefore: text('不得早于开始（锁定）时间。', 'Expected a time that is not before the begin.'),
    atMost: text('不得多于计费客户数。', 'Expected at most as many as customers.'),
    state: {
      counts: state.counts,
      withdrawn: state.withdrawn,
      replaced: state.replaced,
    } satisfies Readonly<Record<RecordState, Text>>,
    withdraw: text('撤回', 'Withdraw'),
    withdrawTitle: phrase(
      (id: string) => `撤回记录 ${id}`,
      (id: string) => `Withdraw record ${id}`,
    ),
    withdrawFinal: text(
      '撤回不可收回；此记录所更正的也不再计入。仍需要的请重新登记。',
      'A withdrawal is not taken back, and what this record replaced counts nowhere either. Enter again what is still needed.',
    ),
    cannot: text('此记录已被撤回或更正。', 'This record was withdrawn or replaced already.'),
  },
  acts: {
    title: text('操作日志', 'Acts'),
    about: text(
      '谁在这些页面上做了什么。不可修改，不可删除；在命令行所做的不列于此。',
      'What people did on these pages: nothing changes or deletes it. What was done from a terminal is not among it.',
    ),
    ofSystems: text(
      '仅列出对您开放的邮件系统；登录与退出不列出。',
      'Of your mail systems alone, without who signed in and out.',
    ),
    none: text('尚无操作。', 'Nobody did anything yet.'),
    at: text('时间', 'When'),
    person: text('姓名', 'Who'),
    what: text('操作', 'What'),
    entry: text('条目', 'Entry'),
    address: text('来自地址', 'From'),
    of: {
      'sign in': text('登录', 'signed in'),
      'sign out': text('退出登录', 'signed out'),
      'enter exclusion': text('登记除外时段', 'entered a window'),
      'correct exclusion': text('更正除外时段', 'corrected a window by a new one'),
      'approve exclusion': text('批准除外时段', 'approved a window'),
      'withdraw exclusion': text('撤回除外时段', 'withdrew a window'),
      'enter record': text('登记记录', 'entered a record'),
      'correct record': text('更正记录', 'corrected a record by a new one'),
      'withdraw record': text('撤回记录', 'withdrew a record'),
    } as Readonly<Record<string, Text>>,
  },
  preview: {
    title: text('数值将如何变化', 'What the figures would become'),
    nothingWritten: text('仅供预览，什么也没有登记。', 'A preview: nothing was entered.'),
    onceApproved: text(
      '此事由须客户批准：下列变化在批准之后才生效，在此之前数值不变。',
      'This ground needs the approval of the customer: this is what the figures become then. Until then nothing changes.',
    ),
    month: phrase(
      (month: string) => `${month}，变化前后`,
      (month: string) => `${month}, before and after`,
    ),
    clause: text('条款', 'Clause'),
    before: text('现为', 'Before'),
    after: text('将为', 'After'),
    verdict: text('结论', 'Verdict'),
    same: text('不变', 'unchanged'),
    none: text(
      '本月没有数据可供计算，或月份尚未开始。',
      'There is nothing to compute this month from, or it has not begun.',
    ),
    noChange: text('没有数值会变化。', 'No figure would change.'),
    failed: text('预览未能算出，仍可登记。', 'The preview could not be computed; the entry can be made all the same.'),
  },
};
