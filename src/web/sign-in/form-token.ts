import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Tokens of forms: only who was given the page by us, with this cookie, can send one that is right. */
export interface FormTokens {
  of(cookie: string): string;
  isOf(cookie: string, token: string): boolean;
}

/** The key lives as long as the process, as sessions do. */
export function createFormTokens(): FormTokens {
  const key = randomBytes(32);
  const of = (cookie: string): string => createHmac('sha256', key).update(cookie).digest('base64url');
  return {
    of,
    isOf(cookie, token) {
      const [right, given] = [Buffer.from(of(cookie)), Buffer.from(token)];
      return right.length === given.length && timingSafeEqual(right, given);
    },
  };
}
