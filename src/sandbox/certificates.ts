// @peculiar/x509 resolves its parts through decorators, which need this first.
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type JsonGeneralName,
} from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { DAY } from '../lib/time.ts';

/** PEM texts of a server. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A private authority made in memory, and the certificates that it issued. */
export interface Certificates {
  /** PEM of the authority, for clients to trust. */
  readonly ca: string;
  readonly good: ServerCertificate;
  /** Valid, for `mail.elsewhere.example`. */
  readonly otherName: ServerCertificate;
  /** For the right names, out of date since yesterday. */
  readonly expired: ServerCertificate;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Certificates for `hostname`, localhost and the loopback addresses. Nothing is written anywhere. */
export async function createCertificates(hostname: string): Promise<Certificates> {
  // The wall clock and no other: that is what the TLS library compares with.
  const now = Date.now();
  const authority = 'CN=mailwitness sandbox authority';
  const keys = await newKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: authority,
    keys,
    notBefore: new Date(now - 60 * DAY),
    notAfter: new Date(now + 3_650 * DAY),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      // eslint-disable-next-line no-bitwise -- the extension is a set of bits
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });

  async function issue(names: JsonGeneralName[], notAfter: number): Promise<ServerCertificate> {
    const own = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${names[0]?.value ?? hostname}`,
      issuer: authority,
      notBefore: new Date(now - 30 * DAY),
      notAfter: new Date(notAfter),
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new SubjectAlternativeNameExtension(names),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
    return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
  }

  const names: JsonGeneralName[] = [
    { type: 'dns', value: hostname },
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ];
  return {
    ca: ca.toString('pem'),
    good: await issue(names, now + 365 * DAY),
    otherName: await issue([{ type: 'dns', value: 'mail.elsewhere.example' }], now + 365 * DAY),
    expired: await issue(names, now - DAY),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
