import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seriesOf } from '../../test/support/exposition.ts';
import {
  endedProbe,
  exampleSettings,
  goodSample,
  launched,
  liveState,
  sampled,
  settled,
  START,
  timedOut,
} from '../../test/support/feed.ts';
import { describeWithPrograms } from '../../test/support/needs.ts';
import { createHandClock, type HandClock } from '../lib/hand-clock.ts';
import { DAY, MINUTE } from '../lib/time.ts';
import type { AgentEvent } from '../probe/event.ts';
import { OUTCOMES } from '../probe/probe.ts';
import { GAP_WHYS } from '../probe/sample.ts';
import { CAUSES, PHASES_OF } from '../probe/visit.ts';
import { createMetrics, type Metrics } from './metrics.ts';

let clock: HandClock;
let metrics: Metrics;

beforeEach(() => {
  clock = createHandClock(START);
  metrics = createMetrics({ settings: exampleSettings(), clock, version: '1.2.3' });
});
afterEach(() => metrics.stop());

const IMAP = { system: 'hq', check: 'imap', target: 'alice' };
const OUT = { system: 'hq', route: 'out', kind: 'outbound' };
const IN = { system: 'hq', route: 'in', kind: 'inbound' };
const ROUND = { system: 'hq', route: 'round', kind: 'internal' };

