import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { killAll, rowsOf, spawnAgent, startAgent, type AgentProcess } from './agent-process.ts';
import { badTime, overlapsIn, probeIdOf, probesIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';
import { mountSmallDisk } from './tmpfs.ts';

const CANNOT = /^the store cannot be written/u;
const CAN_AGAIN = /^the store can be written again; nothing was lost/u;
const says = (words: RegExp) => (line: Readonly<Record<string, unknown>>) => words.test(String(line['msg']));

describeLab('the store', () => {
  let lab: Lab;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(killAll);
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Own faults: the store', lines);
  });

  /** Probes that the mail system took while `during` went on, by its own log. */
  function acceptedSince(before: number): string[] {
    return lab.truth
      .all()
      .slice(before)
      .flatMap(({ messageId, queued }) => (queued.length > 0 ? [probeIdOf(messageId)] : []))
      .filter((id) => id !== null);
  }

  async function measuredOn(agent: AgentProcess, before: number, count: number): Promise<void> {
    // Each waits 2 s for a ledger that does not answer, and then goes out all the same.
    await agent.saidTimes(count, (line) => line['msg'] === 'probe accepted', agent.lines.length);
    // What was answered now may have been queued before, by the mail system's log: others follow.
    await expect.poll(() => acceptedSince(before).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
  }

  async function queueOf(agent: AgentProcess): Promise<number> {
    const text = await (await fetch(`${agent.page}metrics`)).text();
    return Number(/^mailwitness_store_queue\S* (\d+)/mu.exec(text)?.[1]);
  }

  /** What others are told of the store, by the metrics, by /readyz and by the page. */
  async function stateOf(agent: AgentProcess): Promise<object> {
    const ask = async (path: string): Promise<Response> => await fetch(`${agent.page}${path}`);
    const metrics = await (await ask('metrics')).text();
    const ready = await ask('readyz');
    const { reasons } = (await ready.json()) as { reasons: string[] };
    const page = (await (await ask('?lang=en')).text()).replace(/<[^>]+>/gu, '');
    return {
      trouble: Number(/^mailwitness_store_trouble\S* (\d)/mu.exec(metrics)?.[1]),
      ready: [ready.status, reasons],
      banner: page.includes('what was measured is in memory only: the store cannot be written'),
    };
  }

  test(
    'on a full disk: the agent says so, goes on measuring, and writes all of it by itself once there is room',
    { timeout: 90_000 },
    async () => {
      const disk = mountSmallDisk(path.join(lab.dir, 'small-disk'), 4_096);
      try {
        const agent = await startAgent(lab, { name: 'full', store: path.join(disk.dir, 'store.db') });
        await agent.said((line) => line['msg'] === 'probe ended');
        const before = lab.truth.all().length;
        disk.fill();
        const trouble = await agent.said(says(CANNOT));
        expect(trouble).toMatchObject({ level: 50, msg: expect.stringMatching(/full/u) });
        await measuredOn(agent, before, 6);
        expect(await queueOf(agent)).toBeGreaterThan(0);
        const why = /the store cannot be written \(.*full.*\): \d+ entries wait in memory, it is tried again/u;
        expect(await stateOf(agent)).toEqual({ trouble: 1, ready: [503, [expect.stringMatching(why)]], banner: true });
        disk.free();
        await agent.said(says(CAN_AGAIN));
        expect(await stateOf(agent)).toEqual({ trouble: 0, ready: [200, []], banner: false });
        const accepted = acceptedSince(before);
        expect(await agent.stop()).toBe(0);
        const known = new Set(probesIn(agent.store).map(({ id }) => id));
        expect(accepted.filter((id) => !known.has(id))).toEqual([]);
        expect(badTime(agent.store)).toEqual([]);
        expect(overlapsIn(agent.store)).toEqual([]);
        expect(rowsOf(agent.store, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
        // Told once, not with each try.
        expect(agent.lines.filter(says(CANNOT)).length).toBeLessThanOrEqual(2);
        lines.push(
          nothingBooked(agent.store, {
            fault: 'disk full',
            injected: 'a tmpfs of 4 MiB, filled to the last byte and freed again',
            recorded: `told, measured on, and all of ${accepted.length} letters that were taken meanwhile are in the store`,
          }),
        );
      } finally {
        disk.unmount();
      }
    },
  );

  test(
    'stopped while its disk is full, the agent ends all the same, and what it had is whole',
    { timeout: 60_000 },
    async () => {
      const disk = mountSmallDisk(path.join(lab.dir, 'stays-full'), 4_096);
      try {
        const agent = await startAgent(lab, { name: 'stays-full', store: path.join(disk.dir, 'store.db') });
        await agent.said((line) => line['msg'] === 'probe ended');
        disk.fill();
        await agent.said(says(CANNOT));
        const code = await agent.stop();
        // Not everything could be written, and it says so; 0 where the last try of all went through.
        expect([0, 1]).toContain(code);
        expect(agent.program.err()).not.toMatch(/^\s+at /mu);
        disk.free();
        const again = await startAgent(lab, { name: 'stays-full', store: path.join(disk.dir, 'store.db') });
        await again.said((line) => line['msg'] === 'unmeasured' && line['why'] === 'stopped');
        expect(await again.stop()).toBe(0);
        expect(overlapsIn(again.store)).toEqual([]);
        lines.push(
          nothingBooked(again.store, {
            fault: 'disk full, and the agent is stopped',
            injected: 'the same, freed only after the end',
            recorded: 'it ends and says so; what it had is whole',
          }),
        );
      } finally {
        disk.unmount();
      }
    },
  );

  test('locked by another process: the same', { timeout: 60_000 }, async () => {
    const agent = await startAgent(lab, { name: 'locked' });
    await agent.said((line) => line['msg'] === 'probe ended');
    const before = lab.truth.all().length;
    const other = new Database(agent.store);
    other.exec('BEGIN IMMEDIATE');
    await agent.said(says(CANNOT));
    await measuredOn(agent, before, 4);
    other.exec('COMMIT');
    other.close();
    await agent.said(says(CAN_AGAIN));
    const accepted = acceptedSince(before);
    expect(await agent.stop()).toBe(0);
    const known = new Set(probesIn(agent.store).map(({ id }) => id));
    expect(accepted.filter((id) => !known.has(id))).toEqual([]);
    expect(badTime(agent.store)).toEqual([]);
    lines.push(
      nothingBooked(agent.store, {
        fault: 'store locked by another process',
        injected: 'BEGIN IMMEDIATE elsewhere, ended again',
        recorded: `told, measured on, and all of ${accepted.length} letters that were taken meanwhile are in the store`,
      }),
    );
  });

  test(
    'locked, and the agent killed meanwhile: what the mail system took is recovered from its own tokens, each once',
    { timeout: 180_000 },
    async () => {
      const agent = await startAgent(lab, { name: 'locked-and-killed' });
      const before = lab.truth.all().length;
      const other = new Database(agent.store);
      other.exec('BEGIN IMMEDIATE');
      await agent.said(says(CANNOT));
      const from = agent.lines.length;
      const isNew = (line: Readonly<Record<string, unknown>>): boolean =>
        agent.lines.slice(from).some((it) => it['msg'] === 'probe launched' && it['probe'] === line['probe']);
      for (const route of ['outbound', 'inbound', 'internal'])
        await agent.said((line) => line['msg'] === 'probe accepted' && line['route'] === route && isNew(line), from);
      // Seen, and its letter stays all the same.
      await agent.said((line) => line['msg'] === 'probe ended' && line['outcome'] === 'delivered' && isNew(line), from);
      await agent.kill();
      other.exec('COMMIT');
      other.close();
      const written = new Set(probesIn(agent.store).map(({ id }) => id));
      const ids = (of: AgentProcess, msg: string): string[] =>
        of.lines.filter((line) => line['msg'] === msg).map((line) => String(line['probe']));
      const answered = ids(agent, 'probe accepted').filter((id) => !written.has(id));
      expect(answered.length).toBeGreaterThanOrEqual(3);
      const again = await startAgent(lab, { name: 'locked-and-killed' });
      const RECOVERED = 'probe recovered from its own token';
      // Postfix comes again by itself, too, some minutes later.
      await lab.flush();
      await again.saidTimes(answered.length, (line) => line['msg'] === RECOVERED);
      await again.said((line) => line['msg'] === 'probe ended' && line['outcome'] === 'delivered', again.lines.length);
      expect(await again.stop()).toBe(0);
      const others = new Set([...written, ...ids(again, 'probe launched')]);
      const missing = acceptedSince(before).filter((id) => !others.has(id));
      expect(missing).toEqual(expect.arrayContaining(answered));
      expect(ids(again, RECOVERED).sort()).toEqual([...missing].sort());
      const found = probesIn(agent.store).filter(({ id }) => missing.includes(id));
      expect(found.map(({ id }) => id).sort()).toEqual([...missing].sort());
      // What waited for our own sink is void; of the others it is known that they came, and no delay is claimed.
      const ends = found.map(({ kind, outcome, uncertain, copies, accepted: at, unseen }) =>
        kind === 'outbound' ? { kind, outcome } : { kind, outcome, uncertain, copies, at, unseen },
      );
      expect(ends).toEqual(
        found.map(({ kind, launched }) =>
          kind === 'outbound'
            ? { kind, outcome: 'void' }
            : { kind, outcome: 'delivered', uncertain: 1, copies: 1, at: launched, unseen: launched },
        ),
      );
      expect(badTime(agent.store)).toEqual([]);
      expect(overlapsIn(agent.store)).toEqual([]);
      lines.push(
        nothingBooked(agent.store, {
          fault: 'store locked, and kill -9 meanwhile',
          injected: 'the lock goes with the agent, which starts again',
          recorded: `${missing.length} probes that are in no row are recovered from their own tokens, each once`,
        }),
      );
    },
  );

  test(
    'used by a running agent: a second one is refused, exit 2, one line, and the first goes on',
    { timeout: 60_000 },
    async () => {
      const agent = await startAgent(lab, { name: 'first' });
      await agent.said((line) => line['msg'] === 'probe ended');
      const second = spawnAgent(lab, { name: 'second', store: agent.store });
      expect(await second.ended).toBe(2);
      expect(second.err().trim().split('\n')).toEqual([expect.stringContaining('a store that no other agent uses')]);
      expect(second.err()).toContain(agent.store);
      await agent.saidTimes(2, (line) => line['msg'] === 'probe ended', agent.lines.length);
      expect(await agent.stop()).toBe(0);
      expect(agent.lines.filter((line) => Number(line['level']) >= 50)).toEqual([]);
      expect(badTime(agent.store)).toEqual([]);
      expect(overlapsIn(agent.store)).toEqual([]);
      lines.push(
        nothingBooked(agent.store, {
          fault: 'a second agent on the same store',
          injected: 'started while the first one runs',
          recorded: 'refused, exit 2; the first goes on',
        }),
      );
    },
  );

  /** Of the file and of its WAL; an empty one, which SQLite makes whenever it reads, is none. */
  const digestsOf = (store: string): string[] =>
    ['', '-wal']
      .map((of) => (existsSync(store + of) ? readFileSync(store + of) : Buffer.alloc(0)))
      .map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  const DAMAGED = /expected a whole store, got a damaged one \(.*\); restore a backup/u;
  const damages: readonly [string, 'stopped' | 'killed', (file: string) => void, RegExp][] = [
    ['a page is overwritten', 'stopped', overwritePage, DAMAGED],
    ['a page is overwritten after a kill -9, so that the last of it lies in the WAL', 'killed', overwritePage, DAMAGED],
    ['it is cut short', 'stopped', (file) => truncateSync(file, 4 * 4_096), DAMAGED],
    [
      'it is something else',
      'stopped',
      (file) => writeFileSync(file, 'Dear agent'),
      /got a file that is no SQLite database; it was left as it is/u,
    ],
  ];
  test.each(damages)(
    'damaged (%s): refused with what to do, exit 2, and left as it is to the byte',
    { timeout: 60_000 },
    async (what, how, damage, words) => {
      const agent = await startAgent(lab, { name: `damaged-${how}` });
      await agent.said((line) => line['msg'] === 'probe ended');
      await (how === 'killed' ? agent.kill() : agent.stop());
      expect(existsSync(`${agent.store}-wal`)).toBe(how === 'killed');
      const removeStore = (): void => {
        for (const of of ['', '-wal', '-shm', '.lock']) rmSync(agent.store + of, { force: true });
      };
      onTestFinished(removeStore);
      damage(agent.store);
      const before = digestsOf(agent.store);
      const program = spawnAgent(lab, { name: `damaged-${how}` });
      expect(await program.ended).toBe(2);
      expect(program.err()).toContain(`${agent.store}: expected`);
      expect(program.err()).toMatch(words);
      expect(program.err()).not.toMatch(/^\s+at /mu);
      expect(digestsOf(agent.store)).toEqual(before);
      lines.push({
        fault: `store damaged: ${what}`,
        injected: 'before the start',
        recorded: 'refused, exit 2, left as it is to the byte',
        unmeasuredS: undefined,
      });
    },
  );
});

const PAGE = 4_096;

/** One of the file itself, of which no newer copy lies in the WAL (https://www.sqlite.org/fileformat.html, 4.1). */
function overwritePage(file: string): void {
  const wal = existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : Buffer.alloc(0);
  const newer = new Set<number>();
  for (let at = 32; at + 24 + PAGE <= wal.length; at += 24 + PAGE) newer.add(wal.readUInt32BE(at));
  const bytes = readFileSync(file);
  const page = Array.from({ length: bytes.length / PAGE }, (_, n) => n + 1).find((n) => n > 5 && !newer.has(n));
  if (page === undefined) throw new Error('the WAL has every page');
  writeFileSync(file, bytes.fill(0xff, (page - 1) * PAGE, page * PAGE));
}
