import type { Instant } from '../lib/time.ts';
import { DialogueError } from '../net/dialogue-error.ts';
import { CertificateError } from '../net/secure.ts';
import type { Recorder } from '../net/recorder.ts';
import { untilWhen } from '../net/deadline.ts';
import type { SendResult } from '../probe/send-result.ts';
import type { Cause, Failure, Phase } from '../probe/visit.ts';
import type { Refusal, Stage } from './stage.ts';

/** How an attempt ended, without the facts around it. */
export type Ending = Bare<Extract<SendResult, { kind: 'accepted' }>> | Failed;

/** The endings that are no acceptance. */
export type Failed = Bare<Exclude<SendResult, { kind: 'accepted' }>>;

type Facts = 'startedAt' | 'endedAt' | 'peer' | 'phases' | 'transcript' | 'certificateExpiresAt';
type Bare<T> = T extends unknown ? Omit<T, Facts> : never;

export interface Circumstances {
  /** `submission mail.example.org:587`, for the words of an error. */
  readonly where: string;
  readonly recorder: Recorder;
  /** Of the attempt: whether it was called off, or its time was up. */
  readonly signal: AbortSignal;
}

/** Whatever was thrown before SMTP began. Bugs go on. */
export function endingOfError(error: unknown): Failed {
  if (error instanceof DialogueError) return { kind: 'unreachable', failure: error.failure };
  throw error;
}

/** A certificate that was refused has told until when it is valid. */
export function expiryOf(error: unknown): { readonly certificateExpiresAt?: Instant } {
  const at = error instanceof CertificateError ? error.certificateExpiresAt : undefined;
  return at === undefined ? {} : { certificateExpiresAt: at };
}

/** A refusal is an answer: of the login with cause `auth` when it is final (a 4xx says that the server could not tell). */
export function refusedEnding(
  { command, phase, reply }: Refusal,
  { where, recorder }: Pick<Circumstances, 'where' | 'recorder'>,
): Failed {
  const permanent = reply.code >= 500;
  const words = recorder.words(reply.line);
  const failure: Failure = {
    cause: phase === 'auth' && permanent ? 'auth' : 'refused',
    phase,
    detail: `${where} refused ${NOT_BY_COMMAND[phase] ?? recorder.words(command ?? phase)} (${words}); ${hint(phase, where, permanent)}`,
    words,
    ...(command === null ? {} : { command: recorder.words(command) }),
    code: reply.code,
    ...(reply.enhanced === null ? {} : { enhanced: reply.enhanced }),
  };
  return { kind: 'refused', permanent, failure };
}

const NOT_BY_COMMAND: Partial<Record<Phase, string>> = {
  greeting: 'the connection',
  auth: 'the login',
  accept: 'the letter',
};

/**
 * The dialogue came to no end by itself: what that means depends on how far it had come. `error` is the library's word;
 * `signal` of the circumstances tells whether our time was up.
 */
export function brokenEnding(error: unknown, stage: Stage, circumstances: Circumstances): Failed {
  if (stage.refusal !== null) return refusedEnding(stage.refusal, circumstances);
  const { where, recorder, signal } = circumstances;
  const cause = causeOf(error, stage, signal);
  const { dotAt } = stage;
  const phase = cause === 'protocol' ? (stage.nonsense?.phase ?? stage.phase) : stage.phase;
  const failure: Failure = {
    cause,
    phase,
    detail: `${where} ${whatHappened(cause, signal)} ${WAITING[phase] ?? `during ${phase}`}`,
    ...(stage.nonsense === null ? {} : { words: recorder.words(stage.nonsense.text) }),
  };
  return dotAt === null ? { kind: 'unreachable', failure } : { kind: 'uncertain', failure, dotAt };
}

function causeOf(error: unknown, stage: Stage, signal: AbortSignal): Cause {
  if (signal.aborted) return 'timeout';
  if (stage.nonsense !== null) return 'protocol';
  switch (error instanceof Error && 'code' in error ? error.code : '') {
    case 'EPROTOCOL':
      return 'protocol';
    case 'ETIMEDOUT':
      return 'timeout';
    default:
      return 'closed';
  }
}

function whatHappened(cause: Cause, signal: AbortSignal): string {
  if (cause === 'timeout') return `gave no answer ${untilWhen(signal)}`;
  return cause === 'protocol' ? 'sent what is no reply of SMTP' : 'cut the connection';
}

const WAITING: Partial<Record<Phase, string>> = {
  greeting: 'before its greeting',
  ehlo: 'after EHLO',
  auth: 'during the login',
  mail: 'after MAIL FROM',
  rcpt: 'after RCPT TO',
  data: 'after DATA, before the letter was complete',
  accept: 'after the whole letter, before its answer: it may have been accepted',
};

/** What to do about a refusal. */
function hint(phase: Phase, where: string, permanent: boolean): string {
  const part = where.startsWith('mx ') ? 'mx' : 'submission';
  const hints: Partial<Record<Phase, string>> = {
    greeting: 'check what the server asks of its clients, and the standing of this address',
    ehlo: part === 'mx' ? 'check mx.helo' : 'check what the server asks of its clients',
    auth: permanent ? `check ${part}.user and ${part}.password` : 'it could not check the login at this time',
    mail: `check ${part}.mail_from`,
    rcpt:
      part === 'mx' ? 'check the address of the mailbox' : 'check the address, and whether this user may send there',
  };
  return hints[phase] ?? (permanent ? 'the words of the server say why' : 'it may take it later');
}