describe('the first scrape, before anything happened', () => {
  test('has every system, check, target, phase, cause and result', async () => {
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_connected', { system: 'web', state: 'unmeasured' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_connected', { system: 'web', state: 'good' })).toBe(0);
    for (const [check, target] of [
      ['submission', 'smtp.example.org'],
      ['mx', 'mx1.example.org'],
      ['imap', 'alice'],
      ['pop3', 'alice'],
      ['webmail', 'mail.example.org'],
    ] as const) {
      const labels = { system: 'hq', check, target };
      expect(seriesOf(text, 'mailwitness_check_state', { ...labels, state: 'unmeasured' })).toBe(1);
      for (const result of ['good', 'bad', 'transient', 'void'])
        expect(seriesOf(text, 'mailwitness_check_visits_total', { ...labels, result })).toBe(0);
      for (const cause of CAUSES)
        expect(seriesOf(text, 'mailwitness_check_failures_total', { system: 'hq', check, cause })).toBe(0);
      for (const phase of PHASES_OF[check]) {
        expect(seriesOf(text, 'mailwitness_check_last_phase_duration_seconds', { ...labels, phase })).toBeNaN();
        expect(seriesOf(text, 'mailwitness_check_phase_duration_seconds_count', { system: 'hq', check, phase })).toBe(
          0,
        );
      }
      expect(seriesOf(text, 'mailwitness_check_last_success_timestamp_seconds', labels)).toBeNaN();
    }
    expect(
      seriesOf(text, 'mailwitness_check_state', { system: 'web', check: 'imap', target: 'alice', state: 'unmeasured' }),
    ).toBeUndefined();
  });

  test('has every route with its outcomes and its delays', async () => {
    const text = await metrics.scrape();
    for (const [route, delay] of [
      [OUT, 'send'],
      [IN, 'receive'],
      [ROUND, 'internal'],
    ] as const) {
      expect(seriesOf(text, 'mailwitness_probes_launched_total', route)).toBe(0);
      for (const outcome of OUTCOMES)
        expect(seriesOf(text, 'mailwitness_probes_settled_total', { ...route, outcome })).toBe(
          outcome === 'pending' ? undefined : 0,
        );
      for (const le of ['0.005', '60', '3600', '21600', '+Inf']) {
        expect(
          seriesOf(text, `mailwitness_${delay}_delay_seconds_bucket`, { system: 'hq', route: route.route, le }),
        ).toBe(0);
      }
      expect(seriesOf(text, 'mailwitness_last_delay_seconds', route)).toBeNaN();
      expect(seriesOf(text, 'mailwitness_oldest_open_probe_age_seconds', route)).toBe(0);
    }
    for (const why of GAP_WHYS) expect(seriesOf(text, 'mailwitness_unmeasured_seconds_total', { why })).toBe(0);
  });

  test('tells a certificate only where one will be seen', async () => {
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_certificate_expiry_timestamp_seconds', IMAP)).toBeNaN();
    expect(
      seriesOf(text, 'mailwitness_certificate_expiry_timestamp_seconds', { ...IMAP, check: 'pop3' }),
    ).toBeUndefined();
  });

  test('tells of the agent itself', async () => {
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_build_info', { version: '1.2.3', node: process.versions.node })).toBe(1);
    expect(seriesOf(text, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(seriesOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(seriesOf(text, 'mailwitness_event_loop_lag_seconds', { statistic: 'max' })).toBeGreaterThanOrEqual(0);
    expect(seriesOf(text, 'mailwitness_store_last_commit_duration_seconds')).toBeNaN();
  });

  test('has no sink of an agent without one', async () => {
    const { sink: _, ...agent } = exampleSettings().agent;
    const without = createMetrics({ settings: { ...exampleSettings(), agent }, clock, version: '1' });
    const text = await without.scrape();
    without.stop();
    expect(seriesOf(text, 'mailwitness_sink_listening')).toBeUndefined();
    expect(seriesOf(text, 'mailwitness_foreign_mail_total', { place: 'sink', what: 'stranger' })).toBeUndefined();
  });
});

describe('visits', () => {
  test('a good one tells its phases, its end and its certificate', async () => {
    metrics.on(sampled(goodSample()));
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_check_visits_total', { ...IMAP, result: 'good' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_check_last_phase_duration_seconds', { ...IMAP, phase: 'auth' })).toBe(0.03);
    expect(seriesOf(text, 'mailwitness_check_last_phase_duration_seconds', { ...IMAP, phase: 'starttls' })).toBeNaN();
    expect(seriesOf(text, 'mailwitness_check_last_success_timestamp_seconds', IMAP)).toBe((START + 40) / 1_000);
    expect(seriesOf(text, 'mailwitness_certificate_expiry_timestamp_seconds', IMAP)).toBe((START + 30 * DAY) / 1_000);
  });

  test('a first attempt that failed alone is a transient with its cause, and the sample is good', async () => {
    metrics.on(sampled(goodSample({ transient: timedOut })));
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_check_visits_total', { ...IMAP, result: 'transient' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_check_visits_total', { ...IMAP, result: 'good' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_check_visits_total', { ...IMAP, result: 'bad' })).toBe(0);
    expect(seriesOf(text, 'mailwitness_check_failures_total', { system: 'hq', check: 'imap', cause: 'timeout' })).toBe(
      1,
    );
  });

  test('a timeout is never told as a duration, and durations of the visit before do not stay', async () => {
    metrics.on(
      sampled(
        goodSample({
          phases: [
            { phase: 'greeting', ms: 5 },
            { phase: 'auth', ms: 30 },
          ],
        }),
      ),
    );
    metrics.on(
      sampled(
        goodSample({
          ok: false,
          failure: timedOut,
          phases: [
            { phase: 'connect', ms: 2 },
            { phase: 'greeting', ms: 10_000 },
          ],
        }),
      ),
    );
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_check_visits_total', { ...IMAP, result: 'bad' })).toBe(2);
    for (const phase of ['greeting', 'auth'])
      expect(seriesOf(text, 'mailwitness_check_last_phase_duration_seconds', { ...IMAP, phase })).toBeNaN();
    expect(seriesOf(text, 'mailwitness_check_last_phase_duration_seconds', { ...IMAP, phase: 'connect' })).toBe(0.002);
    expect(
      seriesOf(text, 'mailwitness_check_phase_duration_seconds_sum', {
        system: 'hq',
        check: 'imap',
        phase: 'greeting',
      }),
    ).toBe(0.005);
  });

  test('one that our own side spoiled is void and no failure', async () => {
    metrics.on({
      kind: 'voided',
      at: START,
      system: 'hq',
      check: 'imap',
      target: 'alice',
      failure: timedOut,
      why: 'own-line',
    });
    metrics.on({
      kind: 'voided',
      at: START,
      system: 'hq',
      check: 'launch',
      target: 'in',
      failure: timedOut,
      why: 'own-line',
    });
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_check_visits_total', { ...IMAP, result: 'void' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_launches_voided_total', IN)).toBe(1);
    expect(seriesOf(text, 'mailwitness_check_failures_total', { system: 'hq', check: 'imap', cause: 'timeout' })).toBe(
      0,
    );
  });
});

