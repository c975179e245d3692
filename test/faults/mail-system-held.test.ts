import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { proveLetterFault } from './mail-system-letter.ts';
import { holds, type Told } from './mail-system-truth.ts';

const HELD_MS = 90_000;

// A file of its own: it waits nearly all the time, beside the others.
describeLab('a queue that is held', () => {
  let lab: Lab;
  const lines: FaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('A queue that is held', lines);
  });

  test('queue held and released after 90 s', { timeout: HELD_MS + 90_000 }, async () => {
    let releasedAt = Infinity;
    let [lagBefore, lagMs] = [0, 0];
    lines.push(
      await proveLetterFault(lab, {
        name: 'queue held and released after 90 s',
        injected: 'Postfix holds what comes to the MX, and releases it all; reach_within is 5 min',
        // A letter each 2 s: what is released at once is little enough to be seen as it comes.
        stage: { reachWithinS: 300, system: { routes: routes() } },
        inject: async ({ faults }, stage) => {
          const release = await faults.hold({ recipient: 'all', on: 'smtp' });
          return async () => {
            releasedAt = stage.now();
            lagBefore = stage.lagMs();
            await release();
          };
        },
        during: () => new Promise((resolve) => setTimeout(resolve, HELD_MS)),
        after: async (stage) => {
          await stage.allSettled();
          lagMs = stage.lagMs() - lagBefore;
        },
        recorded({ ledger: { receive }, told, span }) {
          const held = told.filter(
            ({ route, accepted_at: at = 0 }) => route === 'inbound' && at > span.from && at < releasedAt - HELD_MS / 2,
          );
          expect(held.length).toBeGreaterThan(10);
          const delays = held.map((one) => ({ measured: delay(one), truth: trueDelay(one) }));
          const errors = delays.map(({ measured, truth }) => Math.abs(measured - truth) / truth);
          // All come at once, on a machine that has other work as well: by how much our own event loop was late is known.
          const isNear = delays.every(({ measured, truth }) => Math.abs(measured - truth) < 0.01 * truth + lagMs);
          holds(isNear, `off by 1 % and ${lagMs} ms of our own at most: ${JSON.stringify(delays)}`);
          // The figures that come out of it: the first that was held waited longest, and nothing was lost.
          const longest = Math.max(...delays.map(({ measured }) => measured));
          expect(longest).toBeGreaterThan(HELD_MS - 10_000);
          expect(receive).toMatchObject({ lost: 0, duplicates: 0, max_s: longest / 1_000 });
          expect(receive.exceedances_least).toBeGreaterThanOrEqual(held.length);
          expect([receive.over_ids.length, receive.mean_s]).toEqual([receive.exceedances, meanS(told)]);
          const worst = (100 * Math.max(...errors)).toFixed(2);
          return [
            `delivered; longest delay ${receive.max_s} s, ${receive.exceedances} above 10 s; off by ${worst} % at most`,
            `(1 % and our own lag since the release, ${lagMs.toFixed(0)} ms, are allowed)`,
          ].join(' ');
        },
      }),
    );
    expect(lines.at(-1)?.recorded).not.toBe('');
  });
});

function delay({ accepted_at: acceptedAt = Number.NaN, visible_at: visibleAt = Number.NaN }: Told): number {
  return Math.max(0, visibleAt - acceptedAt);
}

/** From the agent's 250 to Dovecot's own stamp. */
function trueDelay({ accepted_at: acceptedAt = Number.NaN, truth }: Told): number {
  return (truth?.savedAt ?? Number.NaN) - acceptedAt;
}

/** As a report prints it: six decimals. */
function meanS(told: readonly Told[]): number {
  const delays = told.filter(({ route }) => route === 'inbound').map(delay);
  return Number((delays.reduce((sum, one) => sum + one, 0) / delays.length / 1_000).toFixed(6));
}

function routes(): readonly Record<string, unknown>[] {
  const pace = { interval: '2s', timeout: '5s' };
  return [
    { kind: 'outbound', ...pace },
    { kind: 'inbound', mailbox: 'alice', ...pace },
    { kind: 'internal', mailbox: 'bob', ...pace },
  ];
}
