import { parseSettings } from '../../src/config/load.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createSystemClock } from '../../src/lib/system-clock.ts';
import { startMeasuring } from '../../src/measuring.ts';
import type { AgentEvent } from '../../src/probe/event.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import { openStore, type OpenStore } from '../../src/store/store.ts';
import { createUndo } from '../../src/undo.ts';
import type { Lab } from '../lab/lab.ts';

/** The agent beside a lab, without a schedule: a test says when a probe goes out and when a visit is made. */
export interface AgentOnLab {
  readonly events: readonly AgentEvent[];
  readonly store: OpenStore;
  /** Launches a probe over the route and resolves with its state once it has ended and that is in the store. */
  probe(route: string): Promise<ProbeState>;
  /** Launches a probe; resolves when the send has ended, with its state then. */
  send(route: string): Promise<ProbeState>;
  /** Resolves with the newest state of a probe as soon as it fulfils the condition. */
  until(id: string, condition: (state: ProbeState) => boolean): Promise<ProbeState>;
  /** Resolves with the first event, past or to come, that fulfils the condition. */
  event<E extends AgentEvent>(condition: (event: AgentEvent) => event is E): Promise<E>;
  /** Makes one visit (with its second attempt) to every target of the check; the samples in the order of targets. */
  visit(check: string): Promise<Extract<AgentEvent, { kind: 'sampled' }>[]>;
  stop(): Promise<void>;
}

export interface AgentOnLabOptions {
  readonly store: string;
  /** YAML that replaces or adds keys of the system, two spaces deep. */
  readonly system?: string;
  readonly submission?: 'starttls' | 'implicit';
  readonly imap?: 'starttls' | 'implicit';
}

export function labYaml(
  lab: Lab,
  { store, system = '', submission = 'starttls', imap = 'implicit' }: AgentOnLabOptions,
): string {
  const { ports, caFile, users, hostname } = lab;
  const tls = `ca_file: ${caFile}, server_name: ${hostname}`;
  const submissionPort = submission === 'starttls' ? ports.submission : ports.submissions;
  const imapPort = imap === 'starttls' ? ports.imap : ports.imaps;
  const pop3Port = imap === 'starttls' ? ports.pop3 : ports.pop3s;
  return `
agent:
  vantage: test
  store: ${store}
  listen: 127.0.0.1:0
  witnesses: []
  address_family: ipv4-only
  sink: { listen: "127.0.0.1:${ports.sink}", domain: sink.example }
systems:
- name: corp.example
  submission: { host: 127.0.0.1, port: ${submissionPort}, tls: ${submission}, ${tls}, user: ${users.alice.login}, password: ${users.alice.password} }
  mx: { hosts: ["127.0.0.1:${ports.smtp}"], helo: probe.sink.example, mail_from: sink, retry_after: 1s, ${tls} }
  imap: { host: 127.0.0.1, port: ${imapPort}, tls: ${imap}, ${tls} }
  pop3: { host: 127.0.0.1, port: ${pop3Port}, tls: ${imap}, ${tls} }
  mailboxes:
  - { name: alice, address: ${users.alice.address}, user: ${users.alice.login}, password: ${users.alice.password}, watch: imap }
  - { name: bob, address: ${users.bob.address}, user: ${users.bob.login}, password: ${users.bob.password}, watch: imap }
  routes:
  - { kind: outbound }
  - { kind: inbound, mailbox: alice }
  - { kind: internal, mailbox: bob }
${system}`;
}

export async function startAgentOnLab(lab: Lab, options: AgentOnLabOptions): Promise<AgentOnLab> {
  const settings = parseSettings(labYaml(lab, options), { file: 'lab.yaml', folder: lab.dir, env: {} });
  const undo = createUndo();
  const clock = createSystemClock();
  const stopping = new AbortController();
  const events: AgentEvent[] = [];
  const waiting = new Set<(event: AgentEvent) => void>();
  const states = new Map<string, ProbeState>();

  function on(event: AgentEvent): void {
    events.push(event);
    if ('probe' in event) states.set(event.probe.id, event.probe);
    for (const wait of waiting) wait(event);
  }

  const store = await openStore({ path: options.store, vantage: 'test', now: clock.now() });
  undo.push(() => store.close(clock.now()));
  const { agent, works } = await startMeasuring({
    ...{ settings, clock, store, signal: stopping.signal, log: silentLog, listeners: [on], undo },
    lagMs: () => 0,
  });
  const beat = setInterval(() => agent.settle(), 250);
  undo.push(() => clearInterval(beat));
  undo.push(() => stopping.abort());

  function event<E extends AgentEvent>(condition: (event: AgentEvent) => event is E): Promise<E> {
    const past = events.find(condition);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const wait = (next: AgentEvent): void => {
        if (!condition(next)) return;
        waiting.delete(wait);
        resolve(next);
      };
      waiting.add(wait);
    });
  }

  async function until(id: string, condition: (state: ProbeState) => boolean): Promise<ProbeState> {
    const state = states.get(id);
    if (state !== undefined && condition(state)) return state;
    const found = await event(
      (next): next is Extract<AgentEvent, { probe: ProbeState }> =>
        'probe' in next && next.probe.id === id && condition(next.probe),
    );
    return found.probe;
  }

  async function send(name: string): Promise<ProbeState> {
    const route = works.routes.find((work) => work.name === name);
    if (route === undefined) throw new Error(`no route ${name}`);
    const from = events.length;
    await agent.launch(route);
    const launched = events.slice(from).find((next) => next.kind === 'launched' && next.probe.route === name);
    if (launched?.kind !== 'launched') throw new Error(`route ${name} launched nothing`);
    return states.get(launched.probe.id) ?? launched.probe;
  }

  return {
    events,
    store,
    until,
    event,
    send,
    async probe(name) {
      const state = await until((await send(name)).id, ({ settledAt }) => settledAt !== null);
      await agent.flush();
      return state;
    },
    async visit(check) {
      const from = events.length;
      await Promise.all(works.checks.filter(({ port }) => port.check === check).map((work) => agent.visit(work)));
      const sampled = events.slice(from).filter((next) => next.kind === 'sampled');
      return sampled.sort((a, b) => a.sample.target.localeCompare(b.sample.target));
    },
    stop: undo.all,
  };
}
