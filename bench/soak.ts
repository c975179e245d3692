import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { knownUntil } from '../src/month/known.ts';
import { monthReport } from '../src/month/month-report.ts';
import type { CheckName } from '../src/lib/check-names.ts';
import type { OutageReport } from '../src/sla/report.ts';
import { openReadOnly } from '../src/store/file.ts';
import { runsIn, type RunRow } from '../test/faults/evidence-of.ts';
import type { Undo } from '../test/lab/faults.ts';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { contractAtNoon } from '../test/support/contract-at-noon.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { outcomesOf, type Outcome } from './outcomes.ts';
import { residentOf } from './processes.ts';

const MINUTES = Number(process.env['BENCH_SOAK_MINUTES'] ?? 30);
const SEED = Number(process.env['BENCH_SOAK_SEED'] ?? Math.floor(Date.now() / 1_000));
/** A fault stands for, and between two all is well for, a random time up to twice this. */
const FAULT_MS = 8_000;
const QUIET_MS = 6_000;
/** Of a visit and of a launch; each has a second attempt. */
const TIMEOUT_MS = 2_000;
const WARM_UP_MS = 20_000;
const DRAIN_MS = 15_000;
const LOOK_EVERY_MS = 5_000;
/** How far the mean of the last quarter may lie above that of the second. */
const FLAT_SHARE = 0.1;
/** A shorter run is judged by all but memory: V8 compiles, and its heap grows, for the first minutes. */
const FLAT_FROM_MINUTES = 15;

interface Fault {
  readonly name: string;
  readonly switchOn: (lab: Lab) => Promise<Undo>;
  /** What it takes away, which clause 1 counts; none: it befalls letters. */
  readonly touches: readonly CheckName[];
  /** A visit to a silent server that is under way when the fault ends is judged as a whole: so much less or more is measured. */
  readonly patienceMs?: number;
  /** Postfix starts no smtpd for a second after one that found no Dovecot. */
  readonly lingersMs?: number;
}

/** A restart of both servers takes all away for a moment; a stopped Dovecot ends AUTH at submission, too. */
const ALL: readonly CheckName[] = ['submission', 'mx', 'imap', 'outbound', 'inbound', 'internal'];
const SUBMITTING: readonly CheckName[] = ['submission', 'outbound', 'internal'];
const DOVECOT: readonly CheckName[] = ['imap', ...SUBMITTING];
const POSTFIX: readonly CheckName[] = ['mx', 'inbound', ...SUBMITTING];

const FAULTS: readonly Fault[] = [
  { name: 'Dovecot stopped', switchOn: (lab) => lab.faults.stopDovecot(), touches: DOVECOT, lingersMs: 1_500 },
  {
    name: 'Dovecot frozen',
    switchOn: (lab) => lab.faults.freezeDovecot(),
    touches: DOVECOT,
    patienceMs: 2 * TIMEOUT_MS,
    lingersMs: 1_500,
  },
  { name: 'Postfix stopped', switchOn: (lab) => lab.faults.stopPostfix(), touches: POSTFIX },
  { name: 'IMAP refused', switchOn: (lab) => lab.faults.refusePort('imaps'), touches: ['imap'] },
  {
    name: 'IMAP black-holed',
    switchOn: (lab) => lab.faults.dropPort('imaps'),
    touches: ['imap'],
    patienceMs: 2 * TIMEOUT_MS,
  },
  { name: 'MX refused', switchOn: (lab) => lab.faults.refusePort('smtp'), touches: ['mx', 'inbound'] },
  {
    name: '451 after DATA',
    switchOn: (lab) => lab.faults.rejectData({ recipient: 'all', on: 'submission' }),
    touches: ['outbound', 'internal'],
  },
  {
    name: '450 at RCPT',
    switchOn: (lab) => lab.faults.rejectRecipient({ recipient: 'all', on: 'submission' }),
    touches: SUBMITTING,
  },
  { name: 'certificate expired', switchOn: (lab) => lab.faults.useCertificate('expired'), touches: ALL },
  { name: 'LMTP deferred', switchOn: (lab) => lab.faults.deferDelivery(), touches: [] },
  { name: 'queue held', switchOn: (lab) => lab.faults.hold('all'), touches: [] },
  { name: 'delivered to Junk', switchOn: (lab) => lab.faults.junk(lab.users.alice.address), touches: [] },
  { name: 'delivered twice', switchOn: (lab) => lab.faults.duplicate(lab.users.alice.address), touches: [] },
  { name: 'greylisting', switchOn: (lab) => lab.faults.greylist({ recipient: 'all', on: 'smtp' }, 500), touches: [] },
  {
    name: 'UIDVALIDITY changed',
    async switchOn(lab) {
      await lab.faults.changeUidValidity(lab.users.alice.login);
      return async () => undefined;
    },
    touches: [],
  },
];

