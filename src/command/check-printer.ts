import type { RouteWork } from '../handover.ts';
import { humanMs, toIso, type Ms } from '../lib/time.ts';
import { delayOf } from '../probe/correlate.ts';
import type { ProbeState } from '../probe/probe-state.ts';
import type { SendResult } from '../probe/send-result.ts';
import { causeWords, failureWords, folderName, targetName } from '../web/event-words.ts';
import type { Failure, PhaseTime, TranscriptLine, Visit } from '../probe/visit.ts';

/** Shows `mailwitness check` while it goes. */
export interface CheckPrinter {
  /** What is under way, on a line of its own that the next one replaces; terminals only. */
  begins(what: string): void;
  visit(system: string, check: string, target: string, visit: Visit): void;
  /** `unread`: why the mailbox that it should come out in cannot be read. */
  probe(
    route: RouteWork,
    state: ProbeState | undefined,
    result: SendResult | undefined,
    waited: Ms,
    unread: Failure | undefined,
  ): void;
  note(text: string): void;
  end(visits: readonly boolean[], probes: readonly boolean[]): void;
}

interface Out {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createCheckPrinter(out: Out, { transcript }: { readonly transcript: boolean }): CheckPrinter {
  const tty = out.isTTY === true;
  const color = (code: number, text: string): string => (tty ? `\x1b[${code}m${text}\x1b[0m` : text);
  const line = (text: string): void => void out.write(`${tty ? '\r\x1b[K' : ''}${text}\n`);
  const mark = (ok: boolean): string => (ok ? color(32, 'good') : color(31, 'bad '));

  function row(ok: boolean, name: string, took: string, phases: readonly PhaseTime[]): void {
    line(`${mark(ok)}  ${name.padEnd(44)} ${took.padStart(9)}   ${phases.map(phaseWords).join(' · ')}`);
  }

  function why(failure: Failure): void {
    line(`      ${causeWords(failure)}: ${failureWords(failure)}`);
    const { command, detail } = failure;
    if (command !== undefined && !detail.includes(command)) line(`      that was the answer to ${command}`);
  }

  function dialogue(lines: readonly TranscriptLine[]): void {
    if (!transcript) return;
    const start = lines[0]?.at ?? 0;
    for (const { at, who, text } of lines)
      line(`      ${(at - start).toFixed(1).padStart(8)} ms ${ARROWS[who]} ${text}`);
  }

  return {
    begins: (what) => void (tty && out.write(`\r\x1b[K      ${what} ...`)),
    visit(system, check, target, visit) {
      row(
        visit.failure === undefined,
        `${system} ${targetName(check, target)}`,
        humanMs(visit.endedAt - visit.startedAt),
        visit.phases,
      );
      if (visit.failure !== undefined) why(visit.failure);
      if (visit.certificateExpiresAt !== undefined) {
        const days = Math.floor((visit.certificateExpiresAt - visit.endedAt) / 86_400_000);
        if (days < 30) line(`      its certificate expires in ${days} days, on ${toIso(visit.certificateExpiresAt)}`);
      }
      dialogue(visit.transcript);
    },
    probe(route, state, result, waited, unread) {
      const delay = state === undefined ? null : delayOf(state);
      const came = state?.outcome === 'relayed' || state?.outcome === 'delivered';
      row(
        came,
        `${route.system} ${targetName(route.kind, route.name)}`,
        delay === null ? '' : humanMs(delay),
        result?.phases ?? [],
      );
      if (delay !== null && state !== undefined) line(`      ${cameOut(state, delay)}`);
      else if (state !== undefined && state.failure !== null) why(state.failure);
      else if (state !== undefined && unread !== undefined)
        line(
          `      ${state.outcome}: mailbox ${route.mailbox} cannot be read: ${causeWords(unread)}: ${failureWords(unread)}`,
        );
      else
        line(
          `      ${state?.outcome ?? 'not sent'}: it has not come out within ${humanMs(waited)}; the daemon would go on watching`,
        );
      if (state?.misfiled === true) line(`      ${color(33, 'it lies in Junk')}: see mailwitness config check --dns`);
      if (result !== undefined) dialogue(result.transcript);
    },
    note: (text) => line(`${color(33, 'note')}  ${text}`),
    end(visits, probes) {
      const count = (list: readonly boolean[]): string => `${list.filter(Boolean).length} of ${list.length}`;
      line(`\n${count(visits)} visits good, ${count(probes)} probes came out`);
    },
  };
}

const ARROWS = { client: '->', server: '<-', note: '--' } as const;

function phaseWords({ phase, ms }: PhaseTime): string {
  return `${phase} ${ms < 10 ? ms.toFixed(1) : Math.round(ms)}`;
}

function cameOut(state: ProbeState, delay: Ms): string {
  if (state.kind === 'outbound') return `reached the sink ${humanMs(delay)} after it was accepted (send delay)`;
  const what = state.kind === 'inbound' ? 'receive delay' : 'delay inside';
  return `visible in ${folderName(state)} ${humanMs(delay)} after it was accepted (${what})`;
}
