import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { wrongOption } from './wrong-option.ts';

/** A password that nobody reads over the shoulder: typed twice on a terminal, else the first line of standard input. */
export async function askPassword(what: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).split(/\r?\n/)[0] ?? '';
  const password = await ask(what, 'Password: ');
  if ((await ask(what, 'Once more: ')) !== password) throw wrongOption(what, 'the password', 'the same password twice');
  return password;
}

async function ask(what: string, prompt: string): Promise<string> {
  process.stderr.write(prompt);
  // Readline echoes what is typed to its output: one that drops it.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      const none = (): void => reject(wrongOption(what, 'the password', 'a password'));
      lines.once('SIGINT', none);
      lines.once('close', none);
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
