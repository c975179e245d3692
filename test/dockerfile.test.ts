import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../src/lib/log.ts';
import { createSystemClock } from '../src/lib/system-clock.ts';
import { sandboxYaml } from '../src/sandbox/sandbox-settings.ts';
import { createSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { buildImage, type Image } from './dockerfile/build.ts';
import { confine, hasMountNamespaces, type Confined } from './dockerfile/confined.ts';
import { contextOf, isIgnored, parseIgnore } from './dockerfile/context.ts';
import { parseDockerfile, parsePairs, type Stage } from './dockerfile/parse.ts';

// No Docker here: the Dockerfile is read, its steps are carried out in a temporary folder with this machine's own Node,
// and what comes out is run as the container would run it. What that cannot show: the base images, and `npm ci`, whose
// place a copy of node_modules takes (its compiling costs minutes, and whoever runs this test has just done it).

const ROOT = path.resolve(import.meta.dirname, '..');
const MANIFEST = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: object;
  readonly devDependencies: object;
};
const stages = parseDockerfile(readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8'));
const context = contextOf(ROOT);

// A loopback address that nobody else uses, so that the container's own port numbers are free on it.
const OWN_ADDRESS = `127.${64 + (process.pid >> 16)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;

const only = (stage: Stage | undefined, name: string): readonly string[] =>
  (stage?.instructions ?? []).filter((instruction) => instruction.name === name).map(({ text }) => text);

describe('what the Dockerfile says', () => {
  const [build, final] = stages;

  test('two stages on the same Node and the same Debian, or the compiled module would not fit', () => {
    expect(stages.map(({ image }) => image)).toEqual(['node:24-bookworm', 'node:24-bookworm-slim']);
    expect(only(build, 'RUN')).toContain('npm ci');
  });

  test('a user by number who is not root, one volume, the page and the sink', () => {
    expect(only(final, 'USER')).toEqual(['1000:1000']);
    expect(only(final, 'VOLUME')).toEqual(['/data']);
    expect(only(final, 'EXPOSE')).toEqual(['9725 2525']);
  });

  test('it asks for the health of the default listener', () => {
    expect(parsePairs(only(final, 'ENV').join(' '))['MAILWITNESS_HEALTH']).toBe('http://127.0.0.1:9725/healthz');
  });

  test('the context is what is copied, nothing besides', () => {
    const sources = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ name, flags }) => name === 'COPY' && flags['from'] === undefined)
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
    const tops = new Set(context.map((file) => file.split('/')[0]));
    expect(tops).toEqual(new Set(sources));
    expect(context.filter((file) => /\.test\.|\.db|^\.git|node_modules|\.env/.test(file))).toEqual([]);
    expect(context).toContain('src/main.ts');
  });
});

const ignored: readonly (readonly [string, string, boolean])[] = [
  ['a name', 'data', true],
  ['what lies below it', 'data/mailwitness.db', true],
  ['the same name deeper down', 'src/data', false],
  ['any depth', 'src/lib/time.test.ts', true],
  ['any depth at the top', 'time.test.ts', true],
  ['a star within a name', 'notes.txt', true],
  ['a star does not cross a slash', 'docs/notes.txt', false],
  ['a later exception', 'keep.txt', false],
];

test.each(ignored)('.dockerignore: %s', (_, file, expected) => {
  expect(isIgnored(parseIgnore('# comment\ndata\n**/*.test.*\n*.txt\n!keep.txt\n'), file)).toBe(expected);
});

describeAsRoot('the image, built and run without Docker', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mailwitness-image-'));
  let image: Image;
  let confined: Confined;

  beforeAll(() => {
    // The container's user has to get in.
    chmodSync(dir, 0o755);
    const copied = path.join(dir, 'context');
    for (const file of context) cpSync(path.join(ROOT, file), path.join(copied, file));
    const installed = (workdir: string): void => {
      const links = { recursive: true, verbatimSymlinks: true };
      cpSync(path.join(ROOT, 'node_modules'), path.join(workdir, 'node_modules'), links);
    };
    const umask = process.umask(0o022);
    image = buildImage({ stages, context: copied, dir, instead: { 'npm ci': installed } });
    process.umask(umask);
    confined = confine(image, image.at('/data'), dir);
  }, 180_000);

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('it holds the program and its dependencies, no tools and no sources', () => {
    const has = (name: string): boolean => existsSync(image.at(`/app/node_modules/${name}`));
    expect(Object.keys(MANIFEST.dependencies).filter((name) => !has(name))).toEqual([]);
    expect(Object.keys(MANIFEST.devDependencies).filter(has)).toEqual([]);
    expect(readdirSync(image.at('/app')).toSorted()).toEqual([
      'LICENSE',
      'config',
      'dist',
      'node_modules',
      'package.json',
    ]);
    expect(statSync(image.at('/app/dist/main.js')).mode & 0o111).toBe(0o111);
  });

  test('--version is that of package.json', async () => {
    const { status, output } = await confined.run([...image.entrypoint, '--version']);
    expect({ status, output }).toEqual({ status: 0, output: `${MANIFEST.version}\n` });
  });

  test('its user can write to the volume', async () => {
    expect(await confined.run(['touch', '/data/probe'])).toEqual({ status: 0, output: '' });
    rmSync(image.at('/data/probe'));
  });

  const readOnly: readonly (readonly [string, RegExp])[] = [
    ['/app/probe', /Read-only file system|Permission denied/],
    ['/app/dist/probe', /Read-only file system|Permission denied/],
    ...(hasMountNamespaces ? [['/tmp/probe', /Read-only file system/] as const] : []),
  ];
  test.each(readOnly)('and not to %s', async (file, refusal) => {
    const { status, output } = await confined.run(['touch', file]);
    expect(output).toMatch(refusal);
    expect(status).toBe(1);
  });

  test('without its configuration it ends with 2 and says which file it wants', async () => {
    const { status, output } = await confined.run([...image.entrypoint, ...image.cmd]);
    expect(output).toContain('/etc/mailwitness/agent.yaml');
    expect(status).toBe(2);
  });

  const alone = hasMountNamespaces ? 'everything else read-only' : 'no mount namespaces here: by permissions alone';
  test(`it measures with only the volume to write to (${alone}), and HEALTHCHECK tells`, async () => {
    const health = { MAILWITNESS_HEALTH: `http://${OWN_ADDRESS}:9725/healthz` };
    const sandbox = await startSandbox();
    expect(await confined.run(image.healthcheck, health), 'nobody there').toMatchObject({
      status: 1,
      output: expect.stringContaining('ECONNREFUSED') as string,
    });

    const config = '/etc/mailwitness/agent.yaml';
    const checked = await confined.run([...image.entrypoint, 'check', '--config', config]);
    expect(checked, 'mailwitness check').toMatchObject({ status: 0 });
    expect(readdirSync(image.at('/data')), 'what check put aside').toEqual([]);

    const agent = confined.start([...image.entrypoint, ...image.cmd]);
    const ended = once(agent, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    let log = '';
    agent.stderr?.on('data', (text: Buffer) => (log += text.toString()));
    try {
      await expect.poll(() => log, { timeout: 60_000 }).toContain('"running"');
      await expect.poll(() => log, { timeout: 60_000 }).toMatch(/delivered/);
      expect(await confined.run(image.healthcheck, health), 'at work').toMatchObject({ status: 0 });

      agent.kill('SIGSTOP');
      expect(await confined.run(image.healthcheck, health), 'frozen').toMatchObject({ status: 1 });
      agent.kill('SIGCONT');

      agent.kill('SIGTERM');
      expect({ ended: await ended, log }).toMatchObject({ ended: [0, null] });
    } finally {
      agent.kill('SIGKILL');
      await sandbox.stop();
    }
    expect(stored(image.at('/data/mailwitness.db'))).toBeGreaterThan(0);
    expect(statSync(image.at('/data/mailwitness.db')).uid).toBe(1000);
  }, 180_000);

  test('HEALTHCHECK: an agent that answers 503 is not healthy, and its reasons are shown', async () => {
    const server = createServer((_, response) => response.writeHead(503).end('{"ok":false,"reasons":["no visit"]}'));
    const port = await listening(server);
    const { status, output } = await confined.run(image.healthcheck, {
      MAILWITNESS_HEALTH: `http://127.0.0.1:${port}/healthz`,
    });
    server.close();
    expect({ status, output }).toEqual({ status: 1, output: '{"ok":false,"reasons":["no visit"]}\n' });
  });

  /** A mail system outside the container, and the configuration of the agent in it. */
  async function startSandbox(): Promise<Sandbox> {
    const sink = { host: OWN_ADDRESS, port: 2525 };
    const clock = createSystemClock();
    const sandbox = createSandbox({ clock, log: silentLog, sink: { ...sink, domain: 'sink.example' } });
    const addresses = await sandbox.start();
    const store = image.at('/data/mailwitness.db');
    mkdirSync(image.at('/etc/mailwitness'), { recursive: true });
    const yaml = sandboxYaml(addresses, { store, sink, listen: `${OWN_ADDRESS}:9725` });
    writeFileSync(image.at('/etc/mailwitness/agent.yaml'), yaml, { mode: 0o644 });
    return sandbox;
  }
});

/** Another user can only be had as root; as anybody else the tests are skipped by name, which fails on a CI machine. */
function describeAsRoot(name: string, body: () => void): void {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env['CI'] === 'true') {
    test(`${name} (needs root)`, () => {
      expect.fail('CI must run these tests, but only root can become another user');
    });
    return;
  }
  const note = isRoot ? '' : ' (skipped: only root can become another user)';
  describe.skipIf(!isRoot)(`${name}${note}`, () => {
    body();
  });
}

/** Probes in a store. */
function stored(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare<[], { n: number }>('SELECT count(*) AS n FROM probes').get()?.n ?? 0;
  } finally {
    database.close();
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
