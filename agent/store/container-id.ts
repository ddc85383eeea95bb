import { randomBytes } from 'node:crypto';

const ID = /^[0-9a-f]{64}$/;

/** A new container id: 64 hex digits, as Docker's. */
export function newContainerId(): string {
  return randomBytes(32).toString('hex');
}

export function isContainerId(text: string): boolean {
  return ID.test(text);
}

/** The twelve digits people read. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}
