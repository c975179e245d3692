import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OXLINT = path.join(ROOT, 'node_modules/.bin/oxlint');

/** Folders, the lowest first; `web`, of the level of `month`, stands above it. Only `command` is higher. */
const LEVELS: readonly (readonly string[])[] = [
  ['lib'],
  ['config', 'facts', 'probe'],
  ['net', 'sla', 'evidence'],
  ['send', 'observe', 'check', 'store', 'metrics', 'schedule', 'report', 'sandbox'],
  ['month'],
  ['web'],
];

// The levels of the README are held by lint: these rows hold that lint really holds them.
describe('who may import whom', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'mailwitness-structure-'));
    copyFileSync(path.join(ROOT, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function lint(file: string, ...imports: string[]): string {
    const lines = imports.map(
      (from, index) => `import { a as a${index} } from '${from}';\nexport const b${index} = a${index};\n`,
    );
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), lines.join(''));
    const { stdout } = spawnSync(OXLINT, [file], { cwd: folder, encoding: 'utf8' });
    return stdout;
  }

  const folders = LEVELS.flatMap((names, level) => names.map((name) => [name, level] as const));

  test.each(folders)('imports of src/%s are of lower levels only', (name, level) => {
    const others = LEVELS.slice(level)
      .flat()
      .filter((other) => other !== name);
    const forbidden = [...others.map((other) => `../${other}/x.ts`), '../agent.ts', '../app.ts', '../main.ts'];
    // All in one file: each of them is told apart.
    const told = [...lint(`src/${name}/x.ts`, ...forbidden).matchAll(/no-restricted-imports.*\n[^']*'([^']+)'/g)];
    expect(told.map(([, from]) => from)).toEqual(forbidden);
  });

  test('these folders are all that there are', () => {
    const here = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true }).filter((each) => each.isDirectory());
    expect(here.map((each) => each.name).sort()).toEqual([...LEVELS.flat(), 'command'].sort());
  });

  test.each([
    ['src/agent.ts', './app.ts'],
    ['src/agent.ts', './web/web.ts'],
    ['src/app.ts', './command/run.ts'],
  ])('%s may not import %s', (file, from) => {
    expect(lint(file, from)).toMatch(/no-restricted-imports/);
  });

  test.each([
    ['src/check/x.ts', '../net/dial.ts'],
    ['src/sla/x.ts', '../facts/facts.ts'],
    ['src/month/x.ts', '../store/store.ts'],
    ['src/web/x.ts', '../metrics/metrics.ts'],
    ['src/agent.ts', './probe/probe.ts'],
    ['src/command/x.ts', '../app.ts'],
    ['src/main.ts', './command/run.ts'],
  ])('%s may import %s', (file, from) => {
    expect(lint(file, from)).not.toMatch(/no-restricted-imports/);
  });

  test('a circle of imports is refused', () => {
    writeFileSync(
      path.join(folder, 'src/lib/one.ts'),
      `import { two } from './two.ts';\nexport const one = (): unknown => two;\n`,
    );
    writeFileSync(
      path.join(folder, 'src/lib/two.ts'),
      `import { one } from './one.ts';\nexport const two = (): unknown => one;\n`,
    );
    const { stdout } = spawnSync(OXLINT, ['src/lib/one.ts', 'src/lib/two.ts'], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toMatch(/no-cycle/);
  });
});

test('the lock file holds no download address, and the project no path of a machine', () => {
  expect(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
  const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.json', '*.yaml', '*.md', 'Dockerfile', '.ci/*'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const here = new RegExp(`${['', 'work', '(main|shared)'].join('/')}\\b`);
  for (const file of files.trim().split('\n'))
    expect(`${file}: ${here.exec(readFileSync(path.join(ROOT, file), 'utf8'))?.[0] ?? ''}`).toBe(`${file}: `);
});
