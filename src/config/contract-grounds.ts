import type { Ground, Title } from './contract.ts';

/** The letters that a ground needs no entry for. Texts: the exclusions that clauses 1 and 2 of the default contract name. */
const STANDARD: Readonly<Record<string, Title>> = {
  a: { zh: '经甲方同意的维护', en: 'Maintenance that the customer agreed to' },
  b: { zh: '由甲方维护的设备或线路', en: 'Equipment or lines that the customer keeps up' },
  c: { zh: '甲方使用不当', en: 'Wrong use by the customer' },
  d: { zh: '甲方疏忽，或甲方授权的操作', en: "The customer's negligence, or what the customer authorised" },
  e: {
    zh: '电信线路中断，或运营商调整、扩容线路及设备',
    en: 'Telecom lines cut, or the carrier adjusting or enlarging its lines and equipment',
  },
  f: { zh: '不可抗力', en: 'Force majeure' },
};
export const STANDARD_GROUNDS: readonly string[] = Object.keys(STANDARD);

type Written = Readonly<
  Record<string, { readonly title?: Title | undefined; readonly needs_approval?: boolean | undefined }>
>;

/**
 * Those that are written, and of the letters a to f those that some clause excludes; with nothing written at all, a to f.
 * Windows of ground a take nothing out before the customer's consent, unless the file says otherwise.
 */
export function toGrounds(written: Written | undefined, excluded: readonly string[]): Record<string, Ground> {
  const standard = STANDARD_GROUNDS.filter((name) => written === undefined || excluded.includes(name));
  const names = [...Object.keys(written ?? {}), ...standard].filter((name, at, all) => all.indexOf(name) === at);
  const grounds = Object.create(null) as Record<string, Ground>;
  for (const name of names.sort()) {
    const { title, needs_approval } = written?.[name] ?? {};
    grounds[name] = {
      title: title ?? STANDARD[name] ?? { zh: name, en: name },
      needs_approval: needs_approval ?? name === 'a',
    };
  }
  return grounds;
}
