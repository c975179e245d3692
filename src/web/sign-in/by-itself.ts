import type { Asked } from './door.ts';

/** What a page says when it asks for itself: the script in a header, a page without scripts in its address. */
export const RENEWAL_HEADER = 'Mailwitness-Renewal';
export const RENEWAL_QUERY = 'renewal';

/** Images come with their page, which was asked for by whoever looks or by itself. */
const PARTS_OF_PAGES = /\.(svg|js)$/;

/** Whether a page asked and not a person: nobody need sit before it, so no session goes on by it. */
export function isByItself(c: Asked): boolean {
  return (
    c.req.header(RENEWAL_HEADER) !== undefined ||
    c.req.query(RENEWAL_QUERY) !== undefined ||
    PARTS_OF_PAGES.test(c.req.path)
  );
}
