import { describeUnless } from '../support/needs.ts';
import { whyNoLab } from './lab.ts';

/** `describe` for tests that need a lab; see `describeUnless`. */
export function describeLab(name: string, body: () => void): void {
  describeUnless(whyNoLab(), name, body);
}
