import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Refuse } from '../refusal.tsx';
import { REFUSALS } from '../refusal-words.ts';

/** Of what a form can hold; nobody fills a memory with one. */
export function formLimit(refuse: Refuse): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return bodyLimit({ maxSize: 65_536, onError: (c) => refuse(c, { status: 413, why: REFUSALS.tooLong }) });
}
