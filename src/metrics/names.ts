/**
 * Every metric that the agent exposes: name, help, labels, edges. Base units; labels hold names of the configuration
 * and words of the program only (the one exception: hosts that an MX lookup found, bounded in `targets.ts`).
 */
export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricSpec<T extends MetricType = MetricType, L extends string = string> {
  readonly type: T;
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
  /** Upper edges of a histogram, in seconds. */
  readonly edges?: readonly number[];
}

/** 60 s and 3600 s are the limits of the contract's clause 2, so both are edges. */
export const DELAY_EDGES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600,
];

const PHASE_EDGES: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const DEFERRAL_EDGES: readonly number[] = [1, 10, 60, 300, 900, 1_800, 3_600, 7_200, 21_600];

const TARGET = ['system', 'check', 'target'] as const;
const ROUTE = ['system', 'route', 'kind'] as const;
const DELAY = ['system', 'route'] as const;

export const METRICS = {
  connected: gauge('connected', 'State of the mail system as a whole: 1 for the state it is in, 0 for the other two.', [
    'system',
    'state',
  ]),

  checkState: gauge(
    'check_state',
    'State of a target: 1 for the state it is in, 0 for the other two; unmeasured as soon as its last sample is too old.',
    [...TARGET, 'state'],
  ),
  checkVisits: counter(
    'check_visits_total',
    'Visits by result: good, bad, transient (a first attempt that failed alone) or void (our own side failed).',
    [...TARGET, 'result'],
  ),
  checkFailures: counter(
    'check_failures_total',
    'Visits that failed through the mail system, transients included, by cause.',
    ['system', 'check', 'cause'],
  ),
  checkLastPhase: gauge(
    'check_last_phase_duration_seconds',
    'Duration of a phase in the last visit; NaN where that visit did not complete the phase.',
    [...TARGET, 'phase'],
  ),
  checkPhase: histogram(
    'check_phase_duration_seconds',
    'Durations of completed phases of all visits of a check.',
    ['system', 'check', 'phase'],
    PHASE_EDGES,
  ),
  checkLastVisit: gauge(
    'check_last_visit_timestamp_seconds',
    'Unix time of the end of the last visit that judged the target; NaN before the first.',
    [...TARGET],
  ),
  checkLastSuccess: gauge(
    'check_last_success_timestamp_seconds',
    'Unix time of the end of the last good visit; NaN before the first.',
    [...TARGET],
  ),
  certificateExpiry: gauge(
    'certificate_expiry_timestamp_seconds',
    'Unix time at which the certificate last shown by a target (or to a route) expires; NaN until one was seen.',
    [...TARGET],
  ),

  routeState: gauge('route_state', 'State of a route: 1 for the state it is in, 0 for the other two.', [
    ...ROUTE,
    'state',
  ]),
  launched: counter('probes_launched_total', 'Probes whose first attempt was begun.', [...ROUTE]),
  settled: counter('probes_settled_total', 'Probes that have ended, by outcome.', [...ROUTE, 'outcome']),
  attempts: counter('probe_attempts_total', 'Attempts to hand a probe over, by result.', [...ROUTE, 'result']),
  attemptFailures: counter('probe_attempt_failures_total', 'Attempts to hand a probe over that failed, by cause.', [
    ...ROUTE,
    'cause',
  ]),
  launchesVoided: counter(
    'launches_voided_total',
    'Launches that say nothing about the mail system because our own side failed.',
    [...ROUTE],
  ),
  launchesSkipped: counter(
    'launches_skipped_total',
    'Launches that fell due and were left out, by reason: under-way, as many as may be were being handed over still; own-mail, too many letters of ours stay in the mailbox; store, the store cannot be written and as much waits for it as may.',
    [...ROUTE, 'why'],
  ),
  sendDelay: histogram(
    'send_delay_seconds',
    'Send delay of outbound probes: first contact at the sink minus acceptance; each probe once, when it ends.',
    [...DELAY],
    DELAY_EDGES,
  ),
  receiveDelay: histogram(
    'receive_delay_seconds',
    'Receive delay of inbound probes: visible in the mailbox minus acceptance; each probe once, when it ends.',
    [...DELAY],
    DELAY_EDGES,
  ),
  internalDelay: histogram(
    'internal_delay_seconds',
    'Delay of internal probes: visible in the mailbox minus acceptance; each probe once, when it ends.',
    [...DELAY],
    DELAY_EDGES,
  ),
  lastDelay: gauge('last_delay_seconds', 'Delay of the last probe that came out; NaN before the first.', [...ROUTE]),
  deferral: histogram(
    'inbound_deferral_seconds',
    'Time that ended inbound probes spent being refused for now before they were accepted; it is no part of the delay.',
    [...DELAY],
    DEFERRAL_EDGES,
  ),
  routeLastSuccess: gauge(
    'route_last_success_timestamp_seconds',
    'Unix time at which the last probe came out; NaN before the first.',
    [...ROUTE],
  ),
  openProbes: gauge('open_probes', 'Probes that have not ended.', [...ROUTE]),
  oldestOpen: gauge(
    'oldest_open_probe_age_seconds',
    'Time since the launch of the oldest probe that has not ended; 0 when none is open.',
    [...ROUTE],
  ),
  duplicates: counter('probe_duplicates_total', 'Copies of a probe beyond its first.', [...ROUTE]),
  misfiled: counter('probe_misfiled_total', 'Probes that were delivered to the Junk folder.', [...ROUTE]),
  late: counter('probe_late_total', 'Copies that came out after their probe had been settled as lost.', [...ROUTE]),
  repeats: counter(
    'probe_repeated_contacts_total',
    'Further attempts of the mail system to hand a probe to the sink after its first.',
    [...ROUTE],
  ),

  unmeasured: counter(
    'unmeasured_seconds_total',
    'Time in which the agent could not judge, by reason; a sink gap concerns outbound only.',
    ['why'],
  ),
  clockSteps: counter('clock_steps_total', 'Steps of the wall clock that were noticed.', []),

  mailboxWatched: gauge(
    'mailbox_watched',
    'Whether the watcher of a mailbox can look: 1 it can, 0 it cannot or has not yet.',
    ['system', 'mailbox'],
  ),
  ownMail: gauge(
    'mailbox_own_mail',
    'Probes of our own that stay in a mailbox because they could not be deleted; NaN before the first upkeep.',
    ['system', 'mailbox'],
  ),
  deleted: counter('mailbox_deleted_mail_total', 'Probes of our own that were deleted from a mailbox.', [
    'system',
    'mailbox',
  ]),
  foreign: counter(
    'foreign_mail_total',
    'Mail or connections that are not to be believed and were ignored, by place and kind.',
    ['place', 'what'],
  ),
  sinkListening: gauge('sink_listening', 'Whether the sink of outbound probes listens: 1 it does, 0 it does not.', []),

  monthDown: gauge(
    'month_down_seconds',
    'Down time of the running month that the clause on downtime counts, after exclusions: least, estimate and most; NaN until first computed.',
    ['system', 'bound'],
  ),
  monthBudgetLeft: gauge(
    'month_down_budget_left_seconds',
    'Down time that the stricter governing limit of the clause on downtime leaves for the running month, by the estimate; negative once it is spent, NaN until first computed.',
    ['system'],
  ),
  monthUnmeasured: gauge(
    'month_unmeasured_seconds',
    'Time of the running month up to its last computation that is neither up nor down; NaN until first computed.',
    ['system'],
  ),
  monthDelayMean: gauge(
    'month_delay_mean_seconds',
    'Mean delay of the running month as its clause counts it, to send or to receive; NaN while nothing came out.',
    ['system', 'direction'],
  ),
  monthDelayMax: gauge(
    'month_delay_max_seconds',
    'Longest delay of the running month as its clause counts it, lost mail aside; NaN while nothing came out.',
    ['system', 'direction'],
  ),
  monthExceedances: gauge(
    'month_delay_exceedances',
    "Mail of the running month above the clause's maximum, lost or surely waiting longer already; NaN until first computed.",
    ['system', 'direction'],
  ),
  monthVerdict: gauge(
    'month_clause_verdict',
    'Verdict of a clause on the running month as it stands: 1 for met, missed, open or no_data, 0 for the other three; no_data until first computed.',
    ['system', 'clause', 'verdict'],
  ),
  monthComputed: gauge(
    'month_computed_timestamp_seconds',
    'Unix time up to which the figures of the running month were last computed; NaN before the first time.',
    ['system'],
  ),
  monthFailures: counter(
    'month_compute_failures_total',
    'Computations of the running month that failed; its figures stay as they last were.',
    ['system'],
  ),

  storeQueue: gauge('store_queue_entries', 'Entries of the store that wait for their commit.', []),
  storeTrouble: gauge(
    'store_trouble',
    'Whether the store cannot be written, or memory for what waits is full: 1 or 0; the page and /readyz say why.',
    [],
  ),
  storeDropped: counter(
    'store_dropped_total',
    'What was dropped for want of room while the store could not be written: dialogues, samples (their time is unmeasured), records.',
    ['what'],
  ),
  storeLastCommit: gauge(
    'store_last_commit_duration_seconds',
    'Duration of the last commit of the store; NaN before the first.',
    [],
  ),
  storeMaxCommit: gauge(
    'store_longest_commit_duration_seconds',
    'Duration of the longest commit of the store since the agent started; NaN before the first.',
    [],
  ),
  loopLag: gauge(
    'event_loop_lag_seconds',
    'Lateness of the event loop in the last one to two minutes: its median, its 99th percentile, its maximum.',
    ['statistic'],
  ),
  buildInfo: gauge('build_info', 'Always 1; its labels tell the version of the agent and of Node.js.', [
    'version',
    'node',
  ]),

  cpu: counter('process_cpu_seconds_total', 'CPU time that the process used, user and system.', []),
  resident: gauge('process_resident_memory_bytes', 'Memory of the process that is resident.', []),
  openFds: gauge(
    'process_open_fds',
    'File descriptors that the process holds open; NaN where the system does not tell.',
    [],
  ),
  startTime: gauge('process_start_time_seconds', 'Unix time at which the process started.', []),
  heap: gauge('heap_used_bytes', 'Memory that the JavaScript heap uses.', []),
} as const;

function counter<L extends string>(name: string, help: string, labels: readonly L[]): MetricSpec<'counter', L> {
  return { type: 'counter', name: fullName(name), help, labels };
}

function gauge<L extends string>(name: string, help: string, labels: readonly L[]): MetricSpec<'gauge', L> {
  return { type: 'gauge', name: fullName(name), help, labels };
}

function histogram<L extends string>(
  name: string,
  help: string,
  labels: readonly L[],
  edges: readonly number[],
): MetricSpec<'histogram', L> {
  return { type: 'histogram', name: fullName(name), help, labels, edges };
}

// Dashboards everywhere know the process metrics by these names.
function fullName(name: string): string {
  return name.startsWith('process_') ? name : `mailwitness_${name}`;
}
