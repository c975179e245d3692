import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { proveOutage, type Outage, type What } from './mail-system-outage.ts';

const NO_POP3 = { pop3: undefined };
/** After three refused logins the next one is this far off. */
const LOGINS = { refused_login_wait: '1s' };
/** What a server is while it restarts, or has nobody behind it. */
const AWAY: readonly What[] = [
  { cause: 'connect' },
  { cause: 'closed' },
  { cause: 'timeout' },
  { cause: 'tls', line: 'cut' },
  // Postfix has nobody to ask.
  { cause: 'refused', code: 454, enhanced: '4.7.0' },
];

/** Faults of the servers and the accounts. What is bad is bad in all its targets, unless a comment says otherwise. */
const rows: readonly Outage[] = [
  {
    name: 'Dovecot stopped',
    injected: 'the process ended; Postfix has nobody to ask for AUTH and nobody to deliver to',
    inject: (lab) => lab.faults.stopDovecot(),
    // Postfix starts no smtpd for a second after one that found no Dovecot.
    lingersMs: 1_500,
    bad: {
      imap: { cause: 'connect', phase: 'connect', detail: /refused the connection/u },
      pop3: { cause: 'connect', phase: 'connect', detail: /refused the connection/u },
      // smtpd ends when it finds nobody to ask for AUTH.
      submission: { cause: 'closed' },
    },
    perhaps: ['outbound', 'internal'],
    besides: AWAY,
  },
  {
    name: 'Dovecot frozen',
    injected: 'SIGSTOP: it connects, and no banner comes',
    inject: (lab) => lab.faults.freezeDovecot(),
    forMs: 6_000,
    patienceMs: 2_000,
    lingersMs: 1_500,
    stage: { timeoutS: 1 },
    bad: {
      // The banner would come after the handshake.
      imap: { cause: 'timeout', phase: 'tls' },
      pop3: { cause: 'timeout', phase: 'tls' },
      submission: { cause: 'timeout', phase: 'ehlo' },
    },
    perhaps: ['outbound', 'internal'],
    besides: AWAY,
  },
  {
    name: 'IMAP refused, POP3 well',
    injected: 'nft: reset to each SYN at the IMAP port',
    inject: (lab) => lab.faults.refusePort('imaps'),
    forMs: 2_000,
    down: false,
    bad: { imap: { cause: 'connect', phase: 'connect' } },
  },
  {
    name: 'IMAP refused',
    injected: 'nft: reset to each SYN at the IMAP port; the system has no POP3',
    inject: (lab) => lab.faults.refusePort('imaps'),
    stage: { system: NO_POP3 },
    bad: { imap: { cause: 'connect', phase: 'connect', detail: /refused the connection/u } },
  },
  {
    name: 'IMAP black-holed',
    injected: 'nft: each packet to the IMAP port is dropped; the system has no POP3',
    inject: (lab) => lab.faults.dropPort('imaps'),
    forMs: 6_000,
    patienceMs: 2_000,
    stage: { system: NO_POP3, timeoutS: 1 },
    bad: { imap: { cause: 'connect', phase: 'connect', detail: /did not answer/u } },
  },
  {
    name: 'Postfix stopped',
    injected: 'the process ended',
    inject: (lab) => lab.faults.stopPostfix(),
    bad: {
      submission: { cause: 'connect', phase: 'connect' },
      mx: { cause: 'connect', phase: 'connect' },
      outbound: { cause: 'connect', phase: 'connect' },
      inbound: { cause: 'connect', phase: 'connect' },
      internal: { cause: 'connect', phase: 'connect' },
    },
    // A connection that was kept.
    besides: [{ cause: 'closed' }],
  },
  {
    name: 'submission refuses AUTH',
    injected: '535 to the account that sends; the mailboxes are well',
    inject: (lab) => lab.faults.changePassword(lab.users.carol.login, 'another'),
    bad: { submission: { cause: 'auth', phase: 'auth', code: 535, enhanced: '5.7.8' } },
    perhaps: ['outbound', 'internal'],
    stage: { system: LOGINS },
  },
  {
    name: 'wrong password',
    injected: 'the password of one of two mailboxes is another',
    inject: (lab) => lab.faults.changePassword(lab.users.alice.login, 'another'),
    bad: { imap: { cause: 'auth', phase: 'auth' }, pop3: { cause: 'auth', phase: 'auth' } },
    forMs: 8_000,
    stage: { system: LOGINS },
    also({ ledger }) {
      // Of alice alone.
      expect([...new Set(ledger.runs.filter(({ ok }) => !ok).map(({ target }) => target))]).toEqual(['alice']);
    },
  },
  ...(['expired', 'other-name'] as const).map((kind): Outage => ({
    name: kind === 'expired' ? 'certificate expired' : 'certificate for another name',
    injected: 'both servers restart with that certificate, and at the end with the good one',
    inject: (lab) => lab.faults.useCertificate(kind),
    perhaps: ['mx', 'inbound'],
    besides: AWAY,
    bad: {
      submission: { cause: 'certificate', phase: 'tls' },
      imap: { cause: 'certificate', phase: 'tls' },
      pop3: { cause: 'certificate', phase: 'tls' },
      outbound: { cause: 'certificate', phase: 'tls' },
      internal: { cause: 'certificate', phase: 'tls' },
    },
  })),
  {
    name: '451 after DATA',
    injected: 'submission answers 451 4.3.0 to the data of every letter',
    inject: (lab) => lab.faults.rejectData({ recipient: 'all', on: 'submission' }),
    bad: {
      outbound: { cause: 'refused', phase: 'accept', code: 451, enhanced: '4.3.0' },
      internal: { cause: 'refused', phase: 'accept', code: 451, enhanced: '4.3.0' },
    },
  },
  {
    name: '450 at RCPT',
    injected: 'submission answers 450 4.2.1 to every RCPT',
    inject: (lab) => lab.faults.rejectRecipient({ recipient: 'all', on: 'submission' }),
    bad: {
      submission: { cause: 'refused', phase: 'rcpt', code: 450, enhanced: '4.2.1' },
      outbound: { cause: 'refused', phase: 'rcpt', code: 450, enhanced: '4.2.1' },
      internal: { cause: 'refused', phase: 'rcpt', code: 450, enhanced: '4.2.1' },
    },
  },
];

describeLab('outages of a real mail system', () => {
  let lab: Lab;
  const lines: FaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Outages', lines);
  });

  test.each(rows.map((row) => [row.name, row] as const))(
    '%s',
    async (_name, row) => {
      lines.push(await proveOutage(lab, row));
      expect(lines.at(-1)).toMatchObject({ fault: row.name });
    },
    90_000,
  );
});
