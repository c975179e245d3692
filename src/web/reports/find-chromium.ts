import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../../lib/errors.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * What makes PDF: the configured program, else the first that is on the path. Null: none, or the configuration says `none`.
 * Throws ConfigError where the configured one cannot be run.
 */
export function findChromium(
  configured: string | undefined,
  searched: string = process.env['PATH'] ?? '',
): string | null {
  if (configured === 'none') return null;
  if (configured !== undefined) {
    if (canBeRun(configured)) return configured;
    const expected = 'the path of a Chromium that can be run, or none';
    throw new ConfigError([{ file: 'agent.chromium', path: '', expected, got: configured }]);
  }
  const folders = searched.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(canBeRun) ?? null;
}

function canBeRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
