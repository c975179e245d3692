import { Lexer } from 'yaml';

/** The deepest that a configuration may be nested; a right one has some ten levels. */
export const DEEPEST = 40;

/**
 * Whether text is nested deeper than the YAML parser can bear: it recurses, and some thousand open brackets take it
 * minutes or end the process where no `catch` helps. Its lexer does not recurse, so it is asked first. Lenient in what
 * it takes (`readYaml` counts exactly): block levels are bounded by the columns that they take up.
 */
export function nestsTooDeep(text: string): boolean {
  if (/^[ ?:-]{200}/m.test(text)) return true;
  let open = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') open += 1;
    if (token === ']' || token === '}') open -= 1;
    if (open > 2 * DEEPEST) return true;
  }
  return false;
}
