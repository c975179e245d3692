/** One instruction of a Dockerfile. */
export interface Instruction {
  /** Upper case: `RUN`. */
  readonly name: string;
  /** `--from=build` as `{ from: 'build' }`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What follows the flags. */
  readonly text: string;
  /** The JSON array of the exec form; for the shell form and all else null. */
  readonly exec: readonly string[] | null;
}

export interface Stage {
  readonly image: string;
  /** After `AS`; null when it has none. */
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile, as far as ours needs: no ARG, no here-documents, no parser directives. */
export function parseDockerfile(source: string): readonly Stage[] {
  const stages: { image: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of logicalLines(source)) {
    const instruction = parseInstruction(line);
    if (instruction.name === 'FROM') {
      const [image = '', , name = null] = instruction.text.split(/\s+/);
      stages.push({ image, name, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`expected FROM first, got "${line}"`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

/** `KEY=value KEY="a value"` of ENV and LABEL. */
export function parsePairs(text: string): Readonly<Record<string, string>> {
  const pairs = text.matchAll(/([\w.-]+)=(?:"([^"]*)"|(\S*))/g);
  return Object.fromEntries([...pairs].map(([, key = '', quoted, bare]) => [key, quoted ?? bare ?? '']));
}

// Comments are dropped before lines are joined: one may stand inside a continued instruction.
function logicalLines(source: string): readonly string[] {
  return source
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseInstruction(line: string): Instruction {
  const [, name = '', flagText = '', text = ''] = /^([A-Za-z]+)((?:\s+--[a-z-]+=\S+)*)\s+(.*)$/.exec(line) ?? [];
  if (name === '') throw new Error(`expected an instruction, got "${line}"`);
  const flags = [...flagText.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]);
  return { name: name.toUpperCase(), flags: Object.fromEntries(flags), text, exec: execForm(text) };
}

/** The array also behind `HEALTHCHECK CMD`. */
function execForm(text: string): readonly string[] | null {
  const json = text.replace(/^CMD\s+/, '');
  return json.startsWith('[') ? (JSON.parse(json) as readonly string[]) : null;
}
