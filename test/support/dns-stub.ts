import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

export type DnsType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR';
/** Records (`10 mx1.example` for MX), or what the server does instead. */
export type DnsAnswer = readonly string[] | 'nxdomain' | 'servfail' | 'refused' | 'silent';
/** By `name TYPE`. A name that is known for another type has no such record; all others do not exist. */
export type Zone = Record<string, DnsAnswer>;

export interface DnsStub {
  /** `127.0.0.1:port`, as a resolver's configuration says it. */
  readonly server: string;
  readonly questions: string[];
  /** May be changed while it runs. */
  readonly zone: Zone;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<DnsType, number>> = { A: 1, PTR: 12, MX: 15, TXT: 16, AAAA: 28 };
const CODES = { servfail: 2, nxdomain: 3, refused: 5 } as const;

/** A DNS server over UDP on loopback with one zone (RFC 1035 section 4). */
export async function startDnsStub(zone: Zone): Promise<DnsStub> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    const { name, type, end } = questionOf(message);
    questions.push(`${name} ${type}`);
    const known = Object.keys(zone).some((key) => key.startsWith(`${name} `));
    const answer = zone[`${name} ${type}`] ?? (known ? [] : 'nxdomain');
    if (answer === 'silent') return;
    const records = typeof answer === 'string' ? [] : answer;
    const header = Buffer.alloc(12);
    message.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (typeof answer === 'string' ? CODES[answer] : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const body = records.map((record) => resourceRecord(type as DnsType, record));
    socket.send(Buffer.concat([header, message.subarray(12, end), ...body]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    questions,
    zone,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function questionOf(message: Buffer): { readonly name: string; readonly type: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const code = message.readUInt16BE(at + 1);
  const type = Object.entries(TYPES).find(([, number]) => number === code)?.[0] ?? String(code);
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

function resourceRecord(type: DnsType, record: string): Buffer {
  const data = dataOf(type, record);
  const head = Buffer.alloc(12);
  // The name is the question's: a pointer to byte 12.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(TYPES[type], 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataOf(type: DnsType, record: string): Buffer {
  if (type === 'A') return Buffer.from(record.split('.').map(Number));
  if (type === 'AAAA') return ipv6Bytes(record);
  if (type === 'PTR') return nameBytes(record);
  if (type === 'TXT') {
    const chunks = record.match(/.{1,255}/gs) ?? [''];
    return Buffer.concat(chunks.map((chunk) => Buffer.from([chunk.length, ...Buffer.from(chunk)])));
  }
  const [preference = '0', host = ''] = record.split(' ');
  const head = Buffer.alloc(2);
  head.writeUInt16BE(Number(preference));
  return Buffer.concat([head, nameBytes(host)]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function ipv6Bytes(address: string): Buffer {
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = [groups(left), groups(right)];
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
