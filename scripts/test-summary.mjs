// Prints "N passed, N failed" (", N skipped") from vitest's JSON report; exit code 1 unless every test ran and passed.
// node scripts/test-summary.mjs REPORT EXIT_CODE_OF_THE_TESTS
import { existsSync, readFileSync } from 'node:fs';

const [report = '', exitCode = '1'] = process.argv.slice(2);
const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];
const all = files.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
const count = (status) => all.filter((each) => each === status).length;

const passed = count('passed');
// A file that could not be loaded has no tests to count, and build, types and lint come before all tests.
const broken = files.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
let failed = count('failed') + broken.length;
for (const { name, message } of broken) console.log(`failed as a whole: ${name}\n${message}`);
if (all.length === 0) console.log('no test ran');
if (exitCode !== '0' && failed === 0) {
  console.log(`npm test ended with exit code ${exitCode} beside its tests: see above`);
  failed = 1;
}
const skipped = all.length - passed - count('failed');
for (const file of files) {
  for (const { status, fullName } of file.assertionResults) {
    if (status !== 'passed') console.log(`${status}: ${fullName}`);
  }
}
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
process.exitCode = exitCode === '0' && failed === 0 && skipped === 0 && passed > 0 ? 0 : 1;
