import { hashOf } from '../evidence/seal.ts';
import { ConfigError } from '../lib/errors.ts';
import { VERSION } from '../lib/version.ts';
import { monthReport, type MonthReport, type ReportAsked } from '../month/month-report.ts';
import { published } from '../month/published.ts';
import { openCurrentReadOnly } from '../store/file.ts';
import { entryTarget, type EntryFlags, type EntryTarget } from './entry-flags.ts';
import { wrongOption } from './wrong-option.ts';
import { engineOf, tzdata, type MadeReport } from './made-report.ts';
import { monthOption, revisionOption } from './month-option.ts';

interface StoreFlags extends EntryFlags {
  readonly month?: string;
  readonly revision?: string;
  readonly live?: true;
}

const WHAT = 'report';

/** A closed month as it was published, any other as its store tells it now. Throws ConfigError for what it does not cover. */
export function reportFromStore(flags: StoreFlags): MadeReport {
  if (flags.month === undefined) throw wrongOption(WHAT, '--month', 'a month such as 2026-10');
  const month = monthOption(WHAT, flags.month);
  const which =
    flags.revision === undefined ? (flags.live === true ? 'live' : 'newest') : revisionOption(WHAT, flags.revision);
  const target = entryTarget(WHAT, flags);
  const { system, contract, contractFile } = target;
  const found = ask(target, { system, month, contract, which });
  switch (found.kind) {
    case 'closed':
      if (flags.contract !== undefined && contractFile.text !== found.revision.contract) {
        const expected = `the contract under which ${month} was closed, or --live`;
        throw wrongOption(WHAT, '--contract', expected, flags.contract);
      }
      return { ...published(found.revision, found.later), json: found.revision.report };
    case 'live': {
      const contractSha256 = hashOf(contractFile.text);
      return { report: found.report, meta: { contract, contractSha256, engine: engineOf(VERSION), tzdata: tzdata() } };
    }
    case 'refused': {
      const { of, expected, got } = found.lacking;
      throw new ConfigError([{ file: WHAT, path: `--${of}`, expected: expected.en, got: got.en }]);
    }
  }
}

function ask({ store }: EntryTarget, asked: ReportAsked): MonthReport {
  const db = openCurrentReadOnly(store);
  try {
    // One snapshot, while an agent goes on writing.
    return db.transaction(() => monthReport(db, asked))();
  } finally {
    db.close();
  }
}
