import { describe, expect, test } from 'vitest';
import { parseDuration, printDuration } from './duration.ts';
import { parseAddress, parseHost, parseHostPort } from './host.ts';
import { nearest } from './near.ts';
import { parseSize } from './size.ts';

describe('durations', () => {
  test.each([
    ['60s', 60_000],
    ['15 s', 15_000],
    ['1h', 3_600_000],
    ['24h', 86_400_000],
    ['500ms', 500],
    ['0s', 0],
    ['1.5h', 5_400_000],
    ['1.005s', 1_005],
    ['3d', 259_200_000],
    ['2m', 120_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '60',
    '',
    's',
    '1  s',
    ' 1s',
    '1s ',
    '-1s',
    '+1s',
    '1e3s',
    '1,5s',
    '.5s',
    '1.s',
    '1H',
    '1 hour',
    '1h30m',
    '１s',
  ])('"%s" is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each([
    [86_400_000, '1d'],
    [129_600_000, '36h'],
    [90_000, '90s'],
    [1_500, '1500ms'],
    [0, '0ms'],
  ])('%d ms is printed %s', (ms, text) => {
    expect(printDuration(ms)).toBe(text);
  });
});

describe('sizes', () => {
  test.each([
    ['600', 600],
    ['2MB', 2_000_000],
    ['2 MiB', 2_097_152],
    ['64kB', 64_000],
    ['64KB', 64_000],
    ['1.5kB', 1_500],
    ['1 B', 1],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['', '-1', 'MB', '2 mb', '2GB', '1e3', '2 megabytes'])('"%s" is no size', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe('hosts', () => {
  test.each([
    ['mail.example.org', 'mail.example.org'],
    ['mail.example.org.', 'mail.example.org'],
    ['localhost', 'localhost'],
    ['mail_server', 'mail_server'],
    ['192.0.2.1', '192.0.2.1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['邮件.example', 'xn--5nq051n.example'],
  ])('%s is a host', (text, host) => {
    expect(parseHost(text)).toBe(host);
  });

  test.each([
    '',
    '.',
    'a..b',
    '300.1.1.1',
    '1.2.3',
    '-a.example',
    'a b',
    'a/b',
    '[::1',
    '::1]',
    '[192.0.2.1]',
    'a@b',
    'ｅ x',
    `${'a'.repeat(64)}.example`,
  ])('"%s" is no host', (text) => {
    expect(parseHost(text)).toBeUndefined();
  });

  test.each([
    ['mail.example.org:25', 'mail.example.org', 25],
    ['mail.example.org', 'mail.example.org', undefined],
    ['[::1]:25', '::1', 25],
    ['[::1]', '::1', undefined],
    ['::1', '::1', undefined],
    ['2001:db8::1:25', '2001:db8::1:25', undefined],
    ['192.0.2.1:0', '192.0.2.1', 0],
  ])('%s is host %s with port %s', (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  test.each([':25', 'a:', 'a:65536', 'a:b', 'a:25:26', '[::1]:', '[::1]25'])('"%s" is no host and port', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });
});

describe('mail addresses', () => {
  test.each([
    ['probe@example.org', 'probe@example.org'],
    ['Probe+tag@Example.org', 'Probe+tag@Example.org'],
    ['probe@[192.0.2.1]', 'probe@[192.0.2.1]'],
    ['probe@[IPv6:2001:db8::1]', 'probe@[IPv6:2001:db8::1]'],
    ['probe@邮件.example', 'probe@xn--5nq051n.example'],
  ])('%s is one', (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  test.each([
    '',
    '@',
    'a@',
    '@b',
    'a b@c',
    'a@b c',
    'a@@b',
    '<a@b>',
    'a@b\r\nRCPT TO:<x@y>',
    'a@300.1.1.1',
    'a@[300.1.1.1]',
  ])('"%s" is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

test.each([
  ['prot', 'port'],
  ['log-level', 'log_level'],
  ['mailBoxes', 'mailboxes'],
  ['system', 'systems'],
  ['hsot', 'host'],
  ['colour', undefined],
  ['x', undefined],
])('who writes %s probably meant %s', (written, meant) => {
  expect(nearest(written, ['port', 'host', 'log_level', 'mailboxes', 'systems'])).toBe(meant);
});
