import { chownSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askGap, junkAge } from '../../src/observe/pace.ts';
import type { ProbeState } from '../../src/probe/probe-state.ts';
import { commandsSince, countImapCommands, type ImapCommands } from '../../bench/imap-commands.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { withImap } from '../lab/dialogue.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { writeFaults, type FaultLine } from './faults-page.ts';
import { proveLetterFault } from './mail-system-letter.ts';
import { configureDovecot } from './mail-system-servers.ts';
import { readLedger, startStage } from './mail-system-stage.ts';
import { holds } from './mail-system-truth.ts';

const LETTERS = 20_000;
const PLAIN = 'IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE SPECIAL-USE NAMESPACE';

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
    ['without IDLE', `${PLAIN} UIDPLUS MOVE`],
    ['without UIDPLUS', `${PLAIN} IDLE MOVE`],
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
              expect(ledger.receive).toMatchObject({ lost: 0, duplicates: 0 });
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
    // By count, and by the same rule in both: however many letters of others lie there.
    for (const cost of [few, many]) {
      const told = JSON.stringify({ ...cost, commands: [...cost.commands] });
      const made = (...names: string[]): number => names.reduce((sum, name) => sum + (cost.commands.get(name) ?? 0), 0);
      holds(
        made('NOOP', 'STATUS', 'SELECT') <= cost.mostQuestions,
        `it is asked as often as a probe's age says: ${told}`,
      );
      holds(made('FETCH', 'UID_FETCH') <= cost.probes + 1, `each probe is read once: ${told}`);
      holds(made('UID_STORE') <= cost.probes + 1, `each probe is marked once: ${told}`);
      holds(made('UID_EXPUNGE') <= cost.probes + 1, `each probe is deleted once: ${told}`);
      const known = ['NOOP', 'STATUS', 'SELECT', 'FETCH', 'UID_FETCH', 'UID_STORE', 'UID_EXPUNGE'];
      expect([...cost.commands.keys()].filter((name) => !known.includes(name))).toEqual([]);
    }
    // An answer to a question that found nothing has some 50 bytes; 20,000 letters named in a single one have 200,000.
    const bytes = (cost: Cost): number => (cost.bytes - 100 * (cost.commands.get('NOOP') ?? 0)) / cost.probes;
    holds(
      bytes(many) < bytes(few) + 1_000,
      `the answers are no longer: ${bytes(few)} and ${bytes(many)} bytes a probe`,
    );
    const share = ({ commands: of, probes }: Cost, ...names: string[]): string =>
      (names.reduce((sum, name) => sum + (of.get(name) ?? 0), 0) / probes).toFixed(1);
    const said = (cost: Cost): string =>
      `${share(cost, ...[...cost.commands.keys()].filter((name) => name !== 'NOOP'))} and ${share(cost, 'NOOP')} NOOP, ${Math.round(cost.bytes / cost.probes)} bytes`;
    lines.push({
      fault: `mailbox with ${LETTERS} letters of others`,
      injected: 'read, unread and marked as deleted',
      recorded: `none touched; IMAP commands a probe ${said(many)}; in a mailbox of few ${said(few)}`,
      measuredS: 0,
      boundsS: [0, 0],
    });
  }, 120_000);
});

/** What probes a second cost in a mailbox. */
interface Cost {
  readonly probes: number;
  /** How often each IMAP command was given, by Dovecot's count. */
  readonly commands: ReadonlyMap<string, number>;
  /** How often it may be asked whether they have come, by what each of them took. */
  readonly mostQuestions: number;
  /** That Dovecot sent in all sessions, from login to logout. */
  readonly bytes: number;
}

/** What a probe a second costs, in a mailbox as it is. */
async function costOfProbes(lab: Lab, commands: ImapCommands, name: string): Promise<Cost> {
  const { address, login, password } = lab.users.alice;
  const options = {
    store: path.join(lab.dir, name),
    system: {
      mailboxes: [{ name: 'alice', address, user: login, password }],
      routes: [{ kind: 'inbound', mailbox: 'alice', interval: '1s', timeout: '5s' }],
      checks: [{ kind: 'mx', interval: '1s' }],
    },
  };
  const linesBefore = lab.truth.lines.length;
  const stage = await startStage(lab, options);
  try {
    await stage.good(0);
    const before = commands.read();
    const launched = stage.probes().length;
    await stage.event(
      'ten more probes',
      (event): event is typeof event => event.kind === 'settled' && stage.probes().length >= launched + 10,
    );
    await stage.allSettled();
    const counted = commandsSince(before, commands.read());
    const probes = stage.probes().slice(launched - 1);
    await stage.stop();
    const { down, receive } = readLedger(options);
    expect(down).toMatchObject({ value: 0, most: 0, outages: [] });
    expect(receive).toMatchObject({ lost: 0, duplicates: 0 });
    const bytes = await bytesSent(lab, linesBefore, login);
    const mostQuestions = probes.reduce((sum, probe) => sum + questionsFor(delayOf(probe)), 0);
    return { probes: probes.length, commands: counted, mostQuestions, bytes };
  } finally {
    await stage.stop();
  }
}

function delayOf({ acceptedAt, visibleAt }: ProbeState): number {
  return (visibleAt ?? Number.NaN) - (acceptedAt ?? Number.NaN);
}

/** Looks into INBOX, and into Junk with the SELECT that follows, at a probe that comes out after `delayMs`. */
function questionsFor(delayMs: number): number {
  // The one that shows it, and one while nothing is expected.
  let questions = 2;
  for (let age = 0; age < delayMs; age += askGap(age, 0)) questions++;
  for (let age = junkAge(0); age < delayMs; age = junkAge(age)) questions += 2;
  return questions;
}

/** As Dovecot says at each logout of the user since then: there must be one. */
async function bytesSent(lab: Lab, sinceLine: number, login: string): Promise<number> {
  const logout = new RegExp(`imap\\(${login.replaceAll('.', '\\.')}\\).* in=\\d+ out=(\\d+)`, 'u');
  const found = (): number[] =>
    lab.truth.lines.slice(sinceLine).flatMap((line) => Number(logout.exec(line)?.[1] ?? Number.NaN) || []);
  await expect.poll(() => found().length, { timeout: 10_000 }).toBeGreaterThan(0);
  return found().reduce((sum, one) => sum + one, 0);
}
