import { writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { startProgram, type Program } from '../e2e/program.ts';
import type { Lab } from '../lab/lab.ts';

/** What a test says about the agent that it starts; the rest is the lab's. */
export interface AgentPlan {
  /** Names its files in the lab's directory. */
  readonly name: string;
  readonly agent?: object;
  /** Keys of the system that replace the lab's. */
  readonly system?: object;
  /** In place of the lab's. */
  readonly systems?: readonly object[];
  /** Path of the store; default: in the lab's directory. */
  readonly store?: string;
  readonly env?: Record<string, string>;
}

/** One line of its log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** `mailwitness run`, as built, as a process of its own beside a lab. */
export interface AgentProcess {
  readonly program: Program;
  readonly pid: number;
  readonly store: string;
  /** Address of its page, ending in a slash. */
  readonly page: string;
  readonly lines: readonly LogLine[];
  /** Resolves with the first line that fulfils the condition, of those from number `from` on; rejects when the agent ends before. */
  said(condition: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  /** The same for the `count`th of them. */
  saidTimes(count: number, condition: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  /** Rows of its store, while it runs or after. */
  rows<Row>(sql: string, ...values: unknown[]): Row[];
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Routes and checks once a second, so that a test sees enough of them. */
export function configOf(lab: Lab, plan: AgentPlan): object {
  const { ports, caFile, users, hostname } = lab;
  const trust = { ca_file: caFile, server_name: hostname };
  const host = '127.0.0.1';
  const mailbox = (name: 'alice' | 'bob'): object => {
    const { address, login: user, password } = users[name];
    return { name, address, user, password };
  };
  return {
    agent: {
      store: storeOf(lab, plan),
      listen: '127.0.0.1:0',
      witnesses: [],
      address_family: 'ipv4-only',
      log_level: 'debug',
      sink: { listen: `127.0.0.1:${ports.sink}`, domain: 'sink.example' },
      ...plan.agent,
    },
    systems: plan.systems ?? [
      {
        name: 'lab',
        submission: { host, port: ports.submission, user: users.alice.login, password: users.alice.password, ...trust },
        mx: { hosts: [`127.0.0.1:${ports.smtp}`], helo: 'probe.sink.example', retry_after: '1s', ...trust },
        imap: { host, port: ports.imaps, ...trust },
        mailboxes: [mailbox('alice'), mailbox('bob')],
        routes: [
          { kind: 'outbound', interval: '1s' },
          { kind: 'inbound', mailbox: 'alice', interval: '1s' },
          { kind: 'internal', mailbox: 'bob', interval: '1s' },
        ],
        checks: [
          { kind: 'submission', interval: '1s', timeout: '2s' },
          { kind: 'mx', interval: '1s', timeout: '2s' },
          { kind: 'imap', interval: '1s', timeout: '2s' },
        ],
        ...plan.system,
      },
    ],
  };
}

/** Writes the configuration and starts the agent on it, without waiting for it. */
export function spawnAgent(lab: Lab, plan: AgentPlan): Program {
  const file = path.join(lab.dir, `${plan.name}.yaml`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configOf(lab, plan)), { mode: 0o600 });
  const program = startProgram(['run', '--config', file], { env: { ...plan.env } });
  running.add(program);
  void program.ended.then(() => running.delete(program));
  return program;
}

const running = new Set<Program>();

/** Ends what a test that failed has left behind: the next one needs its ports. */
export async function killAll(): Promise<void> {
  for (const program of running) {
    program.child.kill('SIGKILL');
    await program.ended;
  }
}

/** Resolves when the agent runs. */
export async function startAgent(lab: Lab, plan: AgentPlan): Promise<AgentProcess> {
  const program = spawnAgent(lab, plan);
  const lines = readLines(program);
  const store = storeOf(lab, plan);
  const running = await lines.said((line) => line['msg'] === 'running');
  return {
    program,
    pid: program.child.pid ?? 0,
    store,
    page: String(running['page']),
    lines: lines.all,
    said: lines.said,
    async saidTimes(count, condition, from = 0) {
      let line: LogLine = {};
      for (let seen = 0, next = from; seen < count; seen++) {
        line = await lines.said(condition, next);
        next = lines.all.indexOf(line) + 1;
      }
      return line;
    },
    rows: (sql, ...values) => rowsOf(store, sql, ...values),
    async stop() {
      program.child.kill('SIGCONT');
      program.child.kill('SIGTERM');
      return await program.ended;
    },
    async kill() {
      program.child.kill('SIGKILL');
      await program.ended;
    },
  };
}

/** Rows of a store, whether its agent runs or not. */
export function rowsOf<Row>(store: string, sql: string, ...values: unknown[]): Row[] {
  const db = new Database(store, { readonly: true, timeout: 5_000 });
  try {
    return db.prepare<unknown[], Row>(sql).all(...values);
  } finally {
    db.close();
  }
}

function storeOf(lab: Lab, plan: AgentPlan): string {
  return plan.store ?? path.join(lab.dir, `${plan.name}.db`);
}

function readLines(program: Program): { readonly all: LogLine[]; said: AgentProcess['said'] } {
  const all: LogLine[] = [];
  const looking = new Set<() => void>();
  let rest = '';
  program.child.stderr?.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) all.push(part.startsWith('{') ? (JSON.parse(part) as LogLine) : { text: part });
    for (const look of looking) look();
  });
  return {
    all,
    said: (condition, from = 0) =>
      new Promise((resolve, reject) => {
        let next = from;
        const look = (): void => {
          for (; next < all.length; next++) {
            const line = all[next];
            if (line === undefined || !condition(line)) continue;
            looking.delete(look);
            resolve(line);
            return;
          }
        };
        looking.add(look);
        look();
        void program.ended.then((code) => {
          const last = all.slice(-20).map((line) => JSON.stringify(line));
          reject(new Error(`the agent ended with ${code} before that was said:\n${last.join('\n')}`));
        });
      }),
  };
}
