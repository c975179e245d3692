import type { Path } from './yaml-tree.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\$\{|\$\{([^}]*)\}?/g;

/**
 * Puts environment variables in for `${NAME}` in every text of `value`. `$${` stands for a plain `${`. It happens after
 * the YAML was read, so a variable's value is text, whatever it holds, and never structure.
 */
export function withEnvironment(
  value: unknown,
  environment: Environment,
  report: (path: Path, expected: string) => void,
  path: Path = [],
): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(REFERENCE, (written: string, name: string | undefined) => {
      if (written === '$${') return '${';
      const found = name === undefined ? undefined : environment[name];
      if (found !== undefined && written.endsWith('}')) return found;
      report(path, problemOf(written, name ?? ''));
      return written;
    });
  }
  if (Array.isArray(value))
    return value.map((item, index) => withEnvironment(item, environment, report, [...path, index]));
  if (typeof value !== 'object' || value === null) return value;
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value))
    result[key] = withEnvironment(item, environment, report, [...path, key]);
  return result;
}

function problemOf(written: string, name: string): string {
  if (written.endsWith('}') && /^[A-Za-z_]\w{0,99}$/.test(name))
    return `the environment variable ${name}, which is not set`;
  return 'an environment variable such as ${MAIL_PASSWORD}; a plain ${ is written $${';
}
