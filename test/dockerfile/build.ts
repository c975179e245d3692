import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parsePairs, type Instruction, type Stage } from './parse.ts';

/** What the last stage came to, in a folder that stands for the root of its file system. */
export interface Image {
  /** Where a path of the container lies on this machine. */
  at(containerPath: string): string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly healthcheck: readonly string[];
}

export interface BuildOptions {
  readonly stages: readonly Stage[];
  /** Folder with the files that .dockerignore leaves. */
  readonly context: string;
  /** An empty folder; each stage gets a root in it. */
  readonly dir: string;
  /** Steps that are done in another way here, by the text of their RUN. */
  readonly instead: Readonly<Record<string, (workdir: string) => void>>;
}

interface StageState {
  readonly root: string;
  workdir: string;
  user: string;
  readonly env: Record<string, string>;
  readonly exec: Record<string, readonly string[]>;
}

/**
 * Carries out the steps of a Dockerfile without Docker, on this machine's own programs. Paths that the Dockerfile makes
 * (WORKDIR, VOLUME) are put below the stage's root, in arguments, in the environment and in the text of RUN.
 */
export function buildImage({ stages, context, dir, instead }: BuildOptions): Image {
  const mapped = ownPaths(stages);
  const roots = new Map<string, string>();
  let state: StageState | undefined;
  for (const [index, stage] of stages.entries()) {
    const name = stage.name ?? String(index);
    const root = path.join(dir, name);
    mkdirSync(root);
    roots.set(name, root);
    state = { root, workdir: '/', user: '0:0', env: {}, exec: {} };
    for (const instruction of stage.instructions) step(state, instruction, { context, roots, instead, mapped });
  }
  if (state === undefined) throw new Error('expected a stage, got an empty Dockerfile');
  const { root, workdir, user, env, exec } = state;
  const { ENTRYPOINT: entrypoint = [], CMD: cmd = [], HEALTHCHECK: healthcheck = [] } = exec;
  return { at: (file) => path.join(root, file), workdir, env, user, entrypoint, cmd, healthcheck };
}

interface Surroundings extends Pick<BuildOptions, 'context' | 'instead'> {
  readonly roots: ReadonlyMap<string, string>;
  readonly mapped: RegExp;
}

function step(state: StageState, instruction: Instruction, around: Surroundings): void {
  const { name, text, exec } = instruction;
  const here = path.join(state.root, state.workdir);
  switch (name) {
    case 'WORKDIR':
      state.workdir = text;
      mkdirSync(path.join(state.root, text), { recursive: true });
      return;
    case 'COPY':
      copy(state, instruction, around);
      return;
    case 'RUN': {
      const replaced = around.instead[text];
      if (replaced !== undefined) replaced(here);
      else
        run(
          text.replace(around.mapped, (found) => path.join(state.root, found)),
          here,
          state.env,
        );
      return;
    }
    case 'ENV':
      Object.assign(state.env, parsePairs(text));
      return;
    case 'USER':
      state.user = text;
      return;
    case 'HEALTHCHECK':
    case 'ENTRYPOINT':
    case 'CMD':
      if (exec === null) throw new Error(`expected the exec form, or a shell swallows signals, got "${name} ${text}"`);
      state.exec[name] = exec;
      return;
    case 'LABEL':
    case 'EXPOSE':
    case 'VOLUME':
      return;
    default:
      throw new Error(`this test does not know how to carry out "${name} ${text}"`);
  }
}

// As Docker: the content of a folder is copied, not the folder; with several sources the last must be a folder.
function copy(state: StageState, { flags, text }: Instruction, { context, roots }: Surroundings): void {
  const words = text.split(/\s+/);
  const target = words.pop() ?? '';
  const from = flags['from'] === undefined ? context : roots.get(flags['from']);
  if (from === undefined) throw new Error(`expected COPY from an earlier stage, got "${flags['from']}"`);
  const to = path.resolve(path.join(state.root, state.workdir), target);
  for (const word of words) {
    const source = path.join(from, word);
    if (!existsSync(source)) throw new Error(`COPY: no ${word} in ${flags['from'] ?? 'what .dockerignore leaves'}`);
    const into = target.endsWith('/') ? path.join(to, path.basename(word)) : to;
    cpSync(source, into, { recursive: true, verbatimSymlinks: true });
  }
}

function run(text: string, cwd: string, env: Readonly<Record<string, string>>): void {
  // Offline: whatever wants the registry here would want it in a place where nobody looks.
  const { PATH = '' } = process.env;
  const { status, output } = spawnSync('/bin/sh', ['-c', text], {
    cwd,
    encoding: 'utf8',
    env: { PATH, HOME: cwd, npm_config_offline: 'true', npm_config_update_notifier: 'false', ...env },
  });
  if (status !== 0) throw new Error(`RUN ${text}: exit code ${status}\n${output.filter(Boolean).join('')}`);
}

/** The paths that the Dockerfile makes, wherever they stand as a word. */
function ownPaths(stages: readonly Stage[]): RegExp {
  const made = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ name }) => name === 'WORKDIR' || name === 'VOLUME')
    .map(({ text }) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(String.raw`(?<![^\s='"])(?:${made.join('|')})(?![^\s/'"])`, 'g');
}
