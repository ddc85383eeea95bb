/** C0, DEL, C1, line and paragraph separators, bidirectional controls and a lone surrogate: what can fool or break a terminal. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** The text with every character a terminal could act on written as an escape (`\x1b`, `\n`, `\u{202e}`). */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  return NAMED[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`);
}
