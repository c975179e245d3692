import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../lib/secret.ts';
import { readHeaders } from '../probe/headers.ts';
import { createTokens } from '../probe/token.ts';
import { createComposer } from './compose.ts';
import type { ComposeRequest } from './letter-template.ts';

const tokens = createTokens({ instance: 'k3v9x', key: Buffer.alloc(32, 7) });
const probe = {
  id: 'abcdefghijklmnop2345',
  system: 'corp.example',
  route: 'x'.repeat(63),
  kind: 'outbound',
  mailbox: null,
  launchedAt: Date.UTC(2026, 10, 22, 17),
} as const;
const request: ComposeRequest = {
  probe,
  token: tokens.sign(probe),
  from: 'probe@corp.example',
  to: tokens.sinkAddress(probe.id, 'sink.example'),
  size: 0,
};

describe('a composed letter', () => {
  it('has the headers of a proper letter', async () => {
    const headers = readHeaders((await createComposer()(request)).raw);
    expect(
      Object.fromEntries(
        [
          'From',
          'To',
          'Date',
          'Message-ID',
          'MIME-Version',
          'Auto-Submitted',
          'Content-Type',
          'Content-Transfer-Encoding',
        ].map((name) => [name, headers.first(name)]),
      ),
    ).toEqual({
      From: 'probe@corp.example',
      To: request.to,
      Date: 'Sun, 22 Nov 2026 17:00:00 +0000',
      'Message-ID': '<mailwitness.abcdefghijklmnop2345@corp.example>',
      'MIME-Version': '1.0',
      'Auto-Submitted': 'auto-generated',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Transfer-Encoding': 'quoted-printable',
    });
  });

  it('carries its token', async () => {
    const { raw } = await createComposer()(request);
    expect(tokens.read(readHeaders(raw).first('X-Mailwitness') ?? '')).toEqual({ kind: 'ours', probe });
  });

  it.each([0, 3_000, 100_000])('of at least %i bytes is ASCII in CRLF lines of at most 78', async (size) => {
    const text = (await createComposer()({ ...request, size })).raw.toString('latin1');
    expect(text.length).toBeGreaterThanOrEqual(size);
    expect(text.length).toBeLessThanOrEqual(Math.max(size + 2, 3_000));
    expect(text).toMatch(/^(?:[\x20-\x7e\t]{0,78}\r\n)+$/u);
  });

  it('is signed with DKIM so that the public key proves it', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const key = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const compose = createComposer({ dkim: { domain: 'corp.example', selector: 's1', key } });
    const text = (await compose({ ...request, size: 5_000 })).raw.toString('latin1');

    const [, folded = '', rest = ''] = /^DKIM-Signature:((?:.*\r\n[ \t])*.*)\r\n([\s\S]*)$/u.exec(text) ?? [];
    const tags = new Map(
      folded
        .replace(/\s+/gu, '')
        .split(';')
        .map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]),
    );
    expect([tags.get('a'), tags.get('c'), tags.get('d'), tags.get('s')]).toEqual([
      'rsa-sha256',
      'relaxed/relaxed',
      'corp.example',
      's1',
    ]);

    // RFC 6376 section 3.4: relaxed canonicalization of the body and of the headers that `h` names.
    const body = rest
      .slice(rest.indexOf('\r\n\r\n') + 4)
      .replace(/[ \t]+/gu, ' ')
      .replace(/ \r\n/gu, '\r\n')
      .replace(/(?:\r\n)*$/u, '\r\n');
    expect(createHash('sha256').update(body).digest('base64')).toBe(tags.get('bh'));
    const headers = readHeaders(rest);
    const relaxed = (value: string): string => value.replace(/\s+/gu, ' ').trim();
    const signed = (tags.get('h') ?? '')
      .split(':')
      .map((name) => `${name.toLowerCase()}:${relaxed(headers.first(name) ?? '')}\r\n`);
    const own = `dkim-signature:${relaxed(folded).replace(/ b=.*$/u, ' b=')}`;
    const verify = createVerify('sha256').update(signed.join('') + own);
    expect(verify.verify(publicKey, tags.get('b') ?? '', 'base64')).toBe(true);
  });

  it('is refused for a key that is none, before any letter', () => {
    expect(() => createComposer({ dkim: { domain: 'a.example', selector: 's', key: new Secret('nonsense') } })).toThrow(
      /DECODER|PEM|key/iu,
    );
  });
});
