import { hostname } from 'node:os';

/** Name of this machine for EHLO: its full name, else the address literal that RFC 5321 section 4.1.4 asks for then. */
export function ownName(): string {
  const name = hostname();
  return name.includes('.') && !/^[\d.]+$/u.test(name) ? name : '[127.0.0.1]';
}
