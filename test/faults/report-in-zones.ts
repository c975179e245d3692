import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Report } from '../../src/sla/report.ts';
import { runProgram } from '../e2e/program.ts';
import type { Lab } from '../lab/lab.ts';

/**
 * The month's report by the program, once for each zone that a host may be in: fails unless all say the same, as JSON and as
 * text. The shipped contract with `zone` as its own.
 */
export async function reportInZones(
  config: string,
  { month, zone, lab }: { readonly month: string; readonly zone: string; readonly lab: Lab },
  hosts: readonly string[],
): Promise<Report> {
  const contract = path.join(lab.dir, 'contract-in-zone.yaml');
  const shipped = readFileSync('config/contract.yaml', 'utf8');
  writeFileSync(contract, shipped.replace(/^timezone: .*$/mu, `timezone: ${zone}`));
  const outputs = [];
  for (const format of ['json', 'text']) {
    const args = ['report', '--config', config, '--contract', contract, '--month', month, '--lang', 'en'];
    const told = hosts.map((TZ) => runProgram([...args, '--format', format], { env: { TZ } }));
    const [first, ...others] = await Promise.all(told);
    expect(first).toMatchObject({ code: 0, err: '' });
    for (const other of others) expect(other).toEqual(first);
    outputs.push(first?.out ?? '');
  }
  return JSON.parse(outputs[0] ?? '') as Report;
}
