import { fileURLToPath } from 'node:url';

/** The contract that comes with the program, used where no other is named. */
export const SHIPPED_CONTRACT = fileURLToPath(new URL('../../config/contract.yaml', import.meta.url));
