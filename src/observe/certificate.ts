// The library decorates its classes and reads the decorations back through this polyfill.
import 'reflect-metadata';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { DAY, type Instant } from '../lib/time.ts';

/** PEM texts for a TLS server. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Longer than an agent runs without a restart; the key is kept in memory only and made anew at each start. */
const VALID_MS = 825 * DAY;

/**
 * A certificate for `name` that is signed by itself. It is what mail servers expect of each other: STARTTLS between them
 * is opportunistic and the certificate is not judged (RFC 7435).
 */
export async function makeCertificate(name: string, now: Instant): Promise<ServerCertificate> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // A common name has at most 64 characters (RFC 5280, ub-common-name); the alternative name is the one that counts.
    name: `CN=${name.slice(0, 64)}`,
    // Begins a day early, for clients whose clock is slow.
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + VALID_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}