/** A fault that was switched, and between which instants (epoch ms) it took hold and was gone. */
interface Injected {
  readonly fault: Fault;
  readonly begun: readonly [number, number];
  readonly ended: readonly [number, number];
}

/** Random faults on a real mail system for half an hour: nothing is lost, nothing false is booked, nothing grows. */
export async function soak(): Promise<boolean> {
  const random = mulberry(SEED);
  const lab = await startLab();
  try {
    const daemon = await startDaemon(configuration(lab));
    try {
      const looks: { readonly rss: number; readonly files: number }[] = [];
      await pause(WARM_UP_MS);
      const watch = setInterval(() => looks.push(lookAt(daemon)), LOOK_EVERY_MS);
      const injected: Injected[] = [];
      const until = Date.now() + MINUTES * 60_000;
      try {
        while (Date.now() < until) injected.push(await inject(lab, random));
      } finally {
        clearInterval(watch);
      }
      await pause(DRAIN_MS);
      await daemon.stop();
      return report(lab, daemon, injected, looks);
    } finally {
      await daemon.stop();
      daemon.clear();
    }
  } finally {
    await lab.stop();
  }
}

async function inject(lab: Lab, random: () => number): Promise<Injected> {
  const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? FAULTS[0];
  if (fault === undefined) throw new Error('no faults');
  const before = Date.now();
  const undo = await fault.switchOn(lab);
  const begun = [before, Date.now()] as const;
  await pause(3_000 + random() * 2 * FAULT_MS);
  const after = Date.now();
  await undo();
  const ended = [after, Date.now() + (fault.lingersMs ?? 0)] as const;
  await pause(5_000 + random() * 2 * QUIET_MS);
  return { fault, begun, ended };
}

function report(
  lab: Lab,
  { store }: Daemon,
  injected: readonly Injected[],
  looks: readonly { readonly rss: number; readonly files: number }[],
): boolean {
  const outages = outagesOf(store);
  const runs = runsIn(store);
  console.log(`${MINUTES} min, seed ${SEED}, ${injected.length} faults\n`);
  console.log('| fault | true (s) | measured (s) | bounds (s) | within |\n| --- | --: | --: | --: | --- |');
  let met = true;
  for (const one of injected.filter(isOutage)) {
    const { fault, begun, ended } = one;
    const own = outages.filter((outage) => belongs(outage, one));
    const sum = (of: (outage: OutageReport) => number): number => own.reduce((total, outage) => total + of(outage), 0);
    const [least, most] = [sum((outage) => outage.least_s), sum((outage) => outage.most_s)];
    const measured = sum(({ from, to }) => (Date.parse(to) - Date.parse(from)) / 1_000);
    const truth = [(ended[0] - begun[1]) / 1_000, (ended[1] - begun[0]) / 1_000] as const;
    const patience = (fault.patienceMs ?? 0) / 1_000;
    const { more, less } = visitsUnderWay(runs, one);
    // A silence that is shorter than a visit's patience may be met by none that failed twice.
    const within =
      (own.length > 0 || truth[0] <= patience) &&
      least <= truth[1] + patience + more / 1_000 &&
      most >= truth[0] - (fault.patienceMs === undefined ? less / 1_000 : patience);
    met &&= within;
    const cells = [fault.name, range(truth), measured.toFixed(2), range([least, most]), within ? 'yes' : '**no**'];
    console.log(`| ${cells.join(' | ')} |`);
  }
  const stray = outages.filter((outage) => !injected.some((one) => isOutage(one) && belongs(outage, one)));
  const falseRuns = badRunsOutside(runs, injected);
  const { accepted, settled, pending, strange } = accounts(lab, outcomesOf(store, 0, Date.now()));
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['false outages', stray.length === 0 ? '0' : JSON.stringify(stray), stray.length === 0],
    ['bad runs outside of every fault', falseRuns.length === 0 ? '0' : falseRuns.join('; '), falseRuns.length === 0],
    [
      'accepted by Postfix = settled + pending',
      `${accepted} = ${settled} + ${pending}`,
      accepted === settled + pending,
    ],
    ['accepted and not in the store, or void', strange.length === 0 ? '0' : strange.join(' '), strange.length === 0],
    flat(
      'RSS of the agent, MiB',
      looks.map(({ rss }) => rss),
    ),
    flat(
      'file descriptors',
      looks.map(({ files }) => files),
    ),
  ];
  console.log('\n| figure | found | met |\n| --- | --- | --- |');
  for (const [figure, found, good] of rows) {
    met &&= good;
    console.log(`| ${figure} | ${found} | ${good ? 'yes' : '**no**'} |`);
  }
  return met;
}

