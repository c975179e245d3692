import { bodyLimit } from 'hono/body-limit';

/** Of what a form can hold; nobody fills a memory with one. */
export const FORM_LIMIT = bodyLimit({
  maxSize: 65_536,
  onError: (c) => c.text('What was sent is too long for a form of these pages.\n', 413),
});
