import { isUtf8 } from 'node:buffer';

/** Where in bytes what is no UTF-8 begins, counted from 1. */
export interface NotUtf8 {
  line: number;
  column: number;
}

/** The text of bytes, or where it stops being UTF-8: nothing is replaced in silence. */
export function utf8Text(bytes: Buffer): string | NotUtf8 {
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  const replaced = Buffer.from(text);
  let end = bytes.findIndex((byte, index) => byte !== replaced[index]);
  // A byte that only begins a character may be the first one of what replaces it, too.
  while (!isUtf8(bytes.subarray(0, end))) end -= 1;
  const lines = bytes.subarray(0, end).toString('utf8').split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

export const NOT_UTF8 = { reason: 'this is no UTF-8 from here on', valid: 'text in UTF-8' };