function isOutage({ fault }: Injected): boolean {
  return fault.touches.length > 0;
}

/**
 * A visit that was under way when the fault began or ended is one sample as a whole. How far the bad ones reach beyond the
 * fault, and how far good ones reach into it at those targets that met it, in ms: good ones by an attempt at most, and where
 * the fault is a silence that is in its patience already.
 */
function visitsUnderWay(runs: readonly RunRow[], one: Injected): { readonly more: number; readonly less: number } {
  const { begun, ended } = one;
  const bad = runs.filter((run) => isOf(run, one) && run.ok === 0);
  const before = Math.max(0, ...bad.map(({ from }) => begun[0] - from));
  const after = Math.max(0, ...bad.map(({ to }) => to - ended[1]));
  let [late, early] = [0, 0];
  for (const { check, target } of bad) {
    const own = runs.filter((run) => run.check === check && run.target === target);
    const [first, last] = [own.find((run) => bad.includes(run)), own.findLast((run) => bad.includes(run))];
    const good = own.filter(({ ok }) => ok === 1);
    late = Math.max(late, ...good.filter(({ to }) => to <= (first?.from ?? 0)).map(({ to }) => to - begun[1]));
    early = Math.max(early, ...good.filter(({ from }) => from >= (last?.to ?? 0)).map(({ from }) => ended[0] - from));
  }
  return { more: Math.min(2 * TIMEOUT_MS, before + after), less: Math.min(TIMEOUT_MS, late + early) };
}

/** Bad or good, at what the fault takes away, while it stood. */
function isOf({ check, from, to }: RunRow, { fault, begun, ended }: Injected): boolean {
  return fault.touches.some((name) => name === check) && to >= begun[0] && from <= ended[1];
}

/** Also those that clause 1 does not see, since something else stood in: each must have met a fault that takes that away. */
function badRunsOutside(runs: readonly RunRow[], injected: readonly Injected[]): readonly string[] {
  return runs
    .filter((run) => run.ok === 0 && !injected.some((one) => isOf(run, one)))
    .map(
      ({ check, target, from, to, cause }) =>
        `${check} ${target} ${new Date(from).toISOString()}, ${to - from} ms: ${cause}`,
    );
}

