import type { Command } from 'commander';
import { startApp } from '../app.ts';
import { examine } from '../config/load.ts';
import { createLog } from '../lib/log.ts';
import { VERSION } from '../lib/version.ts';
import { addConfigOption, configFile } from './config-option.ts';
import { eventLog } from './event-log.ts';
import { untilToldToStop } from './until-told-to-stop.ts';

export function addRun(program: Command): void {
  addConfigOption(program.command('run'), 'configuration, YAML; see config/agent.example.yaml')
    .description('The daemon: probes and visits as configured, until SIGTERM or SIGINT.')
    .addHelpText(
      'after',
      '\nExample:\n  $ mailwitness run --config /etc/mailwitness/agent.yaml\n\nIts log goes to standard error, one JSON object a line.',
    )
    .action(async ({ config }: { config?: string }) => {
      // Before anything is started, so that whatever is started is stopped in order.
      const told = untilToldToStop();
      const { settings, doubts } = examine(configFile('run', config), process.env);
      const log = createLog(settings.agent.log_level);
      for (const doubt of doubts)
        log.warn({ config: doubt }, 'the configuration is taken, and a person should look again');
      const app = await startApp({ settings, version: VERSION, log, listeners: [eventLog(log)] });
      log.info({ page: app.url, version: VERSION, vantage: settings.agent.vantage }, 'running');
      const signal = await told;
      log.info({ signal }, 'stopping');
      await app.stop();
      log.info({}, 'stopped');
    });
}
