import type { ErrorCode } from 'yaml';

/**
 * What was expected where the YAML parser stumbled. Its own messages are not used: some quote the text, which may be a
 * password that begins with `!` or `*`.
 */
const EXPECTED: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: 'an anchor of this name further up; a value that begins with * stands in quotes',
  BAD_DQ_ESCAPE: 'an escape that YAML knows in double quotes; a backslash itself is \\\\, or use single quotes',
  BAD_INDENT: 'the same indentation as the lines around, and every bracket closed',
  BAD_COLLECTION_TYPE: 'no tag; a value that begins with ! stands in quotes',
  BAD_SCALAR_START: 'a value in quotes, because its first character has a meaning in YAML',
  BLOCK_AS_IMPLICIT_KEY: 'one value after the key; one that holds ": " stands in quotes',
  BLOCK_IN_FLOW: 'a plain value between { } or [ ]',
  DUPLICATE_KEY: 'each key once',
  KEY_OVER_1024_CHARS: 'a key of at most 1024 characters',
  MISSING_CHAR: 'a quote, bracket, comma or colon that is missing here',
  MULTILINE_IMPLICIT_KEY: '"key: value" on one line',
  MULTIPLE_ANCHORS: 'one anchor only; a value that begins with & stands in quotes',
  MULTIPLE_DOCS: 'one document only; a second one begins here',
  MULTIPLE_TAGS: 'no tag; a value that begins with ! stands in quotes',
  TAB_AS_INDENT: 'spaces for indentation; YAML takes no tabs',
  TAG_RESOLVE_FAILED: 'no tag; a value that begins with ! stands in quotes',
  UNEXPECTED_TOKEN: 'something that YAML allows in this place; check quotes, brackets and indentation',
};

/** `line` is the text of the line where it stumbled, looked at and never quoted. */
export function yamlMistake(code: ErrorCode, line = ''): string {
  // `{ password: ${MAIL_PASSWORD} }`: the inner brace opens a second mapping for YAML.
  if (/[{[].*[^"']\$\{/.test(line)) return '"${NAME}" in quotes, as it stands between { } or [ ]';
  return EXPECTED[code] ?? 'YAML that can be read; check quotes, brackets and indentation';
}
