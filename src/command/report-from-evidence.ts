import { createReadStream } from 'node:fs';
import { DEFAULT_CONTRACT } from '../config/derive.ts';
import { loadContract } from '../config/load-contract.ts';
import { readEvidence } from '../evidence/read.ts';
import { hashOf } from '../evidence/seal.ts';
import { ConfigError } from '../lib/errors.ts';
import { VERSION } from '../lib/version.ts';
import { computeReport } from '../sla/compute-report.ts';
import { monthAt, monthSpan } from '../sla/month.ts';
import { withFirstProblem } from './first-problem.ts';
import { engineOf, tzdata, type MadeReport } from './made-report.ts';
import { monthOption } from './month-option.ts';

/** Computes a month from a file alone. Throws ConfigError, which names the line of what is wrong in it. */
export async function reportFromEvidence(flags: {
  readonly evidence: string;
  readonly month?: string;
  readonly contract?: string;
}): Promise<MadeReport> {
  const { evidence: file } = flags;
  const { contract, text } = withFirstProblem(flags.contract ?? DEFAULT_CONTRACT, loadContract);
  const month = flags.month === undefined ? undefined : monthOption('report', flags.month);
  const evidence = await readEvidence(openFile(file), { file, grounds: Object.keys(contract.grounds) });
  const { from, to } = evidence.header;
  const asked = month ?? monthAt(from, contract.timezone);
  const span = monthSpan(asked, contract.timezone);
  if (span.to <= from || span.from >= to) {
    throw new ConfigError([
      { file, line: 1, path: 'from', expected: `evidence of ${asked}, which this does not cover` },
    ]);
  }
  return {
    report: computeReport(evidence, contract, asked),
    meta: {
      contract,
      contractSha256: hashOf(text),
      evidenceSha256: evidence.sha256,
      engine: engineOf(VERSION),
      tzdata: tzdata(),
    },
  };
}

async function* openFile(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 1 << 20 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([{ file, path: '', expected: `a file that can be read (${code ?? String(error)})` }]);
  }
}
