import type { Fact, RecordFact } from '../facts/facts.ts';

/** Mail addresses, and IP addresses of both versions, wherever they stand in words. */
const ADDRESS =
  /[^\s@<>"'(),:;[\]]+@[^\s@<>"'(),:;[\]]+|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)|(?<![\w:.])(?=[\da-f:.]*:[\da-f:.]*:)[\da-f:]{2,}(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])/giu;

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
  const words = (text: string): string => text.replace(ADDRESS, addressOf);

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

/** One name for each word, in the order in which they come. As many as a system has, so they may be kept. */
function pseudonyms(noun: string): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    const name = known.get(word) ?? `${noun}-${known.size + 1}`;
    known.set(word, name);
    return name;
  };
}
