import type { Decimal } from '../config/contract.ts';

/** An exact number: `num / den`, `den` above 0. Figures are compared with limits as these, never as floats. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

/** `num` and `den` are whole numbers. */
export function rational(num: number | bigint, den: number | bigint = 1): Rational {
  const below = BigInt(den);
  return below < 0n ? { num: -BigInt(num), den: -below } : { num: BigInt(num), den: below };
}

export function ofDecimal({ numerator, scale }: Decimal): Rational {
  return { num: numerator, den: 10n ** BigInt(scale) };
}

/** The shortest decimal that reads back as the same double. */
export function ofNumber(value: number): Rational {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return power >= 0 ? { num: digits * 10n ** BigInt(power), den: 1n } : { num: digits, den: 10n ** BigInt(-power) };
}

export function plus(a: Rational, b: Rational): Rational {
  return { num: a.num * b.den + b.num * a.den, den: a.den * b.den };
}

export function minus(a: Rational, b: Rational): Rational {
  return { num: a.num * b.den - b.num * a.den, den: a.den * b.den };
}

/** Below 0, 0 or above 0, as `a` lies below, at or above `b`. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.num * b.den - b.num * a.den;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function smaller(a: Rational, b: Rational): Rational {
  return compare(a, b) <= 0 ? a : b;
}

export function larger(a: Rational, b: Rational): Rational {
  return compare(a, b) >= 0 ? a : b;
}

const MILLION = 1_000_000n;

/** Rounded to 6 decimals, halves up: how minutes, days and seconds are printed. */
export function rounded({ num, den }: Rational): number {
  return Number(floorDiv(2n * num * MILLION + den, 2n * den)) / 1e6;
}

/** Floored to 6 decimals: how ratios are printed, so that none looks better than it is. */
export function floored({ num, den }: Rational): number {
  return Number(floorDiv(num * MILLION, den)) / 1e6;
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
