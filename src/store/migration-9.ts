/**
 * The ninth step of the schema: when the customer consented to a window, where that was not when the approval was entered:
 * `at` stays the instant of the act. Never edited once it was released (see migrations.ts).
 */
export const CONSENTS = `
  ALTER TABLE exclusion_acts ADD COLUMN consented_at INTEGER
    CHECK (consented_at IS NULL OR (act = 'approve' AND consented_at <= at));
`;
