import { chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsSince, countImapCommands, type ImapCommands } from '../../bench/imap-commands.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { withImap } from '../lab/dialogue.ts';
import type { Undo } from '../lab/faults.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { proveLetterFault } from './mail-system-letter.ts';
import { proveOutage } from './mail-system-outage.ts';
import { readLedger, startStage } from './mail-system-stage.ts';

const LETTERS = 20_000;

describeLab('mailboxes and servers of an odd kind', () => {
  let lab: Lab;
  const lines: FaultLine[] = [];
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => {
    await lab?.stop();
    writeFaults('Odd servers and mailboxes', lines);
  });

  const poor: readonly [string, string][] = [
    ['without IDLE and UIDPLUS', 'IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE MOVE SPECIAL-USE NAMESPACE'],
    ['without IDLE, UIDPLUS, MOVE and all the rest', 'IMAP4rev1'],
  ];
  test.each(poor)(
    'a server %s',
    async (what, capabilities) => {
      const undo = await configureDovecot(lab, `imap_capability = ${capabilities}`);
      try {
        lines.push(
          await proveLetterFault(lab, {
            name: `a server ${what}`,
            injected: `Dovecot says CAPABILITY ${capabilities}`,
            inject: async () => async () => undefined,
            during: (stage) =>
              stage.event(
                'six probes',
                (event): event is typeof event => event.kind === 'settled' && stage.probes().length > 9,
              ),
            recorded({ ledger, told }) {
              expect(told.filter(({ outcome }) => outcome !== 'relayed' && outcome !== 'delivered')).toEqual([]);
              expect(ledger.receive).toMatchObject({ lost: 0, exceedances: 0, duplicates: 0 });
              return 'all delivered, none twice; letters of others stay, also one that was marked as deleted';
            },
          }),
        );
        expect(lines.at(-1)?.recorded).not.toBe('');
      } finally {
        await undo();
      }
    },
    60_000,
  );

  test('a server without STARTTLS though it is required', async () => {
    const { alice } = lab.users;
    const tls = { ca_file: lab.caFile, server_name: lab.hostname, host: '127.0.0.1', tls: 'starttls' };
    let already = 0;
    lines.push(
      await proveOutage(lab, {
        name: 'a server without STARTTLS though it is required',
        injected: 'Dovecot restarts without TLS, and at the end with it; the system has no POP3',
        stage: { system: { imap: { ...tls, port: lab.ports.imap }, pop3: undefined } },
        inject: async () => {
          const undo = await configureDovecot(lab, 'protocol imap {\n  ssl = no\n}');
          already = lab.truth.lines.length;
          return async () => {
            expect(lab.truth.lines.slice(already).join('\n')).not.toMatch(/imap-login: (?:Info: )?Login: user=<alice/u);
            await undo();
          };
        },
        // The greeting's capabilities tell that there is none.
        bad: { imap: { cause: 'tls', phase: 'greeting' } },
        perhaps: ['submission', 'outbound', 'internal'],
        lingersMs: 1_500,
        also({ stage }) {
          expect(JSON.stringify(stage.events)).not.toContain(alice.password);
        },
      }),
    );
  }, 60_000);

  test(`a mailbox with ${LETTERS} letters of others`, async () => {
    const folder = path.join(lab.dir, 'mail/alice/Maildir/cur');
    const commands = countImapCommands(lab);
    const few = await costOfProbes(lab, commands, 'few.db');
    const { uid, gid } = statSync(folder);
    for (let n = 0; n < LETTERS; n++) {
      const file = path.join(folder, `1700000000.M${n}P1.others:2,${n % 5 === 0 ? 'S' : ''}${n % 7 === 0 ? 'T' : ''}`);
      writeFileSync(file, `Subject: of somebody ${n}\r\n\r\nhello\r\n`);
      chownSync(file, uid, gid);
    }
    // Dovecot looks over them once.
    await withImap(lab, lab.users.alice, async (client) => void (await client.mailboxOpen('INBOX')));
    const others = (): string[] =>
      readdirSync(folder)
        .filter((name) => name.includes('.others'))
        .sort();
    const before = others();
    expect(before.length).toBe(LETTERS);
    const many = await costOfProbes(lab, commands, 'many.db');
    expect(others()).toEqual(before);
    // Dovecot takes longer to deliver there, so it is asked once or twice more whether the probe has come.
    expect(many.noops).toBeLessThan(10);
    expect(many.others).toBeLessThan(few.others + 0.5);
    lines.push({
      fault: `mailbox with ${LETTERS} letters of others`,
      injected: 'read, unread and marked as deleted',
      recorded: `none touched; IMAP commands a probe ${many.others.toFixed(1)} and ${many.noops.toFixed(1)} NOOP; in a mailbox of few ${few.others.toFixed(1)} and ${few.noops.toFixed(1)}`,
      measuredS: 0,
      boundsS: [0, 0],
    });
  }, 120_000);
});

/** IMAP commands that a probe a second costs, in a mailbox as it is. */
async function costOfProbes(
  lab: Lab,
  commands: ImapCommands,
  name: string,
): Promise<{ readonly noops: number; readonly others: number }> {
  const options = {
    store: path.join(lab.dir, name),
    system: {
      mailboxes: [
        {
          name: 'alice',
          address: lab.users.alice.address,
          user: lab.users.alice.login,
          password: lab.users.alice.password,
        },
      ],
      routes: [{ kind: 'inbound', mailbox: 'alice', interval: '1s', timeout: '5s' }],
      checks: [{ kind: 'mx', interval: '1s' }],
    },
  };
  const stage = await startStage(lab, options);
  try {
    await stage.good(0);
    const before = commands.read();
    const launched = stage.probes().length;
    await stage.event(
      'ten more probes',
      (event): event is typeof event => event.kind === 'settled' && stage.probes().length >= launched + 10,
    );
    const by = commandsSince(before, commands.read());
    const all = [...by.values()].reduce((sum, one) => sum + one, 0);
    const noops = by.get('NOOP') ?? 0;
    const probes = stage.probes().length - launched;
    await stage.allSettled();
    await stage.stop();
    const { down, receive } = readLedger(options);
    expect(down).toMatchObject({ value: 0, most: 0, outages: [] });
    expect(receive).toMatchObject({ lost: 0, duplicates: 0, exceedances: 0 });
    return { noops: noops / probes, others: (all - noops) / probes };
  } finally {
    await stage.stop();
  }
}

/** Dovecot restarts with a line more in its configuration. */
async function configureDovecot(lab: Lab, line: string): Promise<Undo> {
  const file = path.join(lab.dir, 'dovecot.conf');
  const before = readFileSync(file, 'utf8');
  async function install(text: string): Promise<void> {
    const start = await lab.faults.stopDovecot();
    writeFileSync(file, text);
    await start();
  }
  await install(`${before}\n${line}\n`);
  return () => install(before);
}
