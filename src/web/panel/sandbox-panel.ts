import type { FaultChange } from '../../sandbox/fault-history.ts';
import type { SandboxFaults } from '../../sandbox/faults.ts';

/** What the page of a sandbox has in its hands. */
export interface SandboxPanel {
  readonly faults: Pick<SandboxFaults, 'get' | 'set' | 'active' | 'reset'>;
  /** When which fault was switched: the last ones, oldest first. */
  readonly changes: () => readonly FaultChange[];
}
