import { Option, type Command } from 'commander';
import { dnsAdvice } from '../check/dns-advice.ts';
import { contractJsonSchema } from '../config/contract-json-schema.ts';
import type { Contract } from '../config/contract.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { loadContract } from '../config/load-contract.ts';
import { examine } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createResolver } from '../net/resolve.ts';

export function addConfig(program: Command, exit: (code: number) => void): void {
  const config = program.command('config').description('Looks at a configuration, or prints its schema.');
  config
    .command('check')
    .description(
      'Every mistake at once, with its line; exit 2 when there is one. What is probably not meant is told, and taken.',
    )
    .argument('<file>', 'configuration, YAML')
    .option('--contract', 'the file is a contract')
    .addOption(
      new Option('--dns', 'look at MX, PTR, SPF and port 25 too: what would send inbound probes to Junk').conflicts(
        'contract',
      ),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness config check agent.yaml --dns\n  $ mailwitness config check --contract contract.yaml',
    )
    .action(async (file: string, { contract, dns }: { contract?: true; dns?: true }) => {
      if (contract) {
        process.stdout.write(`${file} is good: ${contractSummary(loadContract(file).contract)}\n`);
        return;
      }
      const { settings, doubts } = examine(file, process.env);
      process.stdout.write(`${file} is good: ${summary(settings)}\n`);
      for (const doubt of doubts) process.stdout.write(`look again  ${doubt}\n`);
      if (dns) exit(await printAdvice(settings));
    });
  config
    .command('schema')
    .description('JSON Schema of the configuration, for editors.')
    .option('--contract', 'that of a contract file')
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness config schema > agent.schema.json\n  and as the first line of agent.yaml:\n  # yaml-language-server: $schema=agent.schema.json',
    )
    .action(({ contract }: { contract?: true }) => {
      const schema = contract ? contractJsonSchema() : configJsonSchema();
      process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    });
}

function contractSummary({ contract, clauses, timezone, month }: Contract): string {
  const judged = clauses.filter(({ blank }) => !blank).length;
  const left = clauses.length - judged;
  const blank = left === 0 ? '' : ` and ${left} left blank`;
  return `${contract}, ${count(judged, 'clause')} judged${blank}, ${month} months in ${timezone}`;
}

function summary({ systems }: Settings): string {
  const routes = systems.reduce((sum, system) => sum + system.routes.length, 0);
  const checks = systems.reduce((sum, system) => sum + system.checks.length, 0);
  return `${count(systems.length, 'system')}, ${count(routes, 'route')}, ${count(checks, 'check')}`;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}

async function printAdvice(settings: Settings): Promise<number> {
  const resolver = createResolver({ servers: settings.agent.resolvers, family: settings.agent.address_family });
  const tools = { clock: createSystemClock(), resolver };
  let worst = 0;
  for (const system of settings.systems) {
    process.stdout.write(`\n${system.name}\n`);
    for (const { level, text } of await dnsAdvice(system, settings.agent, tools, new AbortController().signal)) {
      process.stdout.write(`  ${level.padEnd(5)} ${text}\n`);
      if (level === 'bad') worst = 1;
    }
  }
  return worst;
}
