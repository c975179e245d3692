import { randomBytes } from 'node:crypto';

/** A form that is sent twice, by a double click or a reload, does its work once: see `taken` of sessions. */
export function newTicket(): string {
  return randomBytes(12).toString('base64url');
}

export function FormTicket({ ticket }: { readonly ticket: string }) {
  return <input type="hidden" name="ticket" value={ticket} />;
}

/** Of a list, from 1. */
export function pageNumber(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}
