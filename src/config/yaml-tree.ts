import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair, type Scalar } from 'yaml';
import { DEEPEST, nestsTooDeep } from './nesting.ts';
import { yamlMistake } from './yaml-mistake.ts';

/** Where a value stands, and how it was written. */
export interface Place {
  /** 1-based; of its key, where it has one. */
  readonly line: number;
  /** For messages: the text as a JSON string, a number as written, `nothing`; or what it is instead of a value. */
  readonly written: string;
  readonly kind: 'text' | 'other' | 'mapping' | 'list';
}

export interface Mistake {
  readonly line: number;
  readonly path: Path;
  readonly expected: string;
}

export type Path = readonly (string | number)[];

export interface YamlTree {
  readonly value: unknown;
  /** By `printPath`. */
  readonly places: ReadonlyMap<string, Place>;
  readonly mistakes: readonly Mistake[];
  /** It is no YAML: what stands in `value` is a guess, and not worth checking. */
  readonly broken: boolean;
}

/** A configuration of some thousand mailboxes; a few aliases of aliases would exceed any memory. */
const MOST_VALUES = 50_000;

/**
 * YAML 1.2 as plain values, with the line of each. Aliases and merge keys (`<<`) are followed; tags are refused. With
 * numbers `as written` their source text is the value: 0.9999 as a double is another number, and 1e3 may be a name.
 */
export function readYaml(text: string, numbers: 'as written' | 'as numbers' = 'as numbers'): YamlTree {
  const lines = new LineCounter();
  if (nestsTooDeep(text)) return { value: undefined, places: new Map(), mistakes: [tooDeep(1, [])], broken: true };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Found in `walk`, with the line of the first.
    uniqueKeys: false,
    // With `silent` a second document is passed over without an error.
    logLevel: 'error',
  });
  const rows = text.split('\n');
  const mistakes = [...document.errors, ...document.warnings].map(({ code, pos }): Mistake => {
    const line = lineAt(lines, pos[0]);
    return { line, path: [], expected: yamlMistake(code, rows[line - 1]) };
  });
  if (mistakes.length > 0) return { value: undefined, places: new Map(), mistakes: oneALine(mistakes), broken: true };
  return walk(document.contents, lines, numbers === 'as written' ? asWritten : asNumber);
}

function walk(root: Node | null, lines: LineCounter, valueOf: (scalar: Scalar) => unknown): YamlTree {
  const places = new Map<string, Place>();
  const mistakes: Mistake[] = [];
  const anchors = new Map<string, Node>();
  let values = 0;
  let endless: Mistake | undefined;

  const visit = (node: unknown, path: Path, keyLine: number | undefined): unknown => {
    const line = keyLine ?? lineOf(lines, node);
    values += 1;
    if (endless !== undefined) return undefined;
    if (path.length > DEEPEST || values > MOST_VALUES) {
      endless = tooDeep(line, path);
      return undefined;
    }
    const found = follow(node, line, path);
    if (isMap(found)) {
      places.set(printPath(path), { line, written: 'a mapping', kind: 'mapping' });
      return visitMap(found.items, path);
    }
    if (isSeq(found)) {
      places.set(printPath(path), { line, written: 'a list', kind: 'list' });
      return found.items.map((item, index) => visit(item, [...path, index], undefined));
    }
    const scalar = isScalar(found) ? found : undefined;
    places.set(printPath(path), {
      line,
      written: writtenAs(scalar),
      kind: typeof scalar?.value === 'string' ? 'text' : 'other',
    });
    return scalar === undefined ? null : valueOf(scalar);
  };

  /** The node that an alias stands for. */
  const follow = (node: unknown, line: number, path: Path): unknown => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) mistakes.push({ line, path, expected: yamlMistake('BAD_ALIAS') });
      return target;
    }
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    return node;
  };

  const visitMap = (pairs: readonly Pair[], path: Path): Record<string, unknown> => {
    const result = emptyMapping();
    const lineOfKey = new Map<string, number>();
    const merges: { value: unknown; line: number }[] = [];
    for (const { key, value } of pairs) {
      const line = lineOf(lines, key);
      const name = keyName(key, valueOf);
      const before = lineOfKey.get(name ?? '');
      if (name === undefined) {
        mistakes.push({ line, path, expected: 'a key that is a plain word' });
      } else if (before !== undefined) {
        const expected = `each key once; this one stands on line ${before} already`;
        mistakes.push({ line, path: [...path, name], expected });
      } else {
        lineOfKey.set(name, line);
        if (name === '<<') merges.push({ value, line });
        else result[name] = visit(value, [...path, name], line);
      }
    }
    // What stands in the mapping itself wins, then the first that is merged (YAML 1.1, merge key).
    for (const { value, line } of merges) merge(result, value, line, path);
    return result;
  };

  const merge = (result: Record<string, unknown>, value: unknown, line: number, path: Path): void => {
    const source = follow(value, line, path);
    const mappings: unknown[] = isSeq(source) ? source.items : [source];
    for (const item of mappings) {
      const mapping = follow(item, line, path);
      if (!isMap(mapping)) {
        mistakes.push({ line, path: [...path, '<<'], expected: 'a mapping to merge such as <<: *defaults' });
        continue;
      }
      for (const { key, value } of mapping.items) {
        const name = keyName(key, valueOf);
        if (name === undefined || name === '<<' || name in result) continue;
        result[name] = visit(value, [...path, name], lineOf(lines, key));
      }
    }
  };

  const value = visit(root, [], undefined);
  return endless === undefined
    ? { value, places, mistakes, broken: false }
    : { value, places, mistakes: [endless], broken: true };
}

/** `systems[0].imap.port`; a key that is no plain word stands in quotes. */
export function printPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w<-]+$/.test(part)) return `[${shorten(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** Text for a message: a JSON string, so that no control character gets through, cut at 60 characters. */
export function shorten(text: string): string {
  // A login inside an address (https://user:password@host) is a secret wherever it stands.
  const masked = text.replaceAll(/\/\/[^@/]*@/g, '//***@');
  return JSON.stringify(masked.length > 60 ? `${masked.slice(0, 60)}...` : masked);
}

/** Without a prototype, so that a key called `__proto__` is a key like any other. */
function emptyMapping(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function keyName(key: unknown, valueOf: (scalar: Scalar) => unknown): string | undefined {
  return isScalar(key) ? String((valueOf(key) as string | number | boolean | null) ?? '') : undefined;
}

function asNumber(scalar: Scalar): unknown {
  return scalar.value ?? null;
}

function asWritten(scalar: Scalar): unknown {
  return typeof scalar.value === 'number' ? scalar.source : asNumber(scalar);
}

function writtenAs(scalar: Scalar | undefined): string {
  if (scalar === undefined || scalar.value === null)
    return scalar?.source === undefined || scalar.source === '' ? 'nothing' : scalar.source;
  return typeof scalar.value === 'string' ? shorten(scalar.value) : (scalar.source ?? 'a value');
}

function lineOf(lines: LineCounter, node: unknown): number {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return lineAt(lines, range?.[0] ?? 0);
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}

function tooDeep(line: number, path: Path): Mistake {
  return {
    line,
    path: path.slice(0, 3),
    expected: `at most ${DEEPEST} levels and ${MOST_VALUES} values, aliases followed`,
  };
}

/** One slip makes the parser stumble several times on its line. */
function oneALine(mistakes: readonly Mistake[]): Mistake[] {
  return [...new Map(mistakes.toReversed().map((mistake) => [mistake.line, mistake])).values()].toReversed();
}
