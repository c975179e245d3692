import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { goLast } from '../lib/priority.ts';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { languageOf, LANGUAGES, type Language } from '../report/language.ts';
import { render, REPORT_FORMATS, type ReportFormat } from '../report/render.ts';
import { reportFromEvidence } from './report-from-evidence.ts';
import { reportFromStore } from './report-from-store.ts';
import type { MadeReport } from './made-report.ts';

interface ReportFlags {
  readonly month?: string;
  readonly evidence?: string;
  readonly config?: string;
  readonly system?: string;
  readonly revision?: string;
  readonly live?: true;
  readonly contract?: string;
  readonly format: ReportFormat;
  readonly lang?: Language;
  readonly out?: string;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description("A month's report: every clause of the contract with its figure, bounds and verdict.")
    .option('--month <month>', 'such as 2026-10; with --evidence the one that it covers, unless told')
    .option(
      '--config <file>',
      'from the store of this configuration: a closed month as it was closed, else as it is now (default: MAILWITNESS_CONFIG, else ./agent.yaml)',
    )
    .option('--system <name>', 'system of the configuration; needed where there are several')
    .addOption(new Option('--revision <n>', 'a closed month as this revision has it').conflicts('live'))
    .option('--live', 'as it would be now, though the month was closed')
    .addOption(
      new Option('--evidence <file>', 'compute it from this file alone: no store, no configuration').conflicts([
        'config',
        'system',
        'revision',
        'live',
      ]),
    )
    .option('--contract <file>', "what was agreed (default: the system's own, or the one that comes with the program)")
    .addOption(new Option('--format <format>', 'how it is written').choices(REPORT_FORMATS).default('text'))
    .addOption(new Option('--lang <language>', 'zh or en (default: from LANG)').choices(LANGUAGES))
    .option('--out <file>', 'write it there instead of to the terminal')
    .addHelpText('after', HELP)
    .action(async (flags: ReportFlags) => {
      goLast('process');
      const made = await makeReport(flags);
      const lang = flags.lang ?? languageOf(process.env['LC_ALL'] ?? process.env['LANG'] ?? '');
      const { format } = flags;
      // What was published is handed out as it was, not written again.
      const text =
        format === 'json' && made.json !== undefined
          ? made.json
          : await render(made.report, { format, lang, meta: made.meta });
      if (flags.out === undefined) process.stdout.write(text);
      else await writeOut(flags.out, text);
    });
}

/** Throws ConfigError where it cannot be written. */
async function writeOut(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new ConfigError([{ file, path: '', expected: `a file that can be written (${messageOf(error)})` }]);
  }
}

const HELP = `
Examples:
  The month as it stands, or as it was closed:
  $ mailwitness report --config agent.yaml --month 2026-10
  The customer checks the provider's figures, on a machine of its own:
  $ mailwitness report --evidence corp-2026-10.ndjson --contract contract.yaml --month 2026-10
  A document to print and to sign:
  $ mailwitness report --config agent.yaml --month 2026-10 --format html --lang zh --out report.html`;

async function makeReport(flags: ReportFlags): Promise<MadeReport> {
  const { evidence, month, contract } = flags;
  if (evidence !== undefined)
    return await reportFromEvidence({
      evidence,
      ...(month === undefined ? {} : { month }),
      ...(contract === undefined ? {} : { contract }),
    });
  return reportFromStore(flags);
}
