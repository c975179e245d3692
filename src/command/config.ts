import type { Command } from 'commander';
import { dnsAdvice } from '../check/dns-advice.ts';
import { configJsonSchema } from '../config/json-schema.ts';
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
    .option('--dns', 'look at MX, PTR, SPF and port 25 too: what would send inbound probes to Junk')
    .addHelpText('after', '\nExample:\n  $ mailwitness config check agent.yaml --dns')
    .action(async (file: string, { dns }: { dns?: true }) => {
      const { settings, doubts } = examine(file, process.env);
      process.stdout.write(`${file} is good: ${summary(settings)}\n`);
      for (const doubt of doubts) process.stdout.write(`look again  ${doubt}\n`);
      if (dns) exit(await printAdvice(settings));
    });
  config
    .command('schema')
    .description('JSON Schema of the configuration, for editors.')
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness config schema > agent.schema.json\n  and as the first line of agent.yaml:\n  # yaml-language-server: $schema=agent.schema.json',
    )
    .action(() => void process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`));
}

function summary({ systems }: Settings): string {
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  const routes = systems.reduce((sum, system) => sum + system.routes.length, 0);
  const checks = systems.reduce((sum, system) => sum + system.checks.length, 0);
  return `${count(systems.length, 'system')}, ${count(routes, 'route')}, ${count(checks, 'check')}`;
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
