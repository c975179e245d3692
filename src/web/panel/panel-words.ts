import { phrase, text } from '../../report/language.ts';

/** Every text of the sandbox's page beside those of its faults, in all languages side by side. */
export const PANEL_WORDS = {
  title: text('沙箱', 'Sandbox'),
  about: text(
    '程序里运行着一个邮件系统，监测程序正在监测它。启用一个故障，看监测程序得出什么结论；一切都在本机，不涉及真实邮件。',
    'A mail system runs inside this program, and the agent watches it. Switch a fault on and see what the agent makes of it: all of it stays on this machine.',
  ),
  fromFront: text(
    '这是沙箱：程序里的一个邮件系统，可以启用各种故障。',
    'This is a sandbox: a mail system inside the program, with faults to switch on.',
  ),
  toPanel: text('启用故障，看看会怎样', 'Switch a fault on and watch'),
  onNow: phrase(
    (faults: string) => `已启用的故障：${faults}`,
    (faults: string) => `faults on: ${faults}`,
  ),
  noneOn: text('没有启用的故障', 'no fault is on'),
  allOff: text('全部解除', 'All off'),
  guide: text('从这里开始', 'Begin here'),
  faults: text('全部故障', 'All faults'),
  agent: text('监测程序的结论', 'What the agent makes of it'),
  on: text('已启用', 'on'),
  onWith: phrase(
    (value: string) => `已启用：${value}`,
    (value: string) => `on: ${value}`,
  ),
  off: text('未启用', 'off'),
  switchOn: text('启用', 'Switch on'),
  switchOff: text('解除', 'Switch off'),
  other: text('其他值', 'another value'),
  duration: text('时长', 'How long'),
  durationHint: text('例如 500ms、2s、1.5m，最长 1440m', 'Such as 500ms, 2s or 1.5m; at most 1440m'),
  sentence: text('文字', 'What it says'),
  sentenceHint: text('一行，不超过 200 个字符', 'A line of at most 200 characters'),
  wrongDuration: text('应为时长，例如 2s。什么也没有改变。', 'Expected a duration such as 2s. Nothing was changed.'),
  wrongText: text(
    '应为一行文字，不超过 200 个字符。什么也没有改变。',
    'Expected a line of at most 200 characters. Nothing was changed.',
  ),
  wrongFault: text('没有这个故障。什么也没有改变。', 'There is no such fault. Nothing was changed.'),
  stale: text(
    '页面已过期，什么也没有改变。请回到页面重试。',
    'The page was too old, and nothing was changed. Go back to it and try again.',
  ),
  back: text('返回沙箱', 'Back to the sandbox'),
  set: text('设定', 'Set'),
  events: text('最近事件', 'Last events'),
  switchedOn: phrase(
    (name: string, value: string) => `启用故障 ${name}${value === '' ? '' : `（${value}）`}`,
    (name: string, value: string) => `fault ${name} switched on${value === '' ? '' : ` (${value})`}`,
  ),
  switchedOff: phrase(
    (name: string) => `解除故障 ${name}`,
    (name: string) => `fault ${name} switched off`,
  ),
  terminal: text(
    '在运行 npm start 的终端里也可以输入故障的名称。',
    'On the terminal of npm start the name of a fault does the same.',
  ),
};
