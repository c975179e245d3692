import { ConfigError, type Problem } from '../lib/errors.ts';

/** What `load` returns; where a contract has many mistakes, one line for the first, and where all are shown. */
export function withFirstProblem<Loaded>(file: string, load: (file: string) => Loaded): Loaded {
  try {
    return load(file);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.problems.length < 2) throw error;
    const [first, ...others] = error.problems;
    throw new ConfigError(first === undefined ? [] : [more(first, others.length, file)]);
  }
}

function more(first: Problem, others: number, file: string): Problem {
  const hint = `; ${others} more: mailwitness config check --contract ${file}`;
  return first.got === undefined ? { ...first, expected: first.expected + hint } : { ...first, got: first.got + hint };
}
