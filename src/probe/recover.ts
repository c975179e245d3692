import type { Instant, Ms } from '../lib/time.ts';
import { afterCrash, launchedState } from './correlate.ts';
import type { ProbeState } from './probe-state.ts';
import type { Probe } from './probe.ts';

/**
 * The state of a probe that came out and is not in the ledger: its disk was full or locked when it was launched, and then
 * the agent was killed. Its own verified token tells what it is, and that it was accepted, though not when: at its launch
 * at the earliest. Null for a token from before the time in which probes are looked for, which may have been played again
 * after its probe was purged, and for one from a time that is still to come.
 */
export function fromToken(signed: Probe, now: Instant, watchMs: Ms): ProbeState | null {
  const age = now - signed.launchedAt;
  return age >= 0 && age <= watchMs ? afterCrash(launchedState(signed)) : null;
}
