import { keyFault, type Fault } from './refusal.ts';
import type { JsonObject, Value } from './value.ts';

/** A type of line: which keys it has, in the order in which they are written, and what each may say. */
export interface Shape<F> {
  /**
   * The fact that a line tells, or the first key that is wrong. Keys that are not known are passed over, so that a later
   * version may add some; null is the same as absent.
   */
  read(raw: JsonObject): { readonly fact: F } | { readonly fault: Fault };
  /** The line of a fact, without its line feed. Absent keys are left out. */
  write(fact: F): string;
}

/** A key of a line. */
interface Key<T> extends Value<T> {
  readonly optional: boolean;
}
export interface Needed<T> extends Key<T> {
  readonly optional: false;
}
export interface Optional<T> extends Key<T> {
  readonly optional: true;
}

/** Every key of a fact except `type`: the compiler holds that none is forgotten, and which may be absent. */
export type KeysOf<F> = {
  readonly [K in Exclude<keyof F, 'type'>]-?: undefined extends F[K] ? Optional<NonNullable<F[K]>> : Needed<F[K]>;
};

export function needed<T>(value: Value<T>): Needed<T> {
  return { ...value, optional: false };
}

export function optional<T>(value: Value<T>): Optional<T> {
  return { ...value, optional: true };
}

export function shapeOf<F extends { readonly type: string }>(keys: KeysOf<F>): Shape<F> {
  const entries = Object.entries(keys as Readonly<Record<string, Key<unknown>>>);
  return {
    read(raw) {
      const fact: Record<string, unknown> = { type: raw['type'] };
      for (const [key, value] of entries) {
        const said = raw[key];
        if (said === undefined || said === null) {
          if (value.optional) continue;
          return { fault: keyFault(key, value.expected, undefined) };
        }
        const read = value.read(said);
        if (read === undefined)
          return { fault: within(key, value.blame?.(said)) ?? keyFault(key, value.expected, said) };
        fact[key] = read;
      }
      // KeysOf<F> has every key of F, each with the values that it takes.
      return { fact: fact as unknown as F };
    },
    write(fact) {
      const line: Record<string, unknown> = { type: fact.type };
      const values = fact as JsonObject;
      for (const [key, value] of entries) {
        const said = values[key];
        if (said !== undefined) line[key] = value.write(said);
      }
      return JSON.stringify(line);
    },
  };
}

function within(key: string, part: Fault | undefined): Fault | undefined {
  return part === undefined ? undefined : { ...part, path: key + part.path };
}
