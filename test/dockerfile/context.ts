import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Rule {
  readonly keeps: boolean;
  readonly pattern: string;
  readonly matches: RegExp;
}

/** The files that `docker build` would send from `root`, sorted, relative: what its .dockerignore leaves. */
export function contextOf(root: string): readonly string[] {
  const rules = parseIgnore(readFileSync(path.join(root, '.dockerignore'), 'utf8'));
  return filesUnder(root, '', rules).toSorted();
}

/** The last rule that fits decides. */
export function isIgnored(rules: readonly Rule[], file: string): boolean {
  const rule = rules.findLast(({ matches }) => matches.test(file));
  return rule !== undefined && !rule.keeps;
}

export function parseIgnore(text: string): readonly Rule[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const keeps = line.startsWith('!');
      const pattern = keeps ? line.slice(1) : line;
      return { keeps, pattern, matches: toRegExp(pattern) };
    });
}

// `**/` is any depth, `*` stays within a name; a pattern holds for all below what it names.
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\?]/g, String.raw`\$&`)
    .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${source}(?:/.*)?$`);
}

function filesUnder(root: string, folder: string, rules: readonly Rule[]): readonly string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (!entry.isDirectory()) return isIgnored(rules, file) ? [] : [file];
    const mayKeepSome = rules.some(({ keeps, pattern }) => keeps && pattern.startsWith(`${file}/`));
    return isIgnored(rules, file) && !mayKeepSome ? [] : filesUnder(root, file, rules);
  });
}
