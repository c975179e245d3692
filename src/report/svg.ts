/** Writes SVG elements. Looks are classes, whose rules stand in the page's one style sheet. */

export type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(numberText(value))}"`);
  return children.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

export function label(attributes: Attributes, text: string): string {
  return element('text', attributes, escapeXml(text));
}

/** A picture that a screen reader reads by its title and description. `id` must be unique on the page. */
export function picture(
  id: string,
  {
    width,
    height,
    title,
    desc,
    name,
  }: {
    readonly width: number;
    readonly height: number;
    readonly title: string;
    readonly desc: string;
    /** Its class. */
    readonly name?: string;
  },
  children: readonly string[],
): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      ...(name !== undefined && { class: name }),
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
    },
    element('title', { id: `${id}-title` }, escapeXml(title)),
    element('desc', { id: `${id}-desc` }, escapeXml(desc)),
    ...children.map((child) => `\n${child}`),
  );
}

/** Text that is safe inside an element and inside a quoted attribute, of XML as of HTML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function numberText(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
}
