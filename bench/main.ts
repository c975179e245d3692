import { accuracy } from './accuracy.ts';
import { load } from './load.ts';
import { describeMachine } from './machine.ts';
import { startup } from './startup.ts';

// `npm run bench` runs them all, `npm run bench -- load` one; each prints Markdown. Exit 1: a target was missed.

const BENCHES: Readonly<Record<string, () => Promise<boolean>>> = { startup, accuracy, load };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; expected some of ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  let met = true;
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.log(`\n### bench/${name}\n\n${describeMachine()}\n`);
    met = (await bench()) && met;
  }
  process.exitCode = met ? 0 : 1;
}
