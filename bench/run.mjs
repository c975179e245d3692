// Compiles bench/ and the lab it measures with, and runs it: node cannot read TypeScript on its own.
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;

const compiled = node('node_modules/typescript/bin/tsc', '-p', 'bench/tsconfig.json');
// The compiled parts ask their package for its version.
if (compiled === 0) copyFileSync(`${root}package.json`, `${root}dist/bench/package.json`);
process.exitCode = compiled === 0 ? node('dist/bench/bench/main.js', ...process.argv.slice(2)) : compiled;
