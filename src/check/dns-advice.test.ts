import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { agentSettings, systemSettings } from '../../test/support/check-bench.ts';
import { startDnsStub, type DnsStub, type Zone } from '../../test/support/dns-stub.ts';
import { CUT, startScriptedLines, type ScriptedLines } from '../../test/support/scripted-lines.ts';
import type { MxSettings } from '../config/settings.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createResolver } from '../net/resolve.ts';
import { dnsAdvice, type Advice } from './dns-advice.ts';

const OWN = '198.51.100.7';
const GOOD: Zone = {
  'corp.example MX': ['10 mx1.corp.example'],
  'mx1.corp.example A': ['127.0.0.1'],
  'mx1.corp.example AAAA': [],
  'witness.example.net A': [OWN],
  'witness.example.net AAAA': [],
  '7.100.51.198.in-addr.arpa PTR': ['witness.example.net'],
  'example.net TXT': ['v=spf1 ip4:198.51.100.0/24 -all'],
  'sink.example MX': ['10 witness.example.net'],
};

let dns: DnsStub;
let server: ScriptedLines;
beforeAll(async () => {
  dns = await startDnsStub({});
});
afterAll(() => dns.close());
beforeEach(async () => {
  server = await startScriptedLines({ greeting: CUT });
});
afterEach(() => server.close());

async function advise(changes: Zone = {}, given: Partial<MxSettings> = {}): Promise<readonly Advice[]> {
  for (const key of Object.keys(dns.zone)) delete dns.zone[key];
  Object.assign(dns.zone, GOOD, changes);
  const mx: MxSettings = {
    domain: 'corp.example',
    port: server.port,
    starttls: 'opportunistic',
    verify: true,
    helo: 'witness.example.net',
    retry_after: 60_000,
    mail_from: 'probe@example.net',
    bounces_to_sink: false,
    ...given,
  };
  const sink = {
    listen: { host: '127.0.0.1', port: 25 },
    domain: 'sink.example',
    max_size: 1,
    max_connections: 1,
    max_connections_per_address: 1,
    timeout: 1,
  };
  const resolver = createResolver({ servers: [dns.server], family: 'ipv4-first' });
  return dnsAdvice(
    systemSettings({ mx }),
    agentSettings({ sink }),
    { clock: createSystemClock(), resolver },
    new AbortController().signal,
  );
}

test('where all is well, each point says so', async () => {
  const advice = await advise();
  expect(advice.map(({ level }) => level)).toEqual(advice.map(() => 'good'));
  expect(advice.map(({ text }) => text)).toEqual([
    "the sink's domain sink.example has mail hosts (10 witness.example.net): its probes go there; they must reach agent.sink.listen",
    'MX of corp.example: 10 mx1.corp.example',
    `mx1.corp.example (127.0.0.1) accepts connections on port ${server.port}`,
    `this machine's public address is taken to be ${OWN}, that of mx.helo witness.example.net`,
    `PTR of ${OWN} is witness.example.net, and witness.example.net leads back to it`,
    `SPF of example.net lists ${OWN}; it ends in -all: mail from elsewhere is refused`,
  ]);
});

const rows: readonly [string, Zone, Partial<MxSettings>, Advice['level'], RegExp][] = [
  ['a domain without DNS', { 'corp.example MX': 'nxdomain' }, {}, 'bad', /corp\.example: no such name/],
  ['a null MX', { 'corp.example MX': ['0 .'] }, {}, 'bad', /takes no mail/],
  [
    'an MX host without address',
    { 'mx1.corp.example A': 'nxdomain', 'mx1.corp.example AAAA': 'nxdomain' },
    {},
    'bad',
    /mx1\.corp\.example: no such name/,
  ],
  [
    'a port that is closed',
    { 'mx1.corp.example A': ['127.0.0.9'] },
    {},
    'bad',
    /\(127\.0\.0\.9\) refuses connections on port \d+$/,
  ],
  [
    'a configured host that is no MX host',
    {},
    { domain: undefined, hosts: [{ host: '127.0.0.1', port: 1 }] },
    'warn',
    /127\.0\.0\.1 in mx\.hosts is no MX host of corp\.example/,
  ],
  [
    'a HELO name that does not resolve',
    { 'witness.example.net A': 'nxdomain', 'witness.example.net AAAA': 'nxdomain' },
    {},
    'bad',
    /mx\.helo witness\.example\.net does not resolve/,
  ],
  [
    'an address that nobody knows',
    { 'witness.example.net A': ['10.0.0.5'] },
    {},
    'warn',
    /public address of this machine is not known/,
  ],
  ['no PTR', { '7.100.51.198.in-addr.arpa PTR': 'nxdomain' }, {}, 'bad', /198\.51\.100\.7 has no PTR record/],
  [
    'a PTR that does not lead back',
    {
      '7.100.51.198.in-addr.arpa PTR': ['dyn-7.isp.example'],
      'dyn-7.isp.example A': ['203.0.113.9'],
      'dyn-7.isp.example AAAA': [],
    },
    {},
    'bad',
    /is dyn-7\.isp\.example, which does not lead back/,
  ],
  [
    'a PTR of another name',
    {
      '7.100.51.198.in-addr.arpa PTR': ['host7.isp.example'],
      'host7.isp.example A': [OWN],
      'host7.isp.example AAAA': [],
    },
    {},
    'warn',
    /mx\.helo is witness\.example\.net, the PTR name host7\.isp\.example/,
  ],
  ['no SPF', { 'example.net TXT': ['something else'] }, {}, 'warn', /example\.net \(mx\.mail_from\) has no SPF record/],
  [
    'no SPF at the domain of the sink, to which bounces come',
    { 'sink.example TXT': [] },
    { mail_from: 'mailwitness@sink.example', bounces_to_sink: true },
    'warn',
    /sink\.example \(agent\.sink\.domain\) has no SPF record/,
  ],
  ['two SPF records', { 'example.net TXT': ['v=spf1 -all', 'v=spf1 ~all'] }, {}, 'bad', /has 2 SPF records/],
  [
    'an SPF record that leaves us out',
    { 'example.net TXT': ['v=spf1 ip4:203.0.113.1 -all'] },
    {},
    'bad',
    /does not list 198\.51\.100\.7; it ends in -all: .*; add ip4:198\.51\.100\.7/,
  ],
  ['one that leaves it open', { 'example.net TXT': ['v=spf1 ?all'] }, {}, 'warn', /does not list .*\?all/],
  [
    'one that includes others',
    { 'example.net TXT': ['v=spf1 include:_spf.isp.example ~all'] },
    {},
    'warn',
    /_spf\.isp\.example\) was not looked at/,
  ],
  [
    'one that lists us by mx',
    { 'example.net TXT': ['v=spf1 mx ~all'], 'example.net MX': ['10 witness.example.net'] },
    {},
    'good',
    /lists 198\.51\.100\.7; it ends in ~all/,
  ],
  [
    'one that lists us by a',
    { 'example.net TXT': ['v=spf1 a:witness.example.net -all'] },
    {},
    'good',
    /lists 198\.51\.100\.7/,
  ],
  ['a sink without mail hosts', { 'sink.example MX': 'nxdomain' }, {}, 'bad', /sink\.example: no such name/],
];
test.each(rows)('%s', async (_title, changes, given, level, words) => {
  expect(await advise(changes, given)).toContainEqual({ level, text: expect.stringMatching(words) });
});
