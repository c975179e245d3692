import { createPrivateKey } from 'node:crypto';
import DKIM from 'nodemailer/lib/dkim';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MxSettings } from '../config/settings.ts';
import { letterContent, padding, type LetterContent } from '../probe/letter.ts';
import type { Letter } from '../probe/send-result.ts';
import { createLetterTemplate, type ComposeRequest, type LetterTemplate } from './letter-template.ts';

export type Compose = (request: ComposeRequest) => Promise<Letter>;

/**
 * Makes the letters of a route, ready to be sent: CRLF, lines of at most 78 characters, pure ASCII (the Chinese part is
 * quoted-printable), so that no relay has a reason to rewrite it. Throws when the DKIM key is none.
 */
export function createComposer({ dkim }: { readonly dkim?: MxSettings['dkim'] } = {}): Compose {
  const sign = dkim === undefined ? null : createSigner(dkim);
  let template: LetterTemplate | null = null;

  async function make(request: ComposeRequest, content: LetterContent): Promise<Buffer> {
    const bare = await build(content);
    const raw = Buffer.concat([bare, Buffer.from(padding(request.size - bare.length))]);
    template = createLetterTemplate(request, raw);
    return raw;
  }

  return async (request) => {
    const content = letterContent(request);
    const { from, to, messageId } = content;
    const raw = template?.fill(request) ?? (await make(request, content));
    return { from, to, messageId, raw: sign === null ? raw : await sign(raw) };
  };
}

async function build(content: LetterContent): Promise<Buffer> {
  const { from, to, subject, messageId, headers } = content;
  return new MailComposer({
    from,
    to,
    subject,
    messageId,
    date: new Date(content.date),
    headers: { ...headers },
    text: content.text,
    textEncoding: 'quoted-printable',
    newline: '\r\n',
    // The text is ours, but a letter never reads a file or a page.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}

function createSigner({ domain, selector, key }: NonNullable<MxSettings['dkim']>): (raw: Buffer) => Promise<Buffer> {
  // Parsed once, so that a key that is none is told at the start and not in a stream of each letter.
  const pem = createPrivateKey(key.reveal()).export({ type: 'pkcs8', format: 'pem' }).toString();
  const signer = new DKIM({ domainName: domain, keySelector: selector, privateKey: pem });
  return async (raw) => Buffer.concat(await signer.sign(raw).toArray());
}
