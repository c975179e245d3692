import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDnsStub, type DnsStub } from '../../test/support/dns-stub.ts';
import type { AddressFamily } from '../config/settings.ts';
import { createSystemClock } from '../lib/system-clock.ts';
import { createDeadline } from './deadline.ts';
import { DialogueError } from './dialogue-error.ts';
import { createResolver, type Resolver } from './resolve.ts';

let dns: DnsStub;
let dir: string;
let hostsFile: string;
const never = new AbortController().signal;

beforeAll(async () => {
  dns = await startDnsStub({
    'both.example A': ['192.0.2.1', '192.0.2.2'],
    'both.example AAAA': ['2001:db8::1'],
    'four.example A': ['192.0.2.4'],
    'six.example AAAA': ['2001:db8::6'],
    'half.example A': ['192.0.2.5'],
    'half.example AAAA': 'silent',
    'broken.example A': 'servfail',
    'broken.example AAAA': 'servfail',
    'mute.example A': 'silent',
    'mute.example AAAA': 'silent',
    'text.example TXT': ['v=spf1 -all', 'x'.repeat(300)],
    'corp.example MX': ['20 mx2.corp.example', '10 mx1.corp.example', '10 mx0.corp.example'],
    'plain.example A': ['192.0.2.7'],
    'nomail.example MX': ['0 .'],
    '1.2.0.192.in-addr.arpa PTR': ['both.example'],
    'xn--bcher-kva.example A': ['192.0.2.8'],
  });
  dir = mkdtempSync(path.join(tmpdir(), 'hosts-'));
  hostsFile = path.join(dir, 'hosts');
  writeFileSync(
    hostsFile,
    '# a comment\n192.0.2.99 Filed.example alias # why\n2001:db8::99 filed.example\nnonsense line\n',
  );
});

afterAll(async () => {
  await dns.close();
  rmSync(dir, { recursive: true });
});

function resolver(family: AddressFamily = 'ipv4-first'): Resolver {
  return createResolver({ servers: [dns.server], family, hostsFile });
}

describe('addresses', () => {
  const rows: readonly [string, string, AddressFamily, readonly string[]][] = [
    ['IPv4 comes first by that policy', 'both.example', 'ipv4-first', ['192.0.2.1', '192.0.2.2', '2001:db8::1']],
    ['IPv6 comes first by the other', 'both.example', 'ipv6-first', ['2001:db8::1', '192.0.2.1', '192.0.2.2']],
    ['only IPv4', 'both.example', 'ipv4-only', ['192.0.2.1', '192.0.2.2']],
    ['only IPv6', 'both.example', 'ipv6-only', ['2001:db8::1']],
    ['a name without the preferred family has the other', 'four.example', 'ipv6-first', ['192.0.2.4']],
    ['and the other way round', 'six.example', 'ipv4-first', ['2001:db8::6']],
    ['a server that drops AAAA does not hold up A', 'half.example', 'ipv4-first', ['192.0.2.5']],
    ['a literal passes through', '192.0.2.10', 'ipv6-only', ['192.0.2.10']],
    ['an IPv6 literal passes through', '2001:db8::10', 'ipv4-first', ['2001:db8::10']],
    ['an IPv6 literal in brackets loses them', '[2001:db8::10]', 'ipv4-first', ['2001:db8::10']],
    ['the hosts file counts, in any case', 'FILED.example', 'ipv6-first', ['2001:db8::99', '192.0.2.99']],
    ['an alias of the hosts file counts', 'alias', 'ipv4-first', ['192.0.2.99']],
    ['localhost needs no DNS', 'localhost', 'ipv4-first', ['127.0.0.1', '::1']],
    ['a dot at the end is no part of the name', 'four.example.', 'ipv4-first', ['192.0.2.4']],
    ['an international name is asked for in ASCII', 'bücher.example', 'ipv4-first', ['192.0.2.8']],
  ];
  test.each(rows)('%s', async (_title, host, family, expected) => {
    const found = await resolver(family).addresses(host, never);
    // A server may turn the order within a family.
    const sorted = expected.every((address) => address.includes('.') === expected[0]?.includes('.'))
      ? found.sort()
      : found;
    expect(sorted).toEqual(expected);
  });

  test('the hosts file is passed by when DNS itself is asked', async () => {
    await expect(resolver().dnsAddresses('filed.example', never)).rejects.toBeInstanceOf(DialogueError);
  });
});

describe('failures', () => {
  const rows: readonly [string, (on: Resolver) => Promise<unknown>, RegExp][] = [
    [
      'a name that does not exist',
      (on) => on.addresses('missing.example', never),
      /^missing\.example: no such name in DNS \(NXDOMAIN\)/,
    ],
    ['a zone that is broken', (on) => on.addresses('broken.example', never), /^broken\.example: .*SERVFAIL/],
    [
      'a name without addresses',
      (on) => on.addresses('text.example', never),
      /^text\.example: the name has no such record/,
    ],
    ['a null MX', (on) => on.mx('nomail.example', never), /nomail\.example takes no mail: .*RFC 7505/],
    ['a domain that does not exist', (on) => on.mx('missing.example', never), /NXDOMAIN/],
    ['an empty name', (on) => on.addresses('', never), /is no name of a host/],
  ];
  test.each(rows)('%s is a failure of cause dns', async (_title, question, words) => {
    const error = await question(resolver()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DialogueError);
    expect((error as DialogueError).failure).toMatchObject({
      cause: 'dns',
      phase: 'dns',
      detail: expect.stringMatching(words),
    });
  });

  test('a silent server ends with the time limit, and says so', async () => {
    const deadline = createDeadline(createSystemClock(), 50);
    const error = await resolver()
      .addresses('mute.example', deadline.signal)
      .catch((thrown: unknown) => thrown);
    expect((error as DialogueError).failure).toMatchObject({
      cause: 'dns',
      detail: expect.stringContaining('no DNS server answered within 50 ms'),
    });
  });

  test('one question that is called off leaves another alone', async () => {
    const controller = new AbortController();
    const on = resolver();
    const silent = on.addresses('mute.example', controller.signal);
    const other = on.addresses('both.example', never);
    controller.abort();
    await expect(silent).rejects.toBeInstanceOf(DialogueError);
    await expect(other).resolves.toContain('192.0.2.1');
  });
});

describe('other records', () => {
  test('MX hosts come in order of preference, equal ones by name', async () => {
    expect(await resolver().mx('corp.example', never)).toEqual([
      { host: 'mx0.corp.example', preference: 10 },
      { host: 'mx1.corp.example', preference: 10 },
      { host: 'mx2.corp.example', preference: 20 },
    ]);
  });

  test('a domain without MX takes its mail itself', async () => {
    expect(await resolver().mx('plain.example', never)).toEqual([{ host: 'plain.example', preference: 0 }]);
  });

  test('long TXT records are joined, and none is no failure', async () => {
    expect((await resolver().txt('text.example', never)).sort()).toEqual(['v=spf1 -all', 'x'.repeat(300)]);
    expect(await resolver().txt('missing.example', never)).toEqual([]);
  });

  test('an address has names, or none', async () => {
    expect(await resolver().ptr('192.0.2.1', never)).toEqual(['both.example']);
    expect(await resolver().ptr('192.0.2.200', never)).toEqual([]);
  });
});
