import { withImap } from '../lab/dialogue.ts';
import type { Lab } from '../lab/lab.ts';

/**
 * What marks each letter of others in the mailboxes of alice and bob: its UID, size and flags. `put`: three are put where
 * there are none; one its owner has marked as deleted himself, which a plain EXPUNGE would take along.
 */
export async function foreignLetters(lab: Lab, put?: 'put'): Promise<readonly string[]> {
  const letters: string[] = [];
  for (const user of [lab.users.alice, lab.users.bob]) {
    await withImap(lab, user, async (client) => {
      await client.mailboxOpen('INBOX');
      const look = async (): Promise<string[]> => {
        const found: string[] = [];
        const wanted = { uid: true, flags: true, size: true, envelope: true } as const;
        for await (const { uid, flags, size, envelope } of client.fetch('1:*', wanted)) {
          if (!(envelope?.subject ?? '').startsWith('of another')) continue;
          const kept = [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
          found.push(`${user.login} ${uid} ${size} ${kept.join(' ')}`);
        }
        return found;
      };
      let found = await look();
      if (put === 'put' && found.length === 0) {
        for (let n = 0; n < 3; n++) {
          const letter = `Subject: of another ${n}\r\n\r\nhello\r\n`;
          await client.append('INBOX', letter, n === 1 ? ['\\Deleted'] : []);
        }
        found = await look();
      }
      letters.push(...found);
    });
  }
  return letters;
}
