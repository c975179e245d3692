import type { Fact } from '../facts/facts.ts';
import { RECORD_SHAPES, SHAPES } from './shapes.ts';

/** The line of any fact, without its line feed. The same facts are the same line, to the byte. */
export function lineOf(fact: Fact): string {
  switch (fact.type) {
    case 'header':
      return SHAPES.header.write(fact);
    case 'run':
      return SHAPES.run.write(fact);
    case 'gap':
      return SHAPES.gap.write(fact);
    case 'message':
      return SHAPES.message.write(fact);
    case 'exclusion':
      return SHAPES.exclusion.write(fact);
    case 'record':
      return RECORD_SHAPES[fact.kind].write(fact);
  }
}
