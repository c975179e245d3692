#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addBackup } from './command/backup.ts';
import { addCheck } from './command/check.ts';
import { endWhenNobodyReads } from './command/closed-pipe.ts';
import { addClose } from './command/close.ts';
import { addConfig } from './command/config.ts';
import { addExclude } from './command/exclude.ts';
import { addExport } from './command/export.ts';
import { addPurge } from './command/purge.ts';
import { addRecord } from './command/record.ts';
import { addReport } from './command/report.ts';
import { addRun } from './command/run.ts';
import { addSandbox } from './command/sandbox.ts';
import { addUser } from './command/user.ts';
import { ConfigError, messageOf } from './lib/errors.ts';
import { VERSION } from './lib/version.ts';

/** 0: good · 1: the mail system is not, or a part of ours failed · 2: the operator's input is wrong. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const exit = (code: number): void => void (exitCode = code);
  const program = new Command('mailwitness')
    .description(
      'An independent witness of a mail service: sends probe mail through it, watches where and when it comes out, and records and exposes what it saw.',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .addHelpText('after', HELP);
  addRun(program);
  addCheck(program, exit);
  addConfig(program, exit);
  addSandbox(program);
  addReport(program);
  addExport(program);
  addClose(program);
  addPurge(program);
  addExclude(program);
  addRecord(program);
  addUser(program);
  addBackup(program);
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    // Commander has said what it has to say; help and version end with its code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${messageOf(error)}\n`);
    if (error instanceof ConfigError) return 2;
    if (process.env['MAILWITNESS_DEBUG'] !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    return 1;
  }
}

const HELP = `
Try it, with nothing installed:
  $ mailwitness sandbox --with-agent

Set up a real one:
  $ mailwitness config check agent.yaml     every mistake, with its line
  $ mailwitness check --config agent.yaml   one visit to each way in, one probe over each route
  $ mailwitness run --config agent.yaml     the daemon

Exit codes: 0 good, 1 the mail system is not (or we failed), 2 your input is wrong.`;

const nobodyReads = endWhenNobodyReads();
const code = await main(process.argv);
process.exitCode = nobodyReads() ? 0 : code;
