import { setMaxListeners } from 'node:events';
import { createAgent, type Agent } from './agent.ts';
import { createWitness } from './check/witness.ts';
import type { Settings, SinkSettings } from './config/settings.ts';
import type { Clock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';
import type { Ms } from './lib/time.ts';
import { createResolver } from './net/resolve.ts';
import { makeCertificate } from './observe/certificate.ts';
import { createWatcher } from './observe/registry.ts';
import { createSink } from './observe/sink.ts';
import { leaveOthers } from './others-letters.ts';
import { createAuthPacing } from './probe/auth-pacing.ts';
import type { AgentEvent } from './probe/event.ts';
import type { Look } from './probe/look.ts';
import type { Sink, Store } from './probe/ports.ts';
import type { Probe } from './probe/probe.ts';
import { createTokens, type Tokens } from './probe/token.ts';
import { createTurns } from './probe/turns.ts';
import type { UndoList } from './undo.ts';
import { createWorks, type Works } from './works.ts';

/** What measures: the agent with its senders, checks, sink and mailboxes, without a schedule. */
export interface Measuring {
  readonly agent: Agent;
  readonly works: Works;
  /** Null where no sink is configured. */
  readonly sink: Pick<Sink, 'port' | 'state'> | null;
  /** See Agent.looks. */
  looks(): readonly Look[];
}

interface World {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly store: Store;
  /** See EventLoopLag.totalMs. */
  readonly lagMs: () => Ms;
  /** Ends visits and launches that are under way. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly listeners: readonly ((event: AgentEvent) => void)[];
  readonly undo: UndoList;
}

/**
 * Builds and starts the parts that measure: what an earlier run left open is taken up, the sink listens, the mailboxes
 * are watched. Throws when the sink's port is not to be had.
 */
export async function startMeasuring(world: World): Promise<Measuring> {
  const { settings, clock, store, lagMs, signal, log, listeners, undo } = world;
  const { systems } = settings;
  // Every visit and launch under way listens to it: many are no leak.
  setMaxListeners(0, signal);
  const tokens = createTokens(store);
  const resolver = createResolver({ servers: settings.agent.resolvers, family: settings.agent.address_family });
  const turns = createTurns();
  const works = createWorks(settings, { clock, resolver, tokens, turns });
  const patience = new Map(
    systems.map((s) => [s.name, { lostAfterMs: s.lost_after, reachWithinMs: s.reach_within, watchMs: s.watch }]),
  );
  const logins = createAuthPacing();
  const agent = createAgent({
    clock,
    store,
    logins,
    doubts: { witness: createWitness(settings.agent, { clock, resolver }), lagMs, signal },
    log,
    patienceOf: (name) => patience.get(name) ?? { lostAfterMs: 0, reachWithinMs: 0, watchMs: 0 },
    longestWatchMs: Math.max(...systems.map(({ watch }) => watch)),
    listeners,
  });
  const ownTokens = leaveOthers(tokens, { agent, clock, log });
  undo.push(() => Promise.all(works.routes.map((route) => route.sender.close())));
  for (const system of systems) {
    const observer = agent.observerOf(system.name);
    for (const mailbox of system.mailboxes) {
      const onFailedLook = (): void => agent.lookFailed(system.name, mailbox.name);
      const isShared = sharedBy(systems, mailbox.user);
      const tools = {
        tokens: ownTokens,
        watermarks: store,
        resolver,
        clock,
        observer,
        logins,
        turns,
        log,
        onFailedLook,
        isShared,
      };
      const watcher = createWatcher({ system, mailbox, ...tools });
      agent.addWatcher(system.name, mailbox.name, watcher);
    }
  }
  await agent.resume(works.routes);
  // Not before: a contact of a probe that was not taken up yet would slip past the suspicion of our own absence.
  const sink = settings.agent.sink === undefined ? null : await startSink(settings.agent.sink, agent, ownTokens, world);
  agent.watch();
  undo.push(() => agent.unwatch());
  return { agent, works, sink, looks: () => agent.looks(sink?.state.listening === true) };
}

/** Whether a watcher of that probe's own mailbox logs in as the same user: it finds it there, too. */
function sharedBy(systems: Settings['systems'], user: string): (probe: Probe) => boolean {
  return ({ system, mailbox }) =>
    systems.some(
      ({ name, mailboxes }) =>
        name === system && mailboxes.some((other) => other.user === user && (mailbox ?? other.name) === other.name),
    );
}

async function startSink(
  settings: SinkSettings,
  agent: Agent,
  tokens: Tokens,
  { clock, log, undo }: World,
): Promise<Sink> {
  const own = settings.certificate;
  const certificate =
    own === undefined
      ? await makeCertificate(settings.domain, clock.now())
      : { cert: own.certificate, key: own.key.reveal() };
  const observer = agent.observerOf('sink');
  const sink = createSink({ settings, tokens, clock, observer, certificate, log, onAway: agent.sinkAway });
  await sink.start();
  undo.push(() => sink.stop());
  return sink;
}
