/** Value of one series in an exposition text; undefined when it is not there. Labels in any order, all of them given. */
export function seriesOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  for (const line of text.split('\n')) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match?.[1] !== name) continue;
    const got = match[2] === undefined ? [] : match[2].split(/,(?=[a-z_]+=")/);
    if (got.length === wanted.length && wanted.every((label) => got.includes(label)))
      return Number(match[3]?.replace('Nan', 'NaN'));
  }
  return undefined;
}
