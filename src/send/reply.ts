/** A server's reply to a command (RFC 5321 section 4.2). */
export interface Reply {
  /** From 200 to 599. */
  readonly code: number;
  /** RFC 3463, `4.7.1`; null where the server tells none. */
  readonly enhanced: string | null;
  /** As it was sent, without line ends: several lines are joined by a space, each with its code. */
  readonly line: string;
}

/** Reads a reply of one or more lines, parted by LF; null for what is none. */
export function readReply(text: string): Reply | null {
  const lines = text.split('\n').map((line) => line.trimEnd());
  // The last line decides, as with every client: that it has the code of those before is taken for granted.
  const [, digits] = /^([2-5]\d\d)(?:[ -]|$)/u.exec(lines.at(-1) ?? '') ?? [];
  if (digits === undefined) return null;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?![\d.])/u.exec(lines[0] ?? '')?.[1] ?? null;
  return { code: Number(digits), enhanced, line: lines.join(' ') };
}
