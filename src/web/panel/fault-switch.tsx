import { FAULTS, type FaultName } from '../../sandbox/faults.ts';
import { inLanguage, length, type View } from '../pages/view.tsx';
import { PANEL_WORDS } from './panel-words.ts';
import type { SandboxPanel } from './sandbox-panel.ts';

/** What a form of this page begins with. */
export interface Forms {
  readonly view: View;
  readonly token: string;
  readonly faults: SandboxPanel['faults'];
}

/** Lengths that one press sets; others are typed. */
const LENGTHS: Readonly<Partial<Record<FaultName, readonly string[]>>> = {
  greylist: ['10s', '60s'],
  'delivery-delay': ['5s', '90s'],
  'relay-delay': ['5s', '90s'],
  'imap-slow': ['1s', '6s'],
};

/** How a fault stands and the buttons that change it; renewed in place. `back`: the part of the page to return to. */
export function FaultSwitch({
  forms: { view, token, faults },
  name,
  value,
  what,
  id,
  back,
}: {
  readonly forms: Forms;
  readonly name: FaultName;
  /** What it is switched on with; else one of the lengths that are at hand, or without a value. */
  readonly value?: string | undefined;
  /** What the buttons are about, for those who do not see where they stand. */
  readonly what: string;
  readonly id: string;
  readonly back: string;
}) {
  const t = inLanguage(view);
  const isOn = faults.active().includes(name);
  const values = value === undefined ? (LENGTHS[name] ?? ['on']) : [value];
  return (
    <div class="switch" id={id} data-live="">
      <span class={isOn ? 'is-on' : 'dim'}>{isOn ? onText(view, faults.get(name)) : t(PANEL_WORDS.off)}</span>
      <form method="post" action={`${view.base}/sandbox`}>
        <input type="hidden" name="token" value={token} />
        <input type="hidden" name="fault" value={name} />
        <input type="hidden" name="back" value={back} />
        {isOn ? (
          <button
            class="end"
            name="value"
            value="off"
            id={`${id}-off`}
            aria-label={`${t(PANEL_WORDS.switchOff)}: ${what}`}
          >
            {t(PANEL_WORDS.switchOff)}
          </button>
        ) : (
          values.map((one) => {
            const shown = one === 'on' || value !== undefined ? t(PANEL_WORDS.switchOn) : shownLength(view, one);
            return (
              <button name="value" value={one} id={`${id}-${one}`} aria-label={`${shown}: ${what}`}>
                {shown}
              </button>
            );
          })
        )}
      </form>
      {value === undefined && !isOn && kindOf(name) !== 'switch' && (
        <a
          href={`${view.base}/sandbox?value=${name}#fault-${name}`}
          id={`${id}-other`}
          aria-label={`${t(PANEL_WORDS.other)}: ${what}`}
        >
          {t(PANEL_WORDS.other)}
        </a>
      )}
    </div>
  );
}

/** A field for a value of one's own: not renewed, so that nobody types for nothing. */
export function FaultValue({
  forms: { view, token },
  name,
  typed,
  wrong,
}: {
  readonly forms: Forms;
  readonly name: FaultName;
  readonly typed: string;
  readonly wrong: boolean;
}) {
  const t = inLanguage(view);
  const isText = kindOf(name) === 'text';
  return (
    <form class="wide" method="post" action={`${view.base}/sandbox`}>
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="fault" value={name} />
      <input type="hidden" name="back" value={`fault-${name}`} />
      <label for="value">{t(isText ? PANEL_WORDS.sentence : PANEL_WORDS.duration)}</label>
      <input
        id="value"
        name="value"
        value={typed}
        maxlength={200}
        required
        autocomplete="off"
        aria-describedby={wrong ? 'value-wrong value-hint' : 'value-hint'}
        aria-invalid={wrong ? 'true' : undefined}
      />{' '}
      <button>{t(PANEL_WORDS.set)}</button> <a href={`${view.base}/sandbox#fault-${name}`}>{t(PANEL_WORDS.back)}</a>
      {wrong && (
        <div class="error" id="value-wrong" role="alert">
          {t(isText ? PANEL_WORDS.wrongText : PANEL_WORDS.wrongDuration)}
        </div>
      )}
      <div class="hint" id="value-hint">
        {t(isText ? PANEL_WORDS.sentenceHint : PANEL_WORDS.durationHint)}
      </div>
    </form>
  );
}

export function kindOf(name: FaultName): 'switch' | 'ms' | 'text' {
  return FAULTS.find((fault) => fault.name === name)?.kind ?? 'switch';
}

/** A value that a fault was set to, for people; empty where it has none but on. */
export function valueText(view: View, value: boolean | number | string | null): string {
  return typeof value === 'number' ? length(view, value) : typeof value === 'string' ? value : '';
}

function onText(view: View, value: boolean | number | string): string {
  const t = inLanguage(view);
  const shown = valueText(view, value);
  return shown === '' ? t(PANEL_WORDS.on) : t(PANEL_WORDS.onWith)(shown);
}

/** As it stands on a button: no digit that nobody needs. */
function shownLength({ lang }: View, text: string): string {
  return text.replace(/s$/, lang === 'zh' ? ' 秒' : ' s');
}
