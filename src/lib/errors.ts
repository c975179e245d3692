/** One mistake of the operator's: where it stands, what was expected, what stood there. */
export interface Problem {
  readonly file: string;
  /** 1-based; absent where the file as a whole is meant (it could not be read). */
  readonly line?: number;
  /** Path inside the file, `systems[0].imap.port`; empty at the top. */
  readonly path: string;
  readonly expected: string;
  /** What stood there, as written, shortened; absent where nothing stood there. */
  readonly got?: string;
}

/** The operator's input is wrong: every problem at once, exit code 2, no stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(printProblem).join('\n'));
    this.problems = problems;
  }
}

/** `agent.yaml:12: systems[0].imap.port: expected a port from 1 to 65535, got "imap"` */
export function printProblem(problem: Problem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
  const path = problem.path === '' ? '' : ` ${problem.path}:`;
  const got = problem.got === undefined ? '' : `, got ${problem.got}`;
  return `${place}:${path} expected ${problem.expected}${got}`;
}

/** The text of anything that was thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
