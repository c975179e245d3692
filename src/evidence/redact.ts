import { isIP } from 'node:net';
import type { Fact, RecordFact } from '../facts/facts.ts';

/**
 * Mail addresses wherever they stand in words, as long as they may be (RFC 5321, 4.5.3.1), with a quoted name or an address
 * literal, too; what ends a sentence is none of them. A Chinese keyboard writes a wide @.
 */
const MAIL =
  /(?:"[^"\n]{1,62}"|[^\s@<>"'(),:;[\]\u3000-\u303F\uFF00-\uFFEF]{1,64})[@\uFF20](?:\[[^\s[\]]{1,253}\]|[^\s@<>"'(),:;[\]\u3000-\u303F\uFF00-\uFFEF]{1,255}(?<![.!?]))/gu;
/** What may be an IPv6 address, by its characters and its length; a word and a colon may stand before it (`IPv6:2001:db8::1`). */
const MAYBE_IP = /(?<![\w.]|::)(?:::|[\da-f])[\da-f.:]{1,44}(?!\w)/giu;
/** An IPv4 address stands out among any words, and is no part of a longer row of numbers. */
const IPV4 = /(?<!\d|\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)/gu;

/**
 * Leaves out what a mail server said and where it stands, so that a file can be shown to others:
 * - `detail` of runs goes;
 * - `target` of runs and messages, a host or a mailbox, becomes `target-1`, `target-2`, ... in the order of appearance, the
 *   same one everywhere, since the arithmetic tells targets apart;
 * - in what people wrote (notes, names, the words of records) a mail or IP address becomes `address-1`, ... in the same
 *   way, so that what was equal stays so.
 * No figure changes by it: whatever is renamed is renamed one to one. The names of systems, vantages, folders and ids stay.
 */
export function createRedactor(): (fact: Fact) => Fact {
  const targetOf = pseudonyms('target');
  const addressOf = pseudonyms('address');
  const words = (text: string): string =>
    text
      .replace(MAIL, addressOf)
      .replace(MAYBE_IP, (found) => {
        const ip = ipOf(found);
        return ip === undefined ? found : addressOf(ip) + found.slice(ip.length);
      })
      .replace(IPV4, (found) => (isIP(found) === 0 ? found : addressOf(found)));

  const target = <F extends { readonly target?: string }>(fact: F): F =>
    fact.target === undefined ? fact : { ...fact, target: targetOf(fact.target) };

  return (fact) => {
    switch (fact.type) {
      case 'header':
      case 'gap':
        return fact;
      case 'run': {
        const { detail: _said, ...rest } = fact;
        return target(rest);
      }
      case 'message':
        return target(fact);
      case 'exclusion':
        return {
          ...fact,
          note: words(fact.note),
          entered_by: words(fact.entered_by),
          ...(fact.approved_by === undefined ? {} : { approved_by: words(fact.approved_by) }),
          ...(fact.withdrawn_by === undefined ? {} : { withdrawn_by: words(fact.withdrawn_by) }),
        };
      case 'record':
        return redactRecord(fact, words);
    }
  };
}

function redactRecord(record: RecordFact, words: (text: string) => string): RecordFact {
  switch (record.kind) {
    case 'spam-case':
    case 'complaint':
    case 'server-list':
    case 'blocklist':
      return { ...record, what: words(record.what) };
    case 'service-contact':
      return { ...record, channel: words(record.channel) };
    case 'setting':
      return { ...record, name: words(record.name), expected: words(record.expected), found: words(record.found) };
    case 'billing':
    case 'page-load':
    case 'opening':
    case 'definitions':
    case 'account-lock':
    case 'backup':
    case 'year-to-date':
      return record;
  }
}

/** The address at its beginning: a port may follow, or the end of a sentence. */
function ipOf(found: string): string | undefined {
  const candidates = [found, found.replace(/[.:]+$/u, ''), found.replace(/:.*$/u, '')];
  return candidates.find((candidate) => isIP(candidate) !== 0);
}

/** One name for each word, in the order in which they come. As many as a system has, so they may be kept. */
function pseudonyms(noun: string): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    const name = known.get(word) ?? `${noun}-${known.size + 1}`;
    known.set(word, name);
    return name;
  };
}
