import Database from 'better-sqlite3';
import type { Lab } from '../test/lab/lab.ts';
import type { MessageTruth } from '../test/lab/truth.ts';

/** What the agent's store says of a probe. Instants in epoch ms with a fraction. */
export interface Outcome {
  readonly id: string;
  readonly kind: string;
  readonly outcome: string;
  readonly launchedAt: number;
  readonly acceptedAt: number | null;
  readonly relayedAt: number | null;
  readonly visibleAt: number | null;
  readonly unseenUntil: number | null;
  readonly copies: number;
}

const QUERY = `
  SELECT id, kind, outcome, copies, launched_at / 1e3 AS launchedAt, accepted_at / 1e3 AS acceptedAt,
    relayed_at / 1e3 AS relayedAt, visible_at / 1e3 AS visibleAt, unseen_until_at / 1e3 AS unseenUntil
  FROM probes JOIN routes ON routes.n = probes.route
  WHERE launched_at >= ? * 1e3 AND launched_at < ? * 1e3
  ORDER BY launched_at`;

/** The probes that were launched from `from` on and before `to`. */
export function outcomesOf(store: string, from: number, to: number): readonly Outcome[] {
  const db = new Database(store, { readonly: true });
  try {
    return db.prepare<[number, number], Outcome>(QUERY).all(from, to);
  } finally {
    db.close();
  }
}

/** What the logs of Postfix and Dovecot say of the probe's letter; undefined: nothing. */
export function truthOf(lab: Lab, { id, kind }: Outcome): MessageTruth | undefined {
  return lab.truth.of(`<mailwitness.${id}@${kind === 'inbound' ? 'sink.example' : lab.domain}>`);
}
