import type { z } from 'zod';
import { nearest } from './near.ts';
import { report, reportRepeated, soundItems } from './schema-section.ts';

// What the lists of one system must hold together. An item with a mistake of its own is passed over, so that a run
// tells all mistakes and none twice.

type Watch = 'imap' | 'pop3';

/** One end of each kind of route is a way in: this is the one where the letter is handed over. */
export const ENTRY = { outbound: 'submission', inbound: 'mx', internal: 'submission' } as const;

interface Lists {
  readonly mailboxes: readonly {
    readonly name: string;
    readonly address: string;
    readonly watch?: Watch | undefined;
  }[];
  readonly routes?:
    | readonly { readonly name: string; readonly kind: keyof typeof ENTRY; readonly mailbox?: string | undefined }[]
    | undefined;
  readonly checks?:
    | readonly { readonly kind: string; readonly mailboxes?: readonly string[] | undefined }[]
    | undefined;
}

export function checkMailboxes(raw: Lists, context: z.RefinementCtx): void {
  const named = soundItems(context, 'mailboxes', raw.mailboxes, ['name']).map(({ item, index }) => ({
    value: item.name,
    path: ['mailboxes', index, 'name'],
  }));
  reportRepeated(context, named, 'each mailbox name once; it stands further up already');

  const addressed = soundItems(context, 'mailboxes', raw.mailboxes, ['address']).map(({ item, index }) => ({
    value: item.address.toLowerCase(),
    path: ['mailboxes', index, 'address'],
  }));
  reportRepeated(context, addressed, "each mailbox address once; two watchers would delete each other's mail");

  for (const { item, index } of soundItems(context, 'mailboxes', raw.mailboxes, ['watch'])) {
    if (item.watch !== undefined && !(item.watch in raw)) {
      report(
        context,
        ['mailboxes', index, 'watch'],
        `a way in that this system has; add the key ${item.watch} to the system`,
      );
    } else if (item.watch === undefined && !('imap' in raw) && !('pop3' in raw)) {
      report(
        context,
        ['mailboxes', index],
        'the key imap or pop3 in this system, or probes to this mailbox cannot be seen',
      );
    }
  }

  if (!Array.isArray(raw.mailboxes) || raw.mailboxes.length > 0) return;
  for (const way of ['imap', 'pop3']) {
    if (way in raw)
      report(
        context,
        [way],
        `at least one entry in mailboxes beside it, for ${way} is visited with the login of a mailbox`,
      );
  }
}

export function checkRoutes(raw: Lists, context: z.RefinementCtx): void {
  const routes = soundItems(context, 'routes', raw.routes, ['kind']);
  const named = soundItems(context, 'routes', raw.routes, ['kind', 'name']).map(({ item, index }) => ({
    // A route with a mistake of its own has not got its default name yet.
    value: item.name ?? item.kind,
    path: ['routes', index],
  }));
  reportRepeated(context, named, 'each route name once (it is the kind, unless name says another)');

  for (const {
    item: { kind },
    index,
  } of routes) {
    const path = ['routes', index, 'kind'];
    if (!(ENTRY[kind] in raw))
      report(context, path, `the key ${ENTRY[kind]} in this system, for it is where an ${kind} route begins`);
    if (kind !== 'outbound' && Array.isArray(raw.mailboxes) && raw.mailboxes.length === 0) {
      report(context, path, `at least one entry in mailboxes, for it is where an ${kind} route ends`);
    }
  }

  for (const { item, index } of soundItems(context, 'routes', raw.routes, ['kind', 'mailbox'])) {
    const path = ['routes', index, 'mailbox'];
    if (item.mailbox === undefined) continue;
    if (item.kind === 'outbound')
      report(context, path, 'no mailbox, for an outbound route ends at the sink of the agent');
    else reportUnknownMailbox(context, path, item.mailbox, raw);
  }
}

export function checkChecks(raw: Lists, context: z.RefinementCtx): void {
  const checks = soundItems(context, 'checks', raw.checks, ['kind']);
  const kinds = checks.map(({ item, index }) => ({ value: item.kind, path: ['checks', index, 'kind'] }));
  reportRepeated(context, kinds, 'each kind of check once; list all mailboxes in the one');

  for (const {
    item: { kind },
    index,
  } of checks) {
    if (kind in raw) continue;
    report(context, ['checks', index, 'kind'], `a way in that this system has; add the key ${kind} to the system`);
  }

  for (const { item, index } of soundItems(context, 'checks', raw.checks, ['kind', 'mailboxes'])) {
    const path = ['checks', index, 'mailboxes'];
    if (item.mailboxes === undefined) continue;
    if (item.kind === 'webmail') {
      report(context, path, 'no mailboxes, for webmail is visited without a login');
      continue;
    }
    const asked = item.mailboxes.map((value, at) => ({ value, path: [...path, at] }));
    reportRepeated(context, asked, 'each mailbox once; it stands further up already');
    for (const { value, path } of asked) reportUnknownMailbox(context, path, value, raw);
  }
}

/** Says nothing while a mailbox has a name that is no name: it may be the one that is meant. */
function reportUnknownMailbox(context: z.RefinementCtx, path: readonly PropertyKey[], name: string, raw: Lists): void {
  if (!Array.isArray(raw.mailboxes)) return;
  const sound = soundItems(context, 'mailboxes', raw.mailboxes, ['name']);
  const names = sound.map(({ item }) => item.name);
  if (names.includes(name) || names.length !== raw.mailboxes.length) return;
  const meant = nearest(name, names);
  const some =
    names.length === 0 ? 'it has none' : `it has ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`;
  report(
    context,
    path,
    `the name of a mailbox of this system; ${meant === undefined ? some : `did you mean ${meant}?`}`,
  );
}
