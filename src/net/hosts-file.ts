import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/** Addresses that a hosts file gives a name; `localhost` and names below it need no file (RFC 6761 section 6.3). */
export async function hostsEntries(file: string, name: string): Promise<string[]> {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const found = parseHosts(await readHosts(file)).get(wanted) ?? [];
  if (found.length > 0) return found;
  return wanted === 'localhost' || wanted.endsWith('.localhost') ? ['127.0.0.1', '::1'] : [];
}

/** Read at each question: it is small, and an edit counts from the next visit on. */
async function readHosts(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // A machine without a hosts file has no entries.
    return '';
  }
}

function parseHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase();
      const known = names.get(name) ?? [];
      if (!known.includes(address)) names.set(name, [...known, address]);
    }
  }
  return names;
}
