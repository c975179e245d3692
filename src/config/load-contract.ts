import { contractSchema } from './contract-schema.ts';
import type { Contract } from './contract.ts';
import { parseChecked, readNamedFile } from './parse-checked.ts';

/** A contract and the text that says it, which a closed month keeps. */
export interface LoadedContract {
  readonly contract: Contract;
  readonly text: string;
}

/** Reads a contract file. Throws a ConfigError that tells every problem at once. */
export function loadContract(file: string): LoadedContract {
  const text = readNamedFile(file, 'a contract file');
  return { contract: parseContract(text, { file }), text };
}

/** The same for text at hand; `file` is for messages. */
export function parseContract(text: string, options: { readonly file: string }): Contract {
  return parseChecked(text, options.file, {
    schema: contractSchema,
    empty: 'a contract with the keys contract, version and clauses; the file is empty',
    numbers: 'as written',
  });
}
