/** The languages of a report. */
export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Of a locale such as `zh_CN.UTF-8`: Chinese where it says so, else English. */
export function languageOf(locale: string): Language {
  return /^zh\b|^zh_/i.test(locale) ? 'zh' : 'en';
}

/** One thing in every language: a language that lacks it does not compile. */
export type InEach<Thing> = Readonly<Record<Language, Thing>>;
export type Text = InEach<string>;
export type Phrase<Args extends readonly unknown[]> = InEach<(...args: Args) => string>;

/** A text without parameters. */
export function text(zh: string, en: string): Text {
  return { zh, en };
}

/** A text with parameters, which are the same in every language. */
export function phrase<const Args extends readonly unknown[]>(
  zh: (...args: Args) => string,
  en: (...args: Args) => string,
): Phrase<Args> {
  return { zh, en };
}

const ENGLISH = new Intl.PluralRules('en');

/** `1 message`, `2 messages`: the number and its noun by the plural rules of English. */
export function count(n: number, one: string, other: string): string {
  return `${grouped(String(n))} ${ENGLISH.select(n) === 'one' ? one : other}`;
}

/** A list as a language writes it: `a, b` or `a、b`. */
export const COMMA: Text = { zh: '、', en: ', ' };

/** A plain decimal with its thousands set apart, as both languages write them. */
export function grouped(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const head = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? head : `${head}.${fraction}`;
}
