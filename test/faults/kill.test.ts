import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { killAll } from './agent-process.ts';
import { writeFaults, type OwnFaultLine } from './faults-page.ts';
import { killRounds } from './kill-rounds.ts';
import { nothingBooked } from './own-figures.ts';

describeLab('kill -9', () => {
  let lab: Lab;
  const lines: OwnFaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => {
    await killAll();
    await lab?.stop();
    writeFaults('Own faults: kill -9', lines);
  });

  test(
    'at 20 random instants under load loses no probe that was accepted, and books nothing',
    { timeout: 400_000 },
    async () => {
      const result = await killRounds(lab, 20);
      expect(result).toMatchObject({ missing: [], wrong: [], bad: [], overlaps: [], integrity: 'ok' });
      expect(result.accepted).toBeGreaterThan(20);
      // Void is what our own absence touched; without any other outbound probe that would say nothing.
      expect(result.untouched).toBeGreaterThan(0);
      lines.push(
        nothingBooked(result.store, {
          fault: `kill -9 at ${result.rounds} random instants under load`,
          injected: 'nine launches and two visits a second; started again each time',
          recorded: `${result.accepted} letters were accepted, and each is in the store once; ${result.excused} of them void, for they waited for the sink`,
          trueS: [result.awayS, result.awayS],
        }),
      );
    },
  );
});
