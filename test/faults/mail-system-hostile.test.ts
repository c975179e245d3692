import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Cause, Phase } from '../../src/probe/visit.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { aBadOne, proveOutage, type What } from './mail-system-outage.ts';
import {
  byteASecond,
  endlessLine,
  endlessLines,
  garbage,
  openTurncoat,
  tenMegabytes,
  type Answer,
  type Turncoat,
} from './mail-system-turncoat.ts';
import { holds } from './mail-system-truth.ts';

const MIB = 2 ** 20;
/** Share of a core; a fifth is usual. */
const MOST_BUSY = 0.6;
const WAYS = ['submission', 'mx', 'imap', 'pop3'] as const;
type Way = (typeof WAYS)[number];
type Point = Readonly<Record<Way, { readonly command: RegExp; readonly phase: Phase }>>;

/** In answer to what it goes wrong, and the stage at which that has to be told. */
const INTRODUCED: Point = {
  submission: { command: /^EHLO/mu, phase: 'ehlo' },
  mx: { command: /^EHLO/mu, phase: 'ehlo' },
  imap: { command: /^\S+ SELECT/u, phase: 'select' },
  pop3: { command: /^STAT/u, phase: 'stat' },
};
const LATER: Point = {
  submission: { command: /^MAIL/mu, phase: 'mail' },
  mx: { command: /^RCPT/mu, phase: 'rcpt' },
  imap: { command: /^\S+ (?:UID )?FETCH/u, phase: 'fetch' },
  pop3: { command: /^PASS/u, phase: 'auth' },
};

describeLab('servers that turn hostile in the middle of a dialogue', () => {
  let lab: Lab;
  const lines: FaultLine[] = [];
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Servers that turn hostile in the middle of a dialogue', lines);
  });

  async function before(target: number, tls: boolean, begin: string): Promise<Turncoat> {
    const turncoat = await openTurncoat(lab, { target, tls, begin });
    closers.push(() => turncoat.close());
    return turncoat;
  }

  const rows: readonly [string, Cause, Answer, Point][] = [
    ['garbage', 'protocol', garbage, LATER],
    ['a line without end', 'protocol', endlessLine, LATER],
    // "+OK" to PASS is an answer; the next such line is none to STAT.
    ['lines without end', 'protocol', endlessLines, { ...LATER, pop3: { ...LATER.pop3, phase: 'stat' } }],
    ['a line of 10 MB', 'protocol', tenMegabytes, LATER],
    ['one byte a second', 'timeout', byteASecond, LATER],
  ];
  test.each(rows)(
    'a server that answers with %s',
    async (what, cause, answer, later) => {
      const { ports, users, caFile, hostname } = lab;
      const turncoats: Readonly<Record<Way, Turncoat>> = {
        submission: await before(ports.submissions, true, '250-'),
        mx: await before(ports.smtp, false, '250-'),
        imap: await before(ports.imaps, true, '* OK '),
        pop3: await before(ports.pop3s, true, '+OK '),
      };
      const tls = { ca_file: caFile, server_name: hostname, host: '127.0.0.1', tls: 'implicit' };
      const turn = (point: Point): void => {
        for (const way of WAYS) turncoats[way].turn(point[way].command, answer);
      };
      const told = (point: Point, way: Way): What => ({ cause, phase: point[way].phase });
      let rssBefore = 0;
      const busy = { cpuMs: 0, ms: 0 };
      let begunAt = 0;
      lines.push(
        await proveOutage(lab, {
          name: `a server that answers with ${what}`,
          injected:
            'to EHLO at submission and MX, SELECT over IMAP and STAT over POP3, all at once; then to MAIL, RCPT, FETCH and PASS',
          stage: {
            timeoutS: 2,
            system: {
              submission: {
                ...tls,
                port: turncoats.submission.port,
                user: users.carol.login,
                password: users.carol.password,
              },
              mx: {
                hosts: [`127.0.0.1:${turncoats.mx.port}`],
                helo: 'probe.sink.example',
                retry_after: '1s',
                starttls: 'none',
              },
              imap: { ...tls, port: turncoats.imap.port },
              pop3: { ...tls, port: turncoats.pop3.port },
            },
          },
          async inject() {
            rssBefore = process.memoryUsage().rss;
            turn(INTRODUCED);
            begunAt = Date.now();
            const [cpuBefore, from] = [process.cpuUsage(), performance.now()];
            return async () => {
              const { user, system } = process.cpuUsage(cpuBefore);
              Object.assign(busy, { cpuMs: (user + system) / 1_000, ms: performance.now() - from });
              for (const turncoat of Object.values(turncoats)) turncoat.turnBack();
            };
          },
          async during(stage) {
            for (const way of WAYS) await aBadOne(stage, way, begunAt, told(INTRODUCED, way));
            turn(later);
          },
          patienceMs: 4_000,
          bad: {
            submission: [told(INTRODUCED, 'submission'), told(later, 'submission')],
            mx: [told(INTRODUCED, 'mx'), told(later, 'mx')],
            imap: [told(INTRODUCED, 'imap'), told(later, 'imap')],
            pop3: [told(INTRODUCED, 'pop3'), told(later, 'pop3')],
          },
          perhaps: ['outbound', 'inbound', 'internal'],
          // What was open was cut when it turned.
          besides: [{ cause: 'closed' }, { cause: 'tls', line: 'cut' }],
          also() {
            expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200 * MIB);
            // Both the agent and these servers, to which 10 MB a connection are work: who reads as fast as they send has no
            // time left. Another's work on the machine only makes it less.
            const isCalm = answer === tenMegabytes || busy.cpuMs < MOST_BUSY * busy.ms;
            holds(isCalm, `it does not keep us busy: ${JSON.stringify(busy)}`);
          },
        }),
      );
      expect(lines.at(-1)?.recorded).not.toBe('');
    },
    120_000,
  );
});
