import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { killRounds } from './kill-rounds.ts';

describeLab('kill -9', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => lab?.stop());

  test(
    'at 20 random instants under load loses no probe that was accepted, and books nothing',
    { timeout: 400_000 },
    async () => {
      const result = await killRounds(lab, 20);
      expect(result).toMatchObject({ missing: [], wrong: [], bad: [], overlaps: [], integrity: 'ok' });
      expect(result.accepted).toBeGreaterThan(20);
      // Void is what our own absence touched; without any other outbound probe that would say nothing.
      expect(result.untouched).toBeGreaterThan(0);
    },
  );
});
