import { accuracy } from './accuracy.ts';
import { kill } from './kill.ts';
import { load } from './load.ts';
import { describeMachine } from './machine.ts';
import { reports } from './reports.ts';
import { soak } from './soak.ts';
import { startup } from './startup.ts';
import { viewers } from './viewers.ts';
import { year } from './year.ts';

// `npm run bench` runs all but the longest, `npm run bench -- load` one; each prints Markdown. Exit 1: a target was missed.

const BENCHES: Readonly<Record<string, () => Promise<boolean>>> = {
  startup,
  accuracy,
  load,
  reports,
  viewers,
  year,
};
/** A quarter of an hour and half an hour: run when they are asked for by name only. */
const LONG: typeof BENCHES = { kill, soak };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES) && !(name in LONG));
if (unknown.length > 0) {
  console.error(
    `no such bench: ${unknown.join(', ')}; expected some of ${Object.keys({ ...BENCHES, ...LONG }).join(', ')}`,
  );
  process.exitCode = 2;
} else {
  let met = true;
  for (const [name, bench] of Object.entries({ ...BENCHES, ...LONG })) {
    if (asked.length > 0 ? !asked.includes(name) : name in LONG) continue;
    console.log(`\n### bench/${name}\n\n${describeMachine()}\n`);
    met = (await bench()) && met;
  }
  process.exitCode = met ? 0 : 1;
}
