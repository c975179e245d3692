import type { Command } from 'commander';
import { loadSettings } from '../config/load.ts';
import { backupStore } from '../store/backup.ts';

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('Copies the store to FILE while the agent goes on; refuses to overwrite.')
    .argument('<file>', 'where the copy shall stand')
    .requiredOption('--config <file>', 'configuration whose agent.store is copied')
    .addHelpText('after', '\nExample:\n  $ mailwitness backup /var/backups/mailwitness-2026-11.db --config agent.yaml')
    .action(async (file: string, { config }: { config: string }) => {
      const { agent } = loadSettings(config, process.env);
      await backupStore(agent.store, file);
      process.stdout.write(`${agent.store} copied to ${file}\n`);
    });
}
