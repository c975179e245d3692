import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { killAll, rowsOf, startAgent } from './agent-process.ts';
import { badTime, overlapsIn, probeIdOf, probesIn } from './evidence-of.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { nothingBooked } from './own-figures.ts';

describeLab('SIGTERM', () => {
  let lab: Lab;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    await killAll();
    await lab.faults.clear();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Own faults: SIGTERM', lines);
  });

  test.each<[string, (() => Promise<unknown>)[]]>([
    ['while all is well', []],
    ['while the mail system hangs', [() => lab.faults.freezeDovecot(), () => lab.faults.dropPort('smtp')]],
    ['while the mail system holds all mail', [() => lab.faults.hold('all')]],
  ])('%s ends the agent within 5 s, with all that it knows on disk', async (name, faults) => {
    const agent = await startAgent(lab, { name: name.replaceAll(' ', '-') });
    await agent.said((line) => line['msg'] === 'probe accepted');
    await agent.said((line) => line['msg'] === 'probe ended');
    for (const fault of faults) await fault();
    // Something is under way, whatever the fault.
    await agent.said((line) => line['msg'] === 'probe launched', agent.lines.length);
    const tooLate = setTimeout(() => agent.program.child.kill('SIGKILL'), 5_000);
    expect(await agent.stop()).toBe(0);
    clearTimeout(tooLate);

    const known = new Set(probesIn(agent.store).map(({ id }) => id));
    const launched = agent.lines
      .filter((line) => line['msg'] === 'probe launched')
      .map((line) => String(line['probe']));
    expect(launched.filter((id) => !known.has(id))).toEqual([]);
    const accepted = lab.truth
      .all()
      .flatMap(({ messageId, queued }) => (queued.length > 0 ? [probeIdOf(messageId)] : []));
    const ofThisAgent = accepted.filter((id) => id !== null && launched.includes(id));
    expect(ofThisAgent.filter((id) => id === null || !known.has(id))).toEqual([]);
    expect(rowsOf(agent.store, 'SELECT * FROM runs WHERE closed = 0')).toEqual([]);
    expect(overlapsIn(agent.store)).toEqual([]);
    expect(badTime(agent.store)).toEqual([]);
    lines.push(
      nothingBooked(agent.store, {
        fault: `SIGTERM ${name}`,
        injected: 'with a launch under way',
        recorded: `it ends within 5 s, exit 0; ${launched.length} launches and ${ofThisAgent.length} letters that were accepted are all on disk`,
      }),
    );
  });
});
