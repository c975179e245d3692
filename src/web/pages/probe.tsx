import type { Child } from 'hono/jsx';
import { cleanWords } from '../../net/words.ts';
import { delayOf } from '../../probe/correlate.ts';
import { readHeaders } from '../../probe/headers.ts';
import { readHop } from '../../probe/received.ts';
import { CATALOGUE } from '../../report/catalogue.ts';
import type { Text } from '../../report/language.ts';
import type { ProbeEvidence } from '../../store/probe-rows.ts';
import { folderName } from '../event-words.ts';
import { delayText, toneOf } from './system.tsx';
import { FailureText, inLanguage, length, Time, type View } from './view.tsx';
import { WORDS } from './words.ts';

/** The evidence of one probe. Headers and dialogues are other hosts' words: they are shown as text, and never judged here. */
export function ProbePage({ view, evidence }: { readonly view: View; readonly evidence: ProbeEvidence }) {
  const t = inLanguage(view);
  const { probe, sightings, dialogues } = evidence;
  const delay = delayOf(probe);
  const command = probe.failure?.command;
  const instant = (at: number | null): Child => (at === null ? null : <Time at={at} zone={view.zone} exact />);
  const facts: readonly (readonly [Text, Child])[] = [
    [WORDS.outcomeName, <span class={toneOf(probe)}>{t(WORDS.outcome[probe.outcome])}</span>],
    [WORDS.route, `${t(CATALOGUE.names.check[probe.kind])}${probe.route === probe.kind ? '' : ` ${probe.route}`}`],
    [WORDS.delay, delay === null ? null : delayText(view, probe, delay)],
    [WORDS.launched, instant(probe.launchedAt)],
    [WORDS.accepted, instant(probe.acceptedAt)],
    [WORDS.relayed, instant(probe.relayedAt)],
    [WORDS.unseenUntil, instant(probe.unseenUntil)],
    [WORDS.visible, instant(probe.visibleAt)],
    [WORDS.settled, instant(probe.settledAt)],
    [
      WORDS.folder,
      probe.folder === null
        ? null
        : `${folderName(probe, view.lang)}${probe.misfiled ? ` (${t(WORDS.misfiled)})` : ''}`,
    ],
    [
      WORDS.copies,
      probe.copies === 0
        ? null
        : `${probe.copies}${probe.copies > 1 ? ` (${t(WORDS.duplicates)(probe.copies - 1)})` : ''}`,
    ],
    [WORDS.contacts, probe.contacts === 0 ? null : String(probe.contacts)],
    [
      WORDS.what,
      probe.deferral === null
        ? null
        : t(WORDS.deferral)(probe.deferral.attempts, length(view, probe.deferral.refusedForMs)),
    ],
    [WORDS.refusedCommand, command === undefined ? null : <code>{cleanWords(command)}</code>],
    [WORDS.failure, probe.failure === null ? null : <FailureText view={view} failure={probe.failure} whole />],
  ];
  const hops = dialogues
    .filter(({ part }) => part === 'headers')
    .slice(0, 1)
    .flatMap(({ text }) => readHeaders(text).received)
    .reverse();
  return (
    <>
      <section class="card" aria-labelledby="probe">
        <h2 id="probe">
          <a href={`${view.base}/system/${encodeURIComponent(probe.system)}`}>{probe.system}</a>: {t(WORDS.probe)}{' '}
          {probe.id}
        </h2>
        <dl class="facts">
          {facts
            .filter(([, value]) => value !== null)
            .map(([word, value]) => (
              <>
                <dt>{t(word)}</dt>
                <dd>{value}</dd>
              </>
            ))}
        </dl>
      </section>
      {sightings.length > 0 && (
        <section class="card" aria-labelledby="seen">
          <h2 id="seen">{t(WORDS.laterSightings)}</h2>
          <ul class="rows">
            {sightings.map(({ at, kind, place, folder, words }) => (
              <li>
                <span class="figure">
                  <Time at={at} zone={view.zone} exact />
                </span>
                <span>{t(WORDS.sighting[kind])}</span>
                <span>
                  {[place, folder]
                    .filter((one) => one !== null)
                    .map((one) => cleanWords(one, 200))
                    .join(' · ')}
                </span>
                {words !== null && <span class="words">{cleanWords(words, 1_000)}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {hops.length > 0 && (
        <section class="card" aria-labelledby="hops">
          <h2 id="hops">{t(WORDS.hops)}</h2>
          <p class="dim">{t(WORDS.hopsNote)}</p>
          <ol class="hops">
            {hops.map((hop) => (
              <Hop view={view} text={hop} />
            ))}
          </ol>
        </section>
      )}
      {dialogues.length === 0 && <p class="dim">{t(WORDS.noDialogue)}</p>}
      {dialogues.map(({ part, at, text }, index) => (
        <section class="card" aria-labelledby={`said${index}`}>
          <h2 id={`said${index}`}>
            {t(part === 'headers' ? WORDS.headers : WORDS.transcript)}{' '}
            <span class="dim">
              <Time at={at} zone={view.zone} exact />
            </span>
          </h2>
          <pre>{printable(text)}</pre>
        </section>
      ))}
    </>
  );
}

/** What does not read as a hop is shown as it stands. */
function Hop({ view, text }: { readonly view: View; readonly text: string }) {
  const t = inLanguage(view);
  const clean = cleanWords(text, 1_000);
  const hop = readHop(clean);
  if (hop === null) return <li>{clean}</li>;
  return (
    <li>
      <strong>
        {t(WORDS.hopBy)} {hop.by}
      </strong>{' '}
      {hop.from !== null && `${t(WORDS.hopFrom)} ${hop.from}`}{' '}
      {hop.with !== null && `· ${t(WORDS.hopWith)} ${hop.with}`}
      {hop.date !== null && <div class="dim">{hop.date}</div>}
    </li>
  );
}

/** Line by line, without what would move a cursor or turn the direction of the text. */
function printable(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => cleanWords(line, 2_000))
    .join('\n');
}
