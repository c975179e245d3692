import type { Command } from 'commander';
import { loadSettings } from '../config/load.ts';
import { backupStore } from '../store/backup.ts';
import { addConfigOption, configFile } from './config-option.ts';

export function addBackup(program: Command): void {
  addConfigOption(program.command('backup'), 'configuration whose agent.store is copied')
    .description('Copies the store to FILE while the agent goes on; refuses to overwrite.')
    .argument('<file>', 'where the copy shall stand')
    .addHelpText('after', '\nExample:\n  $ mailwitness backup /var/backups/mailwitness-2026-11.db --config agent.yaml')
    .action(async (file: string, { config }: { config?: string }) => {
      const { agent } = loadSettings(configFile('backup', config), process.env);
      await backupStore(agent.store, file);
      process.stdout.write(`${agent.store} copied to ${file}\n`);
    });
}
