import { killRounds } from '../test/faults/kill-rounds.ts';
import { startLab } from '../test/lab/lab.ts';

const ROUNDS = 200;

/** kill -9 at 200 random instants under load, restarted each time: nothing that was accepted is lost, nothing false is booked. */
export async function kill(): Promise<boolean> {
  const lab = await startLab();
  try {
    const { accepted, missing, wrong, excused, untouched, bad, overlaps, integrity } = await killRounds(lab, ROUNDS);
    const met = [missing, wrong, bad, overlaps].every((found) => found.length === 0) && integrity === 'ok';
    console.log(`| figure | found | target |
| --- | --- | --- |
| kills, probes accepted by the mail system's log | ${ROUNDS}, ${accepted} | |
| of them not in the store | ${missing.length} | 0 |
| delivered by that log and ended otherwise | ${wrong.length} | 0 |
| outbound: void, for they lay in the queue while our sink was away; untouched by any kill | ${excused}, ${untouched} | |
| runs of bad time | ${bad.length} | 0 |
| runs that overlap a run or a gap | ${overlaps.length} | 0 |
| integrity_check | ${integrity} | ok |`);
    for (const words of [...missing, ...wrong, ...bad, ...overlaps]) console.log(`- ${words}`);
    return met;
  } finally {
    await lab.stop();
  }
}
