/** Rows in pages that grow: who stops after two has read a handful, and no statement stays busy meanwhile. */
export function* inPages<Row>(page: (limit: number, offset: number) => readonly Row[]): Generator<readonly Row[]> {
  let offset = 0;
  for (let limit = 4; ; limit = Math.min(limit * 4, 4_096)) {
    const rows = page(limit, offset);
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
    offset += limit;
  }
}

/** Sources that are each in order, as one that is. */
export function* merged<One>(
  sources: readonly Iterable<One>[],
  compare: (one: One, other: One) => number,
): Generator<One> {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return yield* only;
  const iterators = sources.map((source) => source[Symbol.iterator]());
  const heads = iterators.map((iterator) => iterator.next());
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      const least = heads[first];
      if (head.done === true) continue;
      if (least === undefined || least.done === true || compare(head.value, least.value) < 0) first = index;
    }
    const head = heads[first];
    const iterator = iterators[first];
    if (head === undefined || head.done === true || iterator === undefined) return;
    yield head.value;
    heads[first] = iterator.next();
  }
}
