const STARS = '***';
/** Long base64 is a credential or a challenge; queue ids and message ids are shorter. */
const BASE64 = /[A-Za-z0-9+/]{40,}={0,2}/g;

/** Takes the secrets out of the lines of one SMTP, IMAP or POP3 dialogue, told in the order in which they were said. */
export interface Mask {
  client(line: string): string;
  server(line: string): string;
  hide(secret: string): void;
  hidden(text: string): string;
}

/** A login in all the forms in which a dialogue says it, and a server may say it back. */
export function formsOf(user: string, password: string): readonly string[] {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return [password, password.replace(/["\\]/g, '\\$&'), base64(password), base64(`\0${user}\0${password}`)];
}

export function createMask(): Mask {
  const secrets: string[] = [];
  // From AUTH, AUTHENTICATE or LOGIN to the answer that ends it, whatever the client says is a credential.
  let login = false;

  function hidden(text: string): string {
    let masked = text;
    for (const secret of secrets) masked = masked.replaceAll(secret, STARS);
    return masked.replace(BASE64, STARS);
  }

  return {
    client(line) {
      const command = /^(?:AUTH\s+\S+|\S+\s+(?:AUTHENTICATE\s+\S+|LOGIN)|LOGIN|AUTHENTICATE\s+\S+|PASS|APOP)\b/i.exec(
        line,
      )?.[0];
      if (command !== undefined) {
        // PASS and APOP end with their line.
        login = !/^(?:PASS|APOP)\b/i.test(command);
        return line.length > command.length ? `${command} ${STARS}` : command;
      }
      return login ? STARS : hidden(line);
    },
    server(line) {
      if (/^334\b/.test(line)) return line.length > 3 ? `334 ${STARS}` : line;
      if (/^\+(?: |$)/.test(line)) return login && line.length > 2 ? `+ ${STARS}` : hidden(line);
      // Untagged IMAP data may come while a login is under way, and so may the first lines of a long SMTP reply.
      if (!line.startsWith('* ') && !/^\d{3}-/.test(line)) login = false;
      return hidden(line);
    },
    hide(secret) {
      // One or two characters would blot out half the dialogue.
      if (secret.length > 2 && !secrets.includes(secret)) secrets.push(secret);
      secrets.sort((a, b) => b.length - a.length);
    },
    hidden,
  };
}
