const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
};

/** A decimal and its unit, one optional space between; a bare number is bytes: `600`, `64kB`, `2 MiB`. */
export const SIZE = /^(\d{1,12}(?:\.\d{1,6})?) ?(B|kB|KB|MB|KiB|MiB)?$/;

/** The size in whole bytes; undefined when the text is none. */
export function parseSize(text: string): number | undefined {
  const [, decimal, unit] = SIZE.exec(text) ?? [];
  return decimal === undefined ? undefined : Math.round(Number(decimal) * (UNITS[unit ?? 'B'] ?? 0));
}
