import { killAll } from '../test/faults/agent-process.ts';
import { killRounds, type KillRounds } from '../test/faults/kill-rounds.ts';
import { startLab } from '../test/lab/lab.ts';

const KILLS = Number(process.env['BENCH_KILLS'] ?? 200);
const TOLD_EVERY = 10;

/** kill -9 at random instants under load, restarted each time: nothing that was accepted is lost, nothing false is booked. */
export async function kill(): Promise<boolean> {
  const lab = await startLab();
  const startedAt = performance.now();
  let done = 0;
  try {
    const found = await killRounds(lab, KILLS, {
      onKill(kills, letters) {
        done = kills;
        if (kills % TOLD_EVERY !== 0) return;
        console.error(`kill ${kills} of ${KILLS} after ${seconds(startedAt)} s: ${letters} letters so far`);
      },
    });
    console.error(`the last agent has ended what was open after ${seconds(startedAt)} s`);
    return printed(found, seconds(startedAt));
  } catch (error) {
    // An agent that no longer starts, or does nothing, is a result.
    console.log(`After kill ${done} of ${KILLS}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await killAll();
    await lab.stop();
  }
}

function printed(found: KillRounds, tookS: string): boolean {
  const { accepted, missing, wrong, excused, untouched, bad, overlaps, integrity, awayS } = found;
  const rows: readonly (readonly [figure: string, found: string, target: string, met: boolean | null])[] = [
    ['kills, in seconds', `${KILLS}, ${tookS}`, '', null],
    ['seconds in which no agent ran', awayS.toFixed(0), '', null],
    ["probes accepted by the mail system's log", `${accepted}`, 'more than kills', accepted > KILLS],
    ['of them not in the store', `${missing.length}`, '0', missing.length === 0],
    ['delivered by that log, and ended otherwise or not at all', `${wrong.length}`, '0', wrong.length === 0],
    ['outbound: void, for they lay in the queue while our sink was away', `${excused}`, '', null],
    ['outbound: untouched by any kill, and relayed', `${untouched}`, 'some', untouched > 0],
    ['runs of bad time', `${bad.length}`, '0', bad.length === 0],
    ['runs that overlap a run or a gap', `${overlaps.length}`, '0', overlaps.length === 0],
    ['integrity_check', integrity, 'ok', integrity === 'ok'],
  ];
  console.log('| figure | found | target | met |\n| --- | --- | --- | --- |');
  for (const [figure, value, target, met] of rows)
    console.log(`| ${figure} | ${value} | ${target} | ${met === null ? '' : met ? 'yes' : '**no**'} |`);
  for (const words of [...missing, ...wrong, ...bad, ...overlaps]) console.log(`- ${words}`);
  return rows.every(([, , , met]) => met !== false);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(0);
}
