import type { PeerCertificate, TLSSocket } from 'node:tls';
import { type Instant, toIso } from '../lib/time.ts';
import { cleanWords } from './words.ts';

export interface CertificateJudgement {
  /** `notAfter` of the leaf. */
  readonly expiresAt: Instant | undefined;
  /** Why it is not trusted, to follow "certificate of imap.example.org"; absent when it is. */
  readonly refusal: string | undefined;
  /** What only the server's side can mend; absent where a look at the configuration may help. */
  readonly mend: string | undefined;
}

/** What the handshake found out about the other side's certificate (RFC 5280 for its dates, RFC 6125 for its names). */
export function judgeCertificate(socket: TLSSocket): CertificateJudgement {
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
  const expiresAt = instantOf(certificate.valid_to);
  const refusal = socket.authorized ? undefined : refusalOf(socket.authorizationError, certificate, expiresAt);
  const mend = refusal?.startsWith('expired on') ? 'renew it on the server' : undefined;
  return { expiresAt, refusal, mend };
}

function refusalOf(
  reason: Error | string | undefined,
  certificate: Partial<PeerCertificate>,
  expiresAt: Instant | undefined,
): string {
  // Typed as an error; for most reasons it is the code as a text.
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : String(reason);
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      // OpenSSL judged by the machine's clock, and tells not whether the leaf or its issuer is too old.
      return expiresAt !== undefined && expiresAt < Date.now()
        ? `expired on ${day(expiresAt)}`
        : 'has an expired issuer';
    case 'CERT_NOT_YET_VALID':
      return `is not valid before ${day(instantOf(certificate.valid_from))}`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `is made out to other names (${cleanWords(certificate.subjectaltname ?? 'none', 200)})`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'is signed by itself';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `is issued by an authority that is not known here (${code})`;
    case 'CERT_REVOKED':
      return 'was revoked';
    default:
      return `is not trusted (${code})`;
  }
}

function instantOf(date: string | undefined): Instant | undefined {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function day(at: Instant | undefined): string {
  return at === undefined ? 'a later day' : toIso(at).slice(0, 10);
}
