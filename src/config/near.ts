/** The word that was probably meant: one or two letters off (one, when short), or the same but for `-`, `_` and case. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const asked = plain(word);
  if (asked.length > 40) return undefined;
  const allowed = asked.length < 5 ? 1 : 2;
  const [best] = words
    .map((candidate) => ({ candidate, off: distance(asked, plain(candidate)) }))
    .filter(({ off }) => off <= allowed)
    .sort((a, b) => a.off - b.off);
  return best?.candidate;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment distance). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line.push(
        Math.min(
          at(above, column) + 1,
          at(line, column - 1) + 1,
          at(above, column - 1) + (same ? 0 : 1),
          swapped ? at(before, column - 2) + 1 : Infinity,
        ),
      );
    }
    before = above;
    above = line;
  }
  return at(above, to.length);
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Infinity;
}
