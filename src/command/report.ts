import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { DEFAULT_CONTRACT } from '../config/derive.ts';
import { loadContract, type LoadedContract } from '../config/load-contract.ts';
import { hashOf } from '../evidence/seal.ts';
import { readEvidence } from '../evidence/read.ts';
import { ConfigError } from '../lib/errors.ts';
import { VERSION } from '../lib/version.ts';
import type { RenderMeta } from '../report/context.ts';
import { languageOf, LANGUAGES, type Language } from '../report/language.ts';
import { render, REPORT_FORMATS, type ReportFormat } from '../report/render.ts';
import { computeReport } from '../sla/compute-report.ts';
import { monthAt, monthSpan, parseMonth } from '../sla/month.ts';
import type { Report } from '../sla/report.ts';

interface ReportOptions {
  readonly month?: string;
  readonly evidence?: string;
  readonly contract?: string;
  readonly format: ReportFormat;
  readonly lang?: Language;
  readonly out?: string;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description("A month's report: every clause of the contract with its figure, bounds and verdict.")
    .option('--month <month>', 'such as 2026-10')
    .option('--evidence <file>', 'compute it from this file alone: no store, no configuration')
    .option('--contract <file>', 'what was agreed (default: the contract that comes with the program)')
    .addOption(new Option('--format <format>', 'how it is written').choices(REPORT_FORMATS).default('text'))
    .addOption(new Option('--lang <language>', 'zh or en (default: from LANG)').choices(LANGUAGES))
    .option('--out <file>', 'write it there instead of to the terminal')
    .addHelpText('after', HELP)
    .action(async (options: ReportOptions) => {
      const { report, meta } = await fromEvidence(options);
      const lang = options.lang ?? languageOf(process.env['LC_ALL'] ?? process.env['LANG'] ?? '');
      const text = render(report, { format: options.format, lang, meta });
      if (options.out === undefined) process.stdout.write(text);
      else await writeFile(options.out, text);
    });
}

const HELP = `
Examples:
  The customer checks the provider's figures, on a machine of its own:
  $ mailwitness report --evidence corp-2026-10.ndjson --contract contract.yaml --month 2026-10
  A document to print and to sign:
  $ mailwitness report --evidence corp-2026-10.ndjson --month 2026-10 --format html --lang zh --out report.html`;

async function fromEvidence(options: ReportOptions): Promise<{ report: Report; meta: RenderMeta }> {
  const { evidence: file } = options;
  const agreed = loadContract(options.contract ?? DEFAULT_CONTRACT);
  const { contract } = agreed;
  const month = options.month === undefined ? undefined : checkedMonth(options.month);
  if (file === undefined) throw new ConfigError([{ file: '--evidence', path: '', expected: 'a file of evidence' }]);
  const evidence = await readEvidence(openFile(file), { file, grounds: Object.keys(contract.grounds) });
  const { from, to } = evidence.header;
  const asked = month ?? monthAt(from, contract.timezone);
  const span = monthSpan(asked, contract.timezone);
  if (span.to <= from || span.from >= to) {
    throw new ConfigError([
      { file, line: 1, path: 'from', expected: `evidence of ${asked}, which this does not cover` },
    ]);
  }
  return { report: computeReport(evidence, contract, asked), meta: metaOf(agreed, evidence.sha256) };
}

function metaOf({ contract, text }: LoadedContract, evidenceSha256: string): RenderMeta {
  return {
    contract,
    contractSha256: hashOf(text),
    evidenceSha256,
    engine: `mailwitness ${VERSION}`,
    tzdata: process.versions['tz'] ?? 'unknown',
  };
}

function checkedMonth(text: string): string {
  if (parseMonth(text) !== undefined) return text;
  throw new ConfigError([{ file: '--month', path: '', expected: 'a month such as 2026-10', got: text }]);
}

async function* openFile(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 1 << 20 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([{ file, path: '', expected: `a file that can be read (${code ?? String(error)})` }]);
  }
}
