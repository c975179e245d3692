import type { EntryDesk } from '../../src/web/entries/entry-desk.ts';

/** A desk for those who test something else: nobody entered anything. */
export const NO_ENTRIES: EntryDesk = {
  contractOf: () => ({ timezone: 'Asia/Shanghai', grounds: {} }),
  exclusions: async () => ({ entries: [], total: 0 }),
  records: async () => ({ entries: [], total: 0 }),
  acts: async () => ({ entries: [], total: 0 }),
  preview: async () => ({ kind: 'preview', onceApproved: false, months: [] }),
  act: async () => ({ kind: 'done', id: null }),
};
