import { phrase, text } from '../report/language.ts';

/** Texts of events, as lines for people. What a server said stands as it was said. */
export const EVENTS = {
  named: phrase(
    (system: string, rest: string) => `${system}，${rest}`,
    (system: string, rest: string) => `${system}, ${rest}`,
  ),
  check: phrase(
    (target: string) => `检查 ${target}`,
    (target: string) => `check ${target}`,
  ),
  mailbox: phrase(
    (name: string) => `邮箱 ${name}`,
    (name: string) => `mailbox ${name}`,
  ),
  colon: text('：', ': '),
  launched: text('发出一封探测邮件', 'a probe goes out'),
  accepted: phrase(
    (peer: string) => `${peer} 已受理`,
    (peer: string) => `accepted by ${peer}`,
  ),
  refused: text('被拒收', 'refused'),
  unreachable: text('无法提交', 'unreachable'),
  uncertain: text('是否受理不明', 'uncertain'),
  bounced: text('被退回', 'bounced'),
  lost: text('丢失', 'lost'),
  void: text('作废', 'void'),
  pending: text('在途', 'pending'),
  relayed: phrase(
    (length: string) => `${length} 后转出`,
    (length: string) => `relayed after ${length}`,
  ),
  delivered: phrase(
    (folder: string, length: string) => `${length} 后在 ${folder} 中可见`,
    (folder: string, length: string) => `visible in ${folder} after ${length}`,
  ),
  misfiled: text('：误入垃圾邮件', ': misfiled as junk'),
  theMailbox: text('邮箱', 'the mailbox'),
  sighted: {
    contact: text('邮件系统连接到监测方', 'the mail system came to our sink'),
    copy: text('监测方收到一份', 'our sink took a copy'),
    visible: text('邮箱中可见', 'visible in the mailbox'),
    bounce: text('退信', 'bounced'),
  },
  meaning: {
    first: text('', ''),
    again: text('（再次尝试）', ' (a further attempt)'),
    duplicate: text('（重复）', ' (a duplicate)'),
    late: text('（迟到：此前已判为丢失）', ' (late: it was lost already)'),
    known: text('（此前已见）', ' (seen before)'),
    bounce: text('', ''),
  },
  deferred: text('被暂拒，稍后再试', 'deferred: a later run comes again'),
  noted: text('在途，监测方收信端曾中断', 'waits, and our sink was away'),
  bad: text('失败', 'bad'),
  goodAtSecond: text('第二次尝试成功；第一次：', 'good at the second attempt; the first: '),
  goodIn: phrase(
    (length: string) => `正常，用时 ${length}`,
    (length: string) => `good in ${length}`,
  ),
  notJudged: phrase(
    (why: string) => `不作判定，监测方自身原因（${why}）`,
    (why: string) => `not judged, our own side (${why})`,
  ),
  skipped: text('略过一次投递', 'a launch is left out'),
  skippedWhy: {
    'under-way': text('仍在投递的邮件已达上限', 'as many as may be are still being handed over'),
    store: text('数据库无法写入，等待写入的记录已满', 'the store cannot be written, and as much waits for it as may'),
    'own-mail': text('邮箱中积留的自己的邮件过多', 'too many letters of our own stay in the mailbox'),
  },
  unmeasured: phrase(
    (length: string, why: string) => `未监测 ${length}（${why}）`,
    (length: string, why: string) => `unmeasured for ${length} (${why})`,
  ),
  watched: text('监视中', 'watched'),
  notWatched: text('无法监视', 'not watched'),
  upkeep: phrase(
    (deleted: number, left: number) => `已删除自己的邮件 ${deleted} 封，剩余 ${left} 封`,
    (deleted: number, left: number) => `${deleted} of our own deleted, ${left} left`,
  ),
  foreign: phrase(
    (place: string, what: string) =>
      `忽略${place === 'sink' ? '监测方收信端' : '邮箱'}的外来邮件：${FOREIGN[what] ?? what}`,
    (place: string, what: string) => `ignored at the ${place}: ${what}`,
  ),
  clockStep: phrase(
    (step: string) => `系统时钟被调整 ${step}`,
    (step: string) => `the wall clock was stepped by ${step}`,
  ),
};

const FOREIGN: Readonly<Record<string, string>> = {
  stranger: '陌生来信',
  limit: '超过限量',
  forged: '伪造的标记',
  'other-instance': '另一监测程序的邮件',
  malformed: '标记残缺',
  replayed: '重放的标记',
  'other-system': '另一系统的标记',
};
