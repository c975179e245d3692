import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Cause } from '../../src/probe/visit.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { startDnsStub, type DnsStub, type Zone } from '../support/dns-stub.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { byteASecond, endlessLine, endlessLines, garbage, hugeBanner, openGate, type Gate } from './gate.ts';
import { proveOutage, type Outage } from './mail-system-outage.ts';
import type { Stage } from './mail-system-stage.ts';
import { startSlowDns } from './slow-dns.ts';

const NAME = 'mail.corp.example';
const ROUTES = ['outbound', 'inbound', 'internal'] as const;
const MIB = 2 ** 20;
const SIX_PORTS = ['submission', 'smtp', 'imaps', 'pop3s'] as const;

describeLab('what can lie between the agent and a real mail system', () => {
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
    writeFaults('Network, names and hostile servers', lines);
  });

  async function gateTo(target: number): Promise<Gate> {
    const gate = await openGate(target);
    closers.push(() => gate.close());
    return gate;
  }

  async function prove(outage: Outage): Promise<void> {
    lines.push(await proveOutage(lab, outage));
  }

  test('MX list whose first host is down', async () => {
    const first = await gateTo(lab.ports.smtp);
    await prove({
      name: 'MX list whose first host is down',
      injected: 'nobody listens at the first of two hosts',
      stage: {
        system: {
          mx: { hosts: [`127.0.0.1:${first.port}`, `127.0.0.1:${lab.ports.smtp}`], helo: 'probe.sink.example' },
        },
      },
      inject: async () => {
        await first.shut();
        return () => first.open();
      },
      bad: { mx: { cause: 'connect', phase: 'connect' } },
      also({ ledger }) {
        // Mail goes to the second host, as that of any foreign post office does.
        const targets = ledger.runs.filter(({ check, ok }) => check === 'mx' && !ok).map(({ target }) => target);
        expect([...new Set(targets)]).toEqual([`127.0.0.1:${first.port}`]);
      },
    });
    expect(lines.at(-1)?.recorded).not.toBe('');
  }, 60_000);

  test('DNS fails for the mail system', async () => {
    const { dns, stage } = await byName();
    await prove({
      name: 'DNS fails',
      injected: "SERVFAIL for the mail system's name; the witnesses' names resolve",
      stage,
      inject: async () => {
        dns.zone[`${NAME} A`] = 'servfail';
        return async () => void (dns.zone[`${NAME} A`] = ['127.0.0.1']);
      },
      bad: {
        submission: { cause: 'dns', phase: 'dns' },
        mx: { cause: 'dns', phase: 'dns' },
        imap: { cause: 'dns', phase: 'dns' },
        pop3: { cause: 'dns', phase: 'dns' },
      },
      perhaps: ROUTES,
    });
    expect(lines.at(-1)?.recorded).not.toBe('');
  }, 60_000);

  test('DNS answers nobody', async () => {
    const { dns, stage } = await byName();
    await prove({
      name: 'DNS answers nothing at all',
      injected: "the resolver is silent, for the witnesses' names as well",
      stage: { ...stage, timeoutS: 1 },
      inject: async () => {
        const before = { ...dns.zone };
        for (const key of Object.keys(dns.zone)) dns.zone[key] = 'silent';
        return async () => void Object.assign(dns.zone, before);
      },
      forMs: 6_000,
      bad: {},
      down: false,
      // While our line was cut our sink could take no mail either.
      gaps: ['own-line', 'sink'],
      also({ ledger }) {
        expect(ledger.gaps.map(({ why }) => why)).toContain('own-line');
      },
    });
    expect(lines.at(-1)?.recorded).not.toBe('');
  }, 60_000);

  test('DNS answers slowly', async () => {
    const { dns, stage } = await byName();
    const slow = await startSlowDns(dns.server);
    closers.push(() => slow.close());
    const waitMs = 400;
    await prove({
      name: 'DNS answers slowly',
      injected: `each answer comes ${waitMs} ms late`,
      stage: { ...stage, agent: { ...stage.agent, resolvers: [slow.server] } },
      inject: async () => {
        slow.waitMs = waitMs;
        return async () => void (slow.waitMs = 0);
      },
      forMs: 3_000,
      bad: {},
      down: false,
      also({ stage: seen }) {
        const dnsMs = seen.events.flatMap((event) =>
          event.kind === 'sampled'
            ? event.sample.phases.filter(({ phase }) => phase === 'dns').map(({ ms }) => ms)
            : [],
        );
        expect(dnsMs.filter((ms) => ms >= waitMs - 1).length).toBeGreaterThan(4);
      },
    });
    expect(lines.at(-1)?.recorded).not.toBe('');
  }, 60_000);

  const WAYS = ['submission', 'mx', 'imap', 'pop3'] as const;
  const families = ['ipv6-first', 'ipv4-first'] as const;
  const sixes = families.flatMap((family) => [[family, 'refused'] as const, [family, 'black-holed'] as const]);
  test.each(sixes)(
    'IPv6 down and IPv4 up: %s, IPv6 %s',
    async (family, how) => {
      const { dns, stage } = await byName();
      const met = { refused: 'refused the connection', 'black-holed': 'did not answer' }[how];
      const begun = { at: Infinity };
      await prove({
        name: `IPv6 down and IPv4 up, ${family}`,
        injected: `the name has an IPv6 address too, and connections there are ${how}`,
        // Of a black hole each visit waits half of it.
        stage: { ...stage, timeoutS: 4, agent: { ...stage.agent, address_family: family } },
        async inject({ faults }) {
          const undos =
            how === 'refused' ? [] : await Promise.all(SIX_PORTS.map((port) => faults.dropPortOverIpv6(port)));
          dns.zone[`${NAME} AAAA`] = ['::1'];
          begun.at = Date.now();
          return async () => {
            dns.zone[`${NAME} AAAA`] = [];
            for (const undo of undos) await undo();
          };
        },
        // Each way in was visited twice.
        during: async (seen) =>
          await Promise.all(
            WAYS.map((way) =>
              seen.event(
                `two visits of ${way}`,
                (event): event is typeof event => visitsOf(seen, way, begun.at).length > 1,
              ),
            ),
          ),
        forMs: 3_000,
        bad: {},
        down: false,
        also({ stage: seen }) {
          for (const way of WAYS) {
            const visits = visitsOf(seen, way, begun.at).slice(0, 2);
            const asked = visits.map((said) => said.includes('[::1]'));
            const failed = visits.map((said) => new RegExp(`\\[::1\\]:\\d+ ${met}`, 'u').test(said));
            const expected = family === 'ipv6-first' ? [true, true] : [false, false];
            expect({ way, asked, failed }).toEqual({ way, asked: expected, failed: expected });
          }
          expect(dns.questions).toContain(`${NAME} AAAA`);
        },
      });
      expect(lines.at(-1)?.recorded).not.toBe('');
    },
    90_000,
  );

  const hostile: readonly [string, Cause, (socket: Socket) => void][] = [
    ['garbage', 'protocol', garbage],
    ['a line without end', 'protocol', endlessLine],
    ['lines without end', 'protocol', endlessLines],
    ['a 10 MB banner', 'protocol', hugeBanner],
    ['one byte a second', 'timeout', byteASecond],
  ];
  test.each(hostile)(
    'a server that sends %s',
    async (what, cause, treatment) => {
      const [submission, mx, imap, pop3] = await Promise.all(
        [lab.ports.submission, lab.ports.smtp, lab.ports.imap, lab.ports.pop3].map((port) => gateTo(port)),
      );
      const gates = [submission, mx, imap, pop3].filter((gate) => gate !== undefined);
      const tls = { ca_file: lab.caFile, server_name: lab.hostname, host: '127.0.0.1', tls: 'starttls' };
      const { carol } = lab.users;
      let rssBefore = 0;
      await prove({
        name: `a server that sends ${what}`,
        injected: 'at submission, MX, IMAP and POP3 at once, and open connections are cut',
        stage: {
          timeoutS: 1,
          system: {
            submission: { ...tls, port: submission?.port, user: carol.login, password: carol.password },
            mx: { hosts: [`127.0.0.1:${mx?.port}`], helo: 'probe.sink.example', retry_after: '1s' },
            imap: { ...tls, port: imap?.port },
            pop3: { ...tls, port: pop3?.port },
          },
        },
        inject: async () => {
          rssBefore = process.memoryUsage().rss;
          for (const gate of gates) gate.treat(treatment);
          return async () => {
            for (const gate of gates) gate.treat(null);
          };
        },
        forMs: 5_000,
        patienceMs: 2_000,
        bad: {
          submission: { cause, phase: 'greeting' },
          mx: { cause, phase: 'greeting' },
          imap: { cause, phase: 'greeting' },
          pop3: { cause, phase: 'greeting' },
        },
        perhaps: ROUTES,
        // What is open is cut when it begins and ends.
        besides: [{ cause: 'closed' }],
        also() {
          expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200 * MIB);
        },
      });
      expect(lines.at(-1)?.recorded).not.toBe('');
    },
    60_000,
  );

  /** The mail system by its name, and two witnesses by theirs. */
  async function byName() {
    const zone: Zone = {
      [`${NAME} A`]: ['127.0.0.1'],
      'first.witness.example A': ['127.0.0.1'],
      'second.witness.example A': ['127.0.0.1'],
    };
    const dns: DnsStub = await startDnsStub(zone);
    closers.push(() => dns.close());
    const witness = await gateTo(lab.ports.smtp);
    const { ports, caFile, users } = lab;
    const tls = { ca_file: caFile, host: NAME };
    return {
      dns,
      stage: {
        agent: {
          resolvers: [dns.server],
          witnesses: [`first.witness.example:${witness.port}`, `second.witness.example:${witness.port}`],
          witness_timeout: '1s',
        },
        system: {
          submission: {
            ...tls,
            port: ports.submission,
            tls: 'starttls',
            user: users.carol.login,
            password: users.carol.password,
          },
          mx: { hosts: [`${NAME}:${ports.smtp}`], helo: 'probe.sink.example', retry_after: '1s' },
          imap: { ...tls, port: ports.imaps, tls: 'implicit' },
          pop3: { ...tls, port: ports.pop3s, tls: 'implicit' },
        },
      },
    };
  }
});

/** What was said in each visit of a check that began at `since` or later. */
function visitsOf({ events }: Stage, check: string, since: number): readonly string[] {
  return events.flatMap((event) =>
    event.kind === 'sampled' && event.sample.check === check && event.sample.from > since
      ? event.visits.map(({ transcript }) => transcript.map(({ text }) => text).join('\n'))
      : [],
  );
}
