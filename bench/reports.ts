import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { DAY } from '../src/lib/time.ts';
import { besides, type Beside } from './beside.ts';
import { PROGRAM } from './daemon.ts';

/**
 * Whether the measurement notices that reports are made: the running month is asked for over HTTP all the time, and
 * `mailwitness report --live` computes a whole month beside it.
 */
export async function reports(): Promise<boolean> {
  let made = 0;
  return besides(
    'reports',
    async (agent, signal) => {
      made += await askForReports(agent, signal);
    },
    () => {
      console.error(`${made} reports were made`);
      return { rows: [], didWork: made > 0 };
    },
  );
}

/** One after the other until called off; how many came. */
async function askForReports({ url, configFile: config }: Beside, signal: AbortSignal): Promise<number> {
  const month = new Date().toISOString().slice(0, 7);
  const last = new Date(Date.now() - 40 * DAY).toISOString().slice(0, 7);
  let made = 0;
  const overHttp = async (): Promise<void> => {
    while (!signal.aborted) {
      const answer = await fetch(`${url}api/v1/report?month=${month}`);
      await answer.arrayBuffer();
      if (answer.ok) made++;
      await pause(50);
    }
  };
  const byCommand = async (): Promise<void> => {
    while (!signal.aborted) {
      const args = [PROGRAM, 'report', '--config', config, '--month', last, '--live', '--format', 'json'];
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code === 0) made++;
    }
  };
  await Promise.all([overHttp(), byCommand()]);
  return made;
}
