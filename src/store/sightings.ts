import type { Database } from 'better-sqlite3';
import type { SightingMeaning } from '../probe/event.ts';
import type { Sighting } from '../probe/sighting.ts';
import { toMicros, toMicrosOrNull } from './micros.ts';

export interface SightingTable {
  /**
   * Adds what the probe's own row does not tell: any sighting that was not the first of its kind. The same copy is
   * counted once, however often it is told (a mailbox is read again after a restart).
   */
  add(probe: number, sighting: Sighting, meaning: SightingMeaning): void;
}

export function createSightingTable(db: Database): SightingTable {
  const firstCopy = db.prepare<[number], string | null>('SELECT copy_id FROM probes WHERE n = ?').pluck();
  const add = db.prepare(
    `INSERT INTO sightings (probe, at, kind, meaning, copy, place, folder, junk, unseen_until_at, bytes, altered, permanent, words, enhanced)
     VALUES (:probe, :at, :kind, :meaning, :copy, :place, :folder, :junk, :unseen_until_at, :bytes, :altered, :permanent, :words, :enhanced)
     ON CONFLICT (probe, kind, copy) DO NOTHING`,
  );
  return {
    add(probe, sighting, meaning) {
      if (meaning === 'first' || meaning === 'known') return;
      const copy = identityOf(sighting);
      if (sighting.kind === 'visible' && firstCopy.get(probe) === copy) return;
      add.run({
        ...NOTHING,
        probe,
        at: toMicros(sighting.at),
        kind: sighting.kind,
        meaning,
        copy,
        ...factsOf(sighting),
      });
    },
  };
}

// At the sink each transmission is one of its own; in a mailbox a copy has an identity; a report is known by its words.
function identityOf(sighting: Sighting): string {
  switch (sighting.kind) {
    case 'contact':
    case 'copy':
      return String(toMicros(sighting.at));
    case 'visible':
      return sighting.copyId;
    case 'bounce':
      return [sighting.mailbox ?? '', sighting.enhanced ?? '', sighting.words].join('\n');
  }
}

const NOTHING = {
  place: null,
  folder: null,
  junk: null,
  unseen_until_at: null,
  bytes: null,
  altered: null,
  permanent: null,
  words: null,
  enhanced: null,
};

function factsOf(sighting: Sighting): Record<string, string | number | null> {
  switch (sighting.kind) {
    case 'contact':
      return { place: sighting.peer };
    case 'copy':
      return { bytes: sighting.bytes, altered: Number(sighting.altered) };
    case 'visible':
      return {
        place: sighting.mailbox,
        folder: sighting.folder,
        junk: Number(sighting.junk),
        unseen_until_at: toMicrosOrNull(sighting.unseenUntil),
      };
    case 'bounce':
      return {
        place: sighting.mailbox,
        permanent: Number(sighting.permanent),
        words: sighting.words,
        enhanced: sighting.enhanced ?? null,
      };
  }
}
