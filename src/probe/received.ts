/** What a `Received` field says of one hop (RFC 5321 4.4). Other hosts wrote it: evidence for people, part of no figure. */
export interface Hop {
  readonly by: string;
  readonly from: string | null;
  /** The protocol. */
  readonly with: string | null;
  readonly date: string | null;
}

/**
 * Null where it does not read as one. Comments are no part of it: what a client called itself stands there, and might say
 * `by` and `with` as it pleases. Each word takes the one behind it, so a host that is called `by` is a host.
 */
export function readHop(field: string): Hop | null {
  const text = withoutComments(field);
  const end = text.lastIndexOf(';');
  const words = (end < 0 ? text : text.slice(0, end)).split(/\s+/).filter((word) => word !== '');
  const found = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index++) {
    const name = (words[index] ?? '').toLowerCase();
    if (!NAMES.includes(name)) continue;
    if (!found.has(name)) found.set(name, words[index + 1] ?? '');
    index++;
  }
  const by = found.get('by');
  if (by === undefined) return null;
  const date =
    end < 0
      ? ''
      : text
          .slice(end + 1)
          .replace(/\s+/g, ' ')
          .trim();
  return { by, from: found.get('from') ?? null, with: found.get('with') ?? null, date: date === '' ? null : date };
}

const NAMES: readonly string[] = ['from', 'by', 'via', 'with', 'id', 'for'];

/** RFC 5322 3.2.2: comments nest; a backslash quotes what follows, there and in a quoted string. One that is not closed takes all. */
function withoutComments(text: string): string {
  let [kept, depth, quoted] = ['', 0, false];
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    const escaped = character === '\\' && (quoted || depth > 0) ? character + (text[++index] ?? '') : null;
    if (escaped === null && character === '"' && depth === 0) quoted = !quoted;
    if (escaped === null && !quoted && character === '(') depth++;
    if (depth === 0) kept += escaped ?? character;
    if (escaped === null && !quoted && character === ')' && depth > 0 && --depth === 0) kept += ' ';
  }
  return kept;
}
