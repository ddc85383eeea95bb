/**
 * All that top may write beside text: its modes, placing the cursor, erasing, colours. In tests each sequence that is not of this list is a fault:
 * it is of a name, or one that not every terminal knows.
 */
const KNOWN = new RegExp(
  [
    String.raw`\x1b\[\?(?:7|25|1000|1006|1049|2004|2026)[hl]`,
    String.raw`\x1b\[8[hl]`,
    String.raw`\x1b\[2J`,
    String.raw`\x1b\[K`,
    String.raw`\x1b\[\d+;\d+H`,
    String.raw`\x1b\[\d+G`,
    String.raw`\x1b\[(?:0|[1479]|3[0-7]|4[0-7]|9[0-7]|10[0-7])?(?:;(?:[1479]|3[0-7]|4[0-7]|9[0-7]|10[0-7]))*m`,
  ].join('|'),
  'g',
);

/** Controls (C0, DEL, C1), and what turns the direction of text around. */
const CONTROL = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const ESCAPE = '\u001b';

/** A sequence at the end, the rest of which is still on its way. */
const BEGUN = new RegExp(`${ESCAPE}(?:\\[[?\\d;]*)?$`);

/** What of the bytes written to a terminal is neither text nor known, with what is around it; empty: nothing. */
export function foreignBytes(raw: Buffer): string {
  const text = raw.toString('utf8').replaceAll(KNOWN, '').replace(BEGUN, '');
  const at = text.search(CONTROL);
  return at < 0 ? '' : JSON.stringify(text.slice(Math.max(0, at - 20), at + 40));
}