/** The letters that Postfix took from the agent, against what the store says of them. */
function accounts(lab: Lab, outcomes: readonly Outcome[]) {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const ids = lab.truth.all().flatMap(({ messageId, queued }) => {
    // A letter that was refused at the end of its data has a queue file for a moment, which never becomes active.
    if (!queued.some(({ activeAt }) => activeAt !== undefined) && !isHeld(lab, queued[0]?.queueId)) return [];
    const id = /^<mailwitness\.([^@]+)@/u.exec(messageId)?.[1];
    return id === undefined ? [] : [id];
  });
  const found = ids.map((id) => byId.get(id)).filter((outcome) => outcome !== undefined && outcome.acceptedAt !== null);
  const pending = found.filter((outcome) => outcome?.outcome === 'pending').length;
  return {
    accepted: ids.length,
    settled: found.length - pending,
    pending,
    strange: [
      ...ids.filter((id) => (byId.get(id)?.acceptedAt ?? null) === null),
      ...found.filter((outcome) => outcome?.outcome === 'void').map((outcome) => outcome?.id),
    ],
  };
}

function isHeld(lab: Lab, queueId: string | undefined): boolean {
  return (
    queueId !== undefined && lab.truth.lines.some((line) => line.includes(queueId) && line.includes('status=sent'))
  );
}

function outagesOf(store: string): readonly OutageReport[] {
  const db = openReadOnly(store);
  try {
    const { contract, month } = contractAtNoon(knownUntil(db));
    const answer = monthReport(db, { system: 'lab', month, contract, which: 'live' });
    if (answer.kind !== 'live') throw new Error(`no report: ${JSON.stringify(answer)}`);
    const down = answer.report.clauses.find(({ id }) => id === '1');
    if (down?.kind !== 'time') throw new Error('the contract has no clause 1');
    return down.outages;
  } finally {
    db.close();
  }
}

/** The estimate puts an edge in the middle between two samples, which are a second apart. */
const EDGE_MS = 1_000;

function belongs({ from, to }: OutageReport, { begun, ended }: Injected): boolean {
  return Date.parse(to) >= begun[0] - EDGE_MS && Date.parse(from) <= ended[1] + EDGE_MS;
}

function flat(figure: string, values: readonly number[]): readonly [string, string, boolean] {
  const quarter = (n: number): number => {
    const part = values.slice((n * values.length) / 4, ((n + 1) * values.length) / 4);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  const [second, last] = [quarter(1), quarter(3)];
  const found = `second quarter ${second.toFixed(1)}, last ${last.toFixed(1)}, most ${Math.max(...values).toFixed(1)}`;
  if (MINUTES < FLAT_FROM_MINUTES) return [figure, `${found}; not judged in so short a run`, true];
  return [figure, found, last <= second * (1 + FLAT_SHARE)];
}

function lookAt({ pid }: Daemon): { readonly rss: number; readonly files: number } {
  return { rss: residentOf(pid), files: readdirSync(`/proc/${pid}/fd`).length };
}

function range([from, to]: readonly [number, number]): string {
  return `${from.toFixed(2)} to ${to.toFixed(2)}`;
}

function configuration(lab: Lab): (store: string) => string {
  const { ports, users, caFile, hostname } = lab;
  const { alice, bob, carol } = users;
  const trust = { host: '127.0.0.1', ca_file: caFile, server_name: hostname };
  const pace = { interval: '1s', timeout: `${TIMEOUT_MS}ms` };
  return (store) =>
    JSON.stringify({
      agent: {
        store,
        listen: '127.0.0.1:0',
        witnesses: [],
        sink: { listen: `127.0.0.1:${ports.sink}`, domain: 'sink.example' },
      },
      systems: [
        {
          name: 'lab',
          submission: { ...trust, port: ports.submission, user: carol.login, password: carol.password },
          mx: { hosts: [`127.0.0.1:${ports.smtp}`], helo: 'bench.sink.example', retry_after: '1s' },
          imap: { ...trust, port: ports.imaps },
          mailboxes: [alice, bob, carol].map(({ login, address, password }) => ({
            name: login.replace(/@.*/u, ''),
            address,
            password,
          })),
          routes: [
            { kind: 'outbound', ...pace },
            { kind: 'inbound', mailbox: 'alice', ...pace },
            { kind: 'internal', mailbox: 'bob', ...pace },
          ],
          checks: ['submission', 'mx', 'imap'].map((kind) => ({ kind, ...pace })),
        },
      ],
    });
}

/** Numbers of [0, 1) that look random and are the same for the same seed (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
