import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

export type CertificateKind = 'valid' | 'expired' | 'other-name';

export interface Authority {
  /** The CA certificate, PEM. */
  readonly pem: string;
  /** A new server key and certificate, PEM: first the key, then the certificate. */
  issue(kind: CertificateKind): Promise<string>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
/** Long enough for a clock that is set to either change of summer time. */
const VALID_MS = 400 * DAY_MS;

/** A private certificate authority for one lab; it lives in memory and dies with the lab. */
export async function createAuthority(hostname: string): Promise<Authority> {
  const keys = await makeKeys();
  const subject = 'CN=Mailwitness Lab CA';
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: subject,
    notBefore: new Date(Date.now() - VALID_MS),
    notAfter: new Date(Date.now() + VALID_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  let serial = 1;

  async function issue(kind: CertificateKind): Promise<string> {
    const own = await makeKeys();
    const names = kind === 'other-name' ? ['www.elsewhere.example'] : [hostname, 'localhost'];
    const alternatives: x509.JsonGeneralNames = names.map((value) => ({ type: 'dns', value }));
    if (kind !== 'other-name') alternatives.push({ type: 'ip', value: '127.0.0.1' });
    const notAfter = Date.now() + (kind === 'expired' ? -DAY_MS : VALID_MS);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: (++serial).toString(16).padStart(2, '0'),
      subject: `CN=${names[0] ?? hostname}`,
      issuer: subject,
      notBefore: new Date(Date.now() - VALID_MS),
      notAfter: new Date(notAfter),
      signingAlgorithm: ALGORITHM,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(alternatives),
      ],
    });
    return `${await privatePem(own.privateKey)}\n${certificate.toString('pem')}\n`;
  }

  return { pem: `${root.toString('pem')}\n`, issue };
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
