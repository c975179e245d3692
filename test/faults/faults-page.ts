import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** One line of docs/faults.md. */
export interface FaultLine {
  readonly fault: string;
  readonly injected: string;
  readonly recorded: string;
  /** Seconds; undefined: there was no outage to measure. */
  readonly trueS?: readonly [number, number];
  readonly measuredS?: number | null;
  readonly boundsS?: readonly [number | null, number | null];
}

const PAGE = new URL('../../docs/faults.md', import.meta.url);
const HEAD = `# Faults, each seen on a real mail system

Written by the tests in \`test/faults/\` when they run with \`MAILWITNESS_WRITE_FAULTS=1\`: a real Postfix and Dovecot, with the
whole agent beside them, visits and launches once a second. *True* is how long the fault stood, as the test switched it: from
when it began to take hold until it was certainly gone, hence two figures. *Measured* is the down time of clause 1 in the
report that the store yields, *bounds* its least and most. A dash: clause 1 has nothing to measure there.

Each visit is judged as a whole, with its second attempt. Where a server is silent (frozen, black-holed, a byte a second) the
visit that is under way when the fault ends may still come through, and is good from its start, or wait in vain until its
attempt is over, and is bad until then. So the bounds of such an outage are those of its visits: the truth may lie outside by the
time limits of one visit, two seconds here.
`;

/** Replaces one section of the page by what a run has just seen; does nothing unless it was asked for. */
export function writeFaults(section: string, lines: readonly FaultLine[]): void {
  if (process.env['MAILWITNESS_WRITE_FAULTS'] !== '1' || lines.length === 0) return;
  const sections = new Map<string, string>();
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  for (const part of before.split(/^(?=## )/mu).slice(1)) {
    sections.set(/^## (.*)$/mu.exec(part)?.[1] ?? '', `${part.trimEnd()}\n`);
  }
  const date = new Date().toISOString().slice(0, 10);
  sections.set(section, `## ${section}\n\nRun of ${date}.\n\n${tableOf(lines)}\n`);
  const sorted = [...sections].sort(([a], [b]) => a.localeCompare(b)).map(([, text]) => text);
  writeFileSync(PAGE, [HEAD, ...sorted].join('\n'));
}

function tableOf(lines: readonly FaultLine[]): string {
  const head = ['fault', 'injected', 'recorded', 'true (min)', 'measured (min)', 'bounds (min)'];
  const rows = lines.map(({ fault, injected, recorded, trueS, measuredS, boundsS }) => [
    fault,
    injected,
    recorded,
    trueS === undefined ? '–' : `${minutes(trueS[0])} to ${minutes(trueS[1])}`,
    measuredS === undefined ? '–' : minutes(measuredS),
    boundsS === undefined ? '–' : `${minutes(boundsS[0])} to ${minutes(boundsS[1])}`,
  ]);
  const cells = [head, head.map((_, index) => (index < 3 ? '---' : '--:')), ...rows];
  return cells
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`)
    .join('\n');
}

function minutes(seconds: number | null): string {
  return seconds === null ? 'none' : (seconds / 60).toFixed(4);
}
