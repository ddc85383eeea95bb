import { UsageError } from '#src/cli/flags/usage-error.js';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/**
 * The bytes of a key sequence written as Docker's: keys separated by commas, a key a character or `ctrl-` with a letter or one of
 * `@ [ \ ] ^ _`. Throws UsageError on anything else. An empty text means no detach keys.
 */
export function parseDetachKeys(text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  const keys = text.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key);
    if (control !== null) return control[1]!.toUpperCase().charCodeAt(0) & 0x1f;
    if (/^[\x21-\x7e]$/.test(key)) return key.charCodeAt(0);
    throw new UsageError(`invalid argument ${JSON.stringify(text)} for "--detach-keys" flag: ${JSON.stringify(key)} is no key`, {
      hint: 'write keys as a or ctrl-a, separated by commas',
    });
  });
  return Buffer.from(keys);
}

/**
 * Watches input for the sequence, also across chunks. Each call answers the bytes to send on, and whether the sequence was
 * completed (the keys themselves are never sent; keys that begin it and then go elsewhere are, late).
 */
export function detachWatcher(keys: Uint8Array): (chunk: Uint8Array) => { forward: Buffer; detached: boolean } {
  let matched = 0;
  return (chunk) => {
    if (keys.length === 0) return { forward: Buffer.from(chunk), detached: false };
    const forward: number[] = [];
    for (const byte of chunk) {
      while (matched > 0 && byte !== keys[matched]) {
        const shorter = fallback(keys, matched);
        forward.push(...keys.subarray(0, matched - shorter));
        matched = shorter;
      }
      if (byte !== keys[matched]) forward.push(byte);
      else if (++matched === keys.length) return { forward: Buffer.from(forward), detached: true };
    }
    return { forward: Buffer.from(forward), detached: false };
  };
}

/** The longest proper prefix of keys[0..matched) that is also its suffix (Knuth, Morris, Pratt). */
function fallback(keys: Uint8Array, matched: number): number {
  for (let length = matched - 1; length > 0; length--) {
    if (keys.subarray(0, length).every((byte, index) => byte === keys[matched - length + index])) return length;
  }
  return 0;
}
