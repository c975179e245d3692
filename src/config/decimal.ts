import type { Decimal } from './contract.ts';

/** A decimal as YAML and JSON write one: `44`, `0.9999`, `-1.5`, `3e-5`, `44.000`. No hexadecimal, no infinity. */
export const DECIMAL = /^[-+]?(?:\d{1,24}(?:\.\d{0,24})?|\.\d{1,24})(?:[eE][-+]?\d{1,2})?$/;

/** What the text says, to the last digit; undefined when it is no decimal of at most 48 digits and exponents from -30 to 30. */
export function parseDecimal(text: string): Decimal | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const exponent = Number(power);
  if (Math.abs(exponent) > 30) return undefined;
  const digits = BigInt(`${whole.replace(/^[-+]/, '')}${fraction}`) * (whole.startsWith('-') ? -1n : 1n);
  const scale = fraction.length - exponent;
  return scale < 0 ? { numerator: digits * 10n ** BigInt(-scale), scale: 0, text } : { numerator: digits, scale, text };
}

/** Below 0, 0 or above 0, as `a` lies below, at or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const difference = a.numerator * 10n ** BigInt(b.scale) - b.numerator * 10n ** BigInt(a.scale);
  return difference < 0n ? -1 : Number(difference > 0n);
}
