import type { Instant } from '../lib/time.ts';
import { FAULTS, type FaultName, type SandboxFaults } from './faults.ts';

/** A fault that was switched. */
export interface FaultChange {
  readonly at: Instant;
  readonly name: FaultName;
  /** What it was set to; null: off. */
  readonly value: true | number | string | null;
}

export interface FaultHistory {
  /** The last ones, oldest first. */
  list(): readonly FaultChange[];
  stop(): void;
}

const MOST = 40;

/** Remembers when which fault was switched, whoever did it. */
export function createFaultHistory(faults: SandboxFaults, now: () => Instant): FaultHistory {
  const changes: FaultChange[] = [];
  const valueOf = (name: FaultName): FaultChange['value'] => faults.get(name) || null;
  const known = new Map(FAULTS.map(({ name }) => [name, valueOf(name)] as const));
  const stop = faults.onChange(() => {
    for (const { name } of FAULTS) {
      const value = valueOf(name);
      if (known.get(name) === value) continue;
      known.set(name, value);
      changes.push({ at: now(), name, value });
    }
    changes.splice(0, changes.length - MOST);
  });
  return { list: () => [...changes], stop };
}
