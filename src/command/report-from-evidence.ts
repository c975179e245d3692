import { createReadStream } from 'node:fs';
import { DEFAULT_CONTRACT } from '../config/derive.ts';
import { loadContract } from '../config/load-contract.ts';
import { streamEvidence } from '../evidence/read.ts';
import { hashOf } from '../evidence/seal.ts';
import type { HeaderFact } from '../facts/facts.ts';
import { ConfigError } from '../lib/errors.ts';
import { VERSION } from '../lib/version.ts';
import { createReporting, type Reporting } from '../sla/compute-report.ts';
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
  const asMonth = ({ from }: HeaderFact): string => month ?? monthAt(from, contract.timezone);
  let reporting: Reporting | undefined;
  const evidence = await streamEvidence(openFile(file), {
    file,
    grounds: Object.keys(contract.grounds),
    messages: (header) => (reporting = createReporting(header, contract, asMonth(header))).add,
  });
  const { from, to } = evidence.header;
  const asked = asMonth(evidence.header);
  const span = monthSpan(asked, contract.timezone);
  if (reporting === undefined || span.to <= from || span.from >= to) {
    throw new ConfigError([
      { file, line: 1, path: 'from', expected: `evidence of ${asked}, which this does not cover` },
    ]);
  }
  return {
    report: reporting.report(evidence),
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
    yield* createReadStream(file, { highWaterMark: 1 << 18 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([{ file, path: '', expected: `a file that can be read (${code ?? String(error)})` }]);
  }
}
