import type { Instant } from '../lib/time.ts';
import type { ProbeState } from './probe-state.ts';
import type { CheckKind, RouteKind } from './probe.ts';
import type { Gap, Sample } from './sample.ts';
import type { SendResult } from './send-result.ts';
import type { ForgeryKind, Sighting } from './sighting.ts';
import type { Failure, Visit } from './visit.ts';

/** All that the agent says. The store, the metrics, the log and the pages listen; nobody else decides anything. */
export type AgentEvent =
  /** Written before MAIL FROM: from here on the probe cannot be forgotten. */
  | {
      readonly kind: 'launched';
      readonly at: Instant;
      readonly probe: ProbeState;
      /** It was launched by an earlier run that could not write it down: its own token has told of it. */
      readonly recovered?: true;
    }
  /** An attempt ended. `final`: no further attempt follows. */
  | {
      readonly kind: 'sent';
      readonly at: Instant;
      readonly probe: ProbeState;
      readonly result: SendResult;
      readonly final: boolean;
    }
  | {
      readonly kind: 'sighted';
      readonly at: Instant;
      /** State after the sighting; a settled probe's state does not change. */
      readonly probe: ProbeState;
      readonly sighting: Sighting;
      readonly meaning: SightingMeaning;
    }
  /** What is known of an open probe has changed: of its wait, or that one which is deferred goes over to the next run. */
  | { readonly kind: 'noted'; readonly at: Instant; readonly probe: ProbeState }
  | { readonly kind: 'settled'; readonly at: Instant; readonly probe: ProbeState }
  | { readonly kind: 'sampled'; readonly at: Instant; readonly sample: Sample; readonly visits: readonly Visit[] }
  /** A visit or a launch that says nothing about the mail system: our own side failed. */
  | {
      readonly kind: 'voided';
      readonly at: Instant;
      readonly system: string;
      readonly check: CheckKind | 'launch';
      readonly target: string;
      readonly failure: Failure;
      readonly why: Gap['why'];
      /** See VisitVerdict. */
      readonly alone?: true;
    }
  /** A launch that fell due and was left out: it says nothing about the mail system, and the route has no sample of it. */
  | {
      readonly kind: 'skipped';
      readonly at: Instant;
      readonly system: string;
      readonly route: string;
      readonly routeKind: RouteKind;
      readonly why: SkippedWhy;
    }
  | { readonly kind: 'gap'; readonly at: Instant; readonly gap: Gap }
  | {
      readonly kind: 'watching';
      readonly at: Instant;
      readonly system: string;
      readonly mailbox: string;
      readonly state: 'up' | 'down';
      readonly failure?: Failure;
    }
  | {
      readonly kind: 'upkeep';
      readonly at: Instant;
      readonly system: string;
      readonly mailbox: string;
      readonly deleted: number;
      readonly left: number;
      readonly words?: string;
    }
  | {
      readonly kind: 'foreign';
      readonly at: Instant;
      readonly place: 'sink' | 'mailbox';
      readonly what: ForgeryKind | 'stranger' | 'limit';
    }
  | { readonly kind: 'clock-step'; readonly at: Instant; readonly stepMs: number };

/**
 * under-way: as many launches of the route as may be were still being handed over (a system that defers them all for hours) ·
 * own-mail: the mailbox holds as many letters of ours as it may that could not be deleted ·
 * store: the store cannot be written, and as much waits for it as may.
 */
export type SkippedWhy = 'under-way' | 'own-mail' | 'store';

export const SKIPPED_WHYS: readonly SkippedWhy[] = ['under-way', 'own-mail', 'store'];

/** first: it tells the figure · again: a later attempt · duplicate: a further copy · late: it came after its probe was settled as lost · known: this copy was seen before */
export type SightingMeaning = 'first' | 'again' | 'duplicate' | 'late' | 'known' | 'bounce';