describe('states', () => {
  test('are what the live state says now, never what a visit once said', async () => {
    metrics.on(sampled(goodSample()));
    metrics.observe(liveState(START));
    expect(seriesOf(await metrics.scrape(), 'mailwitness_check_state', { ...IMAP, state: 'good' })).toBe(1);
    const live = liveState(START + MINUTE);
    const [hq] = live.systems;
    const checks = hq?.checks.map((check) => ({ ...check, state: 'unmeasured' as const })) ?? [];
    metrics.observe(liveState(START + MINUTE, { hq: { connected: 'bad', checks } }));
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_check_state', { ...IMAP, state: 'good' })).toBe(0);
    expect(seriesOf(text, 'mailwitness_check_state', { ...IMAP, state: 'unmeasured' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_connected', { system: 'hq', state: 'bad' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_connected', { system: 'hq', state: 'good' })).toBe(0);
  });

  test('MX hosts found by lookup come, go with all their series, and are at most twenty', async () => {
    const mx = (target: string) => ({
      check: 'mx' as const,
      target,
      state: 'good' as const,
      since: START,
      lastSample: null,
    });
    metrics.observe(
      liveState(START, { hq: { checks: Array.from({ length: 25 }, (_, n) => mx(`mx-${n}.example.net`)) } }),
    );
    metrics.on(sampled(goodSample({ check: 'mx', target: 'mx-24.example.net' })));
    const text = await metrics.scrape();
    expect(text.match(/^mailwitness_check_state\{system="hq",check="mx".*state="good"\} 1$/gm)).toHaveLength(20);
    expect(text).not.toContain('mx1.example.org');
    expect(
      seriesOf(text, 'mailwitness_check_visits_total', { system: 'hq', check: 'mx', target: 'other', result: 'good' }),
    ).toBe(1);
    metrics.observe(liveState(START, { hq: { checks: [mx('new.example.net')] } }));
    const later = await metrics.scrape();
    expect(later).not.toContain('mx-3.example.net');
    expect(
      seriesOf(later, 'mailwitness_check_state', {
        system: 'hq',
        check: 'mx',
        target: 'new.example.net',
        state: 'good',
      }),
    ).toBe(1);
  });

  test('what is no host name becomes no label', async () => {
    metrics.on(sampled(goodSample({ check: 'mx', target: 'evil" host\n<script>' })));
    expect(await metrics.scrape()).not.toContain('evil');
  });

  test('open probes, the oldest one, watched mailboxes, sink and store are pulled', async () => {
    const routes = liveState(START)
      .systems.flatMap(({ routes: all }) => all)
      .map((route) => ({ ...route, open: 3, oldestOpenAt: START - 90_000 }));
    const mailboxes = [{ name: 'alice', watching: 'down' as const, since: START, failure: timedOut }];
    metrics.observe(
      liveState(START, {
        hq: { routes, mailboxes },
        sink: { listening: false },
        store: {
          open: true,
          queue: 7,
          lastCommitMs: 2,
          maxCommitMs: 40,
          trouble: 'the store cannot be written (full)',
          dropped: { dialogues: 1, samples: 20, records: 3 },
        },
      }),
    );
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_open_probes', OUT)).toBe(3);
    expect(seriesOf(text, 'mailwitness_oldest_open_probe_age_seconds', OUT)).toBe(90);
    expect(seriesOf(text, 'mailwitness_mailbox_watched', { system: 'hq', mailbox: 'alice' })).toBe(0);
    expect(seriesOf(text, 'mailwitness_sink_listening')).toBe(0);
    expect(seriesOf(text, 'mailwitness_store_queue_entries')).toBe(7);
    expect(seriesOf(text, 'mailwitness_store_trouble')).toBe(1);
    expect(seriesOf(text, 'mailwitness_store_dropped_total', { what: 'samples' })).toBe(20);
    expect(seriesOf(text, 'mailwitness_store_longest_commit_duration_seconds')).toBe(0.04);
  });
});

describe('probes', () => {
  test.each([
    ['outbound', 'send', OUT],
    ['inbound', 'receive', IN],
    ['internal', 'internal', ROUND],
  ] as const)('an %s probe that came out is one %s delay', async (kind, delay, labels) => {
    metrics.on(settled(endedProbe(kind, 90_000)));
    const text = await metrics.scrape();
    const route = { system: 'hq', route: labels.route };
    expect(seriesOf(text, `mailwitness_${delay}_delay_seconds_sum`, route)).toBe(90);
    expect(seriesOf(text, `mailwitness_${delay}_delay_seconds_bucket`, { ...route, le: '60' })).toBe(0);
    expect(seriesOf(text, `mailwitness_${delay}_delay_seconds_bucket`, { ...route, le: '120' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_last_delay_seconds', labels)).toBe(90);
    expect(seriesOf(text, 'mailwitness_route_last_success_timestamp_seconds', labels)).toBe((START + 90_000) / 1_000);
  });

  test('a delay of exactly an hour is within the hour', async () => {
    metrics.on(settled(endedProbe('outbound', 3_600_000)));
    expect(
      seriesOf(await metrics.scrape(), 'mailwitness_send_delay_seconds_bucket', {
        system: 'hq',
        route: 'out',
        le: '3600',
      }),
    ).toBe(1);
  });

  test('a lost one is no delay', async () => {
    metrics.on(settled(endedProbe('outbound', null)));
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_probes_settled_total', { ...OUT, outcome: 'lost' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_send_delay_seconds_count', { system: 'hq', route: 'out' })).toBe(0);
    expect(seriesOf(text, 'mailwitness_last_delay_seconds', OUT)).toBeNaN();
  });

  test('attempts, sightings and a deferral are figures of their own and add nothing to the delay', async () => {
    const probe = endedProbe('inbound', 20, { deferral: { attempts: 2, refusedForMs: 61_000 }, misfiled: true });
    const facts = { startedAt: START, endedAt: START + 5, peer: 'mx1.example.org:25', phases: [], transcript: [] };
    const failure = { ...timedOut, cause: 'refused' as const };
    const visible = {
      probeId: probe.id,
      at: START,
      kind: 'visible',
      mailbox: 'alice',
      folder: 'INBOX',
      junk: false,
      unseenUntil: null,
      copyId: '1',
      headers: '',
    } as const;
    const contact = { probeId: probe.id, at: START, kind: 'contact', peer: 'mx1.example.org' } as const;
    const outbound = endedProbe('outbound', 5);
    const events: AgentEvent[] = [
      launched('inbound'),
      {
        kind: 'sent',
        at: START,
        probe,
        final: false,
        result: { ...facts, kind: 'refused', permanent: false, failure },
      },
      {
        kind: 'sent',
        at: START,
        probe,
        final: true,
        result: { ...facts, kind: 'accepted', acceptedAt: START, line: '250 ok' },
      },
      { kind: 'sighted', at: START, probe, sighting: visible, meaning: 'first' },
      { kind: 'sighted', at: START, probe, sighting: visible, meaning: 'duplicate' },
      { kind: 'sighted', at: START, probe, sighting: visible, meaning: 'known' },
      { kind: 'sighted', at: START, probe, sighting: visible, meaning: 'late' },
      { kind: 'sighted', at: START, probe: outbound, sighting: contact, meaning: 'again' },
      // The copy of a probe that had ended at its contact.
      {
        kind: 'sighted',
        at: START,
        probe: outbound,
        sighting: { probeId: probe.id, at: START, kind: 'copy', bytes: 600, altered: false, headers: '' },
        meaning: 'again',
      },
      { kind: 'sighted', at: START, probe: outbound, sighting: contact, meaning: 'late' },
      settled(probe),
    ];
    for (const event of events) metrics.on(event);
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_probes_launched_total', IN)).toBe(1);
    expect(seriesOf(text, 'mailwitness_probe_attempts_total', { ...IN, result: 'refused' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_probe_attempts_total', { ...IN, result: 'accepted' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_probe_attempt_failures_total', { ...IN, cause: 'refused' })).toBe(1);
    expect(seriesOf(text, 'mailwitness_probe_duplicates_total', IN)).toBe(1);
    expect(seriesOf(text, 'mailwitness_probe_late_total', IN)).toBe(1);
    expect(seriesOf(text, 'mailwitness_probe_late_total', OUT)).toBe(0);
    expect(seriesOf(text, 'mailwitness_probe_repeated_contacts_total', OUT)).toBe(1);
    expect(seriesOf(text, 'mailwitness_probe_misfiled_total', IN)).toBe(1);
    expect(seriesOf(text, 'mailwitness_inbound_deferral_seconds_sum', { system: 'hq', route: 'in' })).toBe(61);
    expect(seriesOf(text, 'mailwitness_receive_delay_seconds_sum', { system: 'hq', route: 'in' })).toBe(0.02);
    expect(seriesOf(text, 'mailwitness_receive_delay_seconds_count', { system: 'hq', route: 'in' })).toBe(1);
  });

  test('one that was visible before our 250 was read does not make a sum fall', async () => {
    metrics.on(settled(endedProbe('internal', -3)));
    expect(
      seriesOf(await metrics.scrape(), 'mailwitness_internal_delay_seconds_sum', { system: 'hq', route: 'round' }),
    ).toBe(0);
  });

  test('a void one that came out all the same is no delay', async () => {
    metrics.on(settled(endedProbe('outbound', 90_000, { outcome: 'void' })));
    const text = await metrics.scrape();
    expect(seriesOf(text, 'mailwitness_send_delay_seconds_count', { system: 'hq', route: 'out' })).toBe(0);
    expect(seriesOf(text, 'mailwitness_probes_settled_total', { ...OUT, outcome: 'void' })).toBe(1);
  });

  test('one of a route that the configuration no longer has makes no series', async () => {
    metrics.on(settled(endedProbe('outbound', 5, { route: 'former' })));
    metrics.on(settled(endedProbe('outbound', 5, { route: 'in' })));
    expect(await metrics.scrape()).not.toMatch(/former|route="in",kind="outbound"/);
  });
});

describe('unmeasured time', () => {
  const seconds = async (why: string) =>
    seriesOf(await metrics.scrape(), 'mailwitness_unmeasured_seconds_total', { why });

  test('grows while a gap is open and is counted once when it ends', async () => {
    metrics.observe(liveState(START + 10_000, { gaps: [{ from: START, why: 'own-line' }] }));
    expect(await seconds('own-line')).toBe(10);
    metrics.observe(liveState(START + 12_000, { gaps: [{ from: START, why: 'own-line' }] }));
    metrics.on({ kind: 'gap', at: START + 15_000, gap: { from: START, to: START + 15_000, why: 'own-line' } });
    metrics.observe(liveState(START + 20_000));
    expect(await seconds('own-line')).toBe(15);
    metrics.observe(liveState(START + 33_000, { gaps: [{ from: START + 30_000, why: 'own-line' }] }));
    expect(await seconds('own-line')).toBe(18);
    expect(await seconds('suspend')).toBe(0);
  });

  // A cut line: each void visit tells a gap of its own, and the time since the first is open.
  test.each([
    ['at each visit', 15_000],
    ['now and then', 90_000],
    ['never', Infinity],
  ])('is counted once though its pieces are told while it is still open; scraped %s', async (_, every) => {
    const failure = timedOut;
    for (let at = START + 15_000; at <= START + 600_000; at += 15_000) {
      metrics.on({ kind: 'voided', at, system: 'hq', check: 'imap', target: 'alice', failure, why: 'own-line' });
      metrics.on({ kind: 'gap', at, gap: { from: at - 10_000, to: at, why: 'own-line' } });
      if ((at - START) % every === 0)
        metrics.observe(liveState(at, { gaps: [{ from: START + 15_000, why: 'own-line' }] }));
    }
    expect(await seconds('own-line')).toBe(595);
    metrics.on(sampled(goodSample()));
    const later = START + 3_600_000;
    metrics.on({ kind: 'gap', at: later, gap: { from: later - 5_000, to: later, why: 'own-line' } });
    expect(await seconds('own-line')).toBe(600);
  });

  test('goes on where the wall clock was set, forwards or back', async () => {
    const gapAt = (at: number) => metrics.on({ kind: 'gap', at, gap: { from: at - 5_000, to: at, why: 'own-line' } });
    gapAt(START + 5_000);
    await clock.advance(10_000);
    for (const stepMs of [3_600_000, -7_200_000]) {
      clock.step(stepMs);
      metrics.on({ kind: 'clock-step', at: clock.now() + clock.shiftAt(clock.now()), stepMs });
      await clock.advance(10_000);
      metrics.observe(liveState(clock.now(), { gaps: [{ from: clock.now() - 7_000, why: 'own-line' }] }));
      gapAt(clock.now() + clock.shiftAt(clock.now()) + 5_000);
    }
    expect(await seconds('own-line')).toBe(5 + 2 * (7 + 5));
  });

  test('never falls, even when a gap proves shorter than it looked', async () => {
    metrics.observe(liveState(START + 10_000, { gaps: [{ from: START, why: 'clock' }] }));
    metrics.on({ kind: 'gap', at: START, gap: { from: START, to: START + 8_000, why: 'clock' } });
    expect(await seconds('clock')).toBe(10);
  });
});

test('upkeep, foreign mail and steps of the clock are counted', async () => {
  metrics.on({ kind: 'upkeep', at: START, system: 'hq', mailbox: 'alice', deleted: 4, left: 2 });
  metrics.on({ kind: 'foreign', at: START, place: 'sink', what: 'forged' });
  metrics.on({ kind: 'clock-step', at: START, stepMs: -500 });
  const text = await metrics.scrape();
  expect(seriesOf(text, 'mailwitness_mailbox_deleted_mail_total', { system: 'hq', mailbox: 'alice' })).toBe(4);
  expect(seriesOf(text, 'mailwitness_mailbox_own_mail', { system: 'hq', mailbox: 'alice' })).toBe(2);
  expect(seriesOf(text, 'mailwitness_foreign_mail_total', { place: 'sink', what: 'forged' })).toBe(1);
  expect(seriesOf(text, 'mailwitness_clock_steps_total')).toBe(1);
});

test('no secret, address or remote word is in the text', async () => {
  const failure = { ...timedOut, words: 'go away probe@example.org' };
  metrics.on(sampled(goodSample({ ok: false, failure })));
  metrics.on(settled(endedProbe('inbound', 5)));
  expect(await metrics.scrape()).not.toMatch(/s3cret|@|go away|abcdefghij/);
});

describeWithPrograms('promtool check metrics', ['promtool'], () => {
  const complaints = (input: string) => {
    const run = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    return { status: run.status, text: run.stdout + run.stderr };
  };

  test('finds nothing before the first event', async () => {
    expect(complaints(await metrics.scrape())).toEqual({ status: 0, text: '' });
  });

  test('finds nothing after many', async () => {
    for (let n = 0; n < 1_000; n++) {
      metrics.on(sampled(n % 7 === 0 ? goodSample({ ok: false, failure: timedOut }) : goodSample()));
      metrics.on(settled(endedProbe(n % 2 === 0 ? 'outbound' : 'inbound', n % 5 === 0 ? null : n * 37)));
    }
    metrics.on({ kind: 'foreign', at: START, place: 'sink', what: 'stranger' });
    metrics.observe(liveState(START, { gaps: [{ from: START - 5, why: 'overload' }] }));
    expect(complaints(await metrics.scrape())).toEqual({ status: 0, text: '' });
  });

  test('would find a metric that breaks the rules', () => {
    expect(complaints('# TYPE bad_total gauge\nbad_total 1\n').status).not.toBe(0);
  });
});
