import type { Input } from '#src/top/input.js';

/** What came from a terminal: a key, a press of the mouse (double presses are not told apart here), or text that was pasted. */
export type Decoded = Extract<Input, { kind: 'key' | 'mouse' | 'paste' }>;

const ESCAPE = '\x1b';
/** What follows the two characters that begin a sequence. */
const SEQUENCE = /^([0-9;<?]*)([A-Za-z~])/;
const UNFINISHED = /^[0-9;<?]*$/;
const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';
/** A sequence longer than this is none: what follows is not held back for it. */
const LONGEST_SEQUENCE = 32;

const LETTERS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'backtab',
};

const TILDES: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  ' ': 'space',
};

/**
 * Reads what terminals send (xterm, screen, tmux, linux; ECMA-48, SGR 1006 and X10 mouse reports, bracketed paste). Text may come in any
 * pieces: a sequence that is not whole yet is kept for the next. `flush` says that nothing came for a while: an Escape that was kept is the
 * key.
 */
export class KeyDecoder {
  #kept = '';

  /** Whether something is kept, so that `flush` is wanted soon. */
  get waiting(): boolean {
    return this.#kept !== '';
  }

  feed(text: string): Decoded[] {
    const told: Decoded[] = [];
    let rest = this.#kept + text;
    this.#kept = '';
    while (rest !== '') {
      const next = readOne(rest);
      if (next === undefined) {
        this.#kept = rest;
        break;
      }
      if (next.input !== undefined) told.push(next.input);
      rest = rest.slice(next.length);
    }
    return told;
  }

  flush(): Decoded[] {
    const kept = this.#kept;
    this.#kept = '';
    if (kept === '') return [];
    // Half of a paste is text; any other half begins with the Escape key.
    if (kept.startsWith(PASTE_BEGIN)) return [{ kind: 'paste', text: kept.slice(PASTE_BEGIN.length) }];
    return [{ kind: 'key', key: 'escape' }, ...this.feed(kept.slice(1))];
  }
}

interface One {
  length: number;
  /** Absent: it means nothing. */
  input?: Decoded;
}

const key = (name: string, length: number): One => ({ length, input: { kind: 'key', key: name } });

/** The first of a text that is not empty; undefined: it is not whole yet. */
function readOne(text: string): One | undefined {
  if (text.startsWith(ESCAPE)) return readEscape(text);
  const character = String.fromCodePoint(text.codePointAt(0)!);
  const control = CONTROLS[character];
  if (control !== undefined) return key(control, 1);
  const code = character.codePointAt(0)!;
  if (code >= 1 && code <= 26) return key(`C-${String.fromCharCode(code + 96)}`, 1);
  if (code < 32 || (code >= 0x7f && code < 0xa0)) return { length: character.length };
  return key(character, character.length);
}

function readEscape(text: string): One | undefined {
  if (text.length === 1) return undefined;
  if (text.startsWith(PASTE_BEGIN)) {
    const end = text.indexOf(PASTE_END);
    if (end === -1) return undefined;
    return { length: end + PASTE_END.length, input: { kind: 'paste', text: text.slice(PASTE_BEGIN.length, end) } };
  }
  if (text[1] === 'O') return text.length < 3 ? undefined : named(LETTERS[text[2]!], 3);
  if (text[1] === '[') return readSequence(text);
  // Escape twice, or Alt with a key: the Escape key, and then what follows.
  return key('escape', 1);
}

function readSequence(text: string): One | undefined {
  if (text[2] === 'M') return text.length < 6 ? undefined : { length: 6, ...mouseOf(x10(text)) };
  // The kernel's console: F1 to F5.
  if (text[2] === '[') return text.length < 4 ? undefined : named(`f${'ABCDE'.indexOf(text[3]!) + 1}`, 4);
  const body = text.slice(2);
  const match = SEQUENCE.exec(body);
  if (match === null) return text.length < LONGEST_SEQUENCE && UNFINISHED.test(body) ? undefined : { length: 2 };
  const [whole, parameters = '', final = ''] = match;
  const length = 2 + whole.length;
  if (parameters.startsWith('<')) {
    const [button = 0, column = 1, row = 1] = parameters.slice(1).split(';').map(Number);
    return { length, ...mouseOf({ button, column: column - 1, row: row - 1, pressed: final === 'M' }) };
  }
  return named(final === '~' ? TILDES[parameters.split(';')[0]!] : LETTERS[final], length);
}

function named(name: string | undefined, length: number): One {
  return name === undefined || name === 'f0' ? { length } : key(name, length);
}

interface Report {
  button: number;
  column: number;
  row: number;
  pressed: boolean;
}

function x10(text: string): Report {
  const [button = 0, column = 33, row = 33] = [3, 4, 5].map((at) => text.charCodeAt(at));
  return { button: button - 32, column: column - 33, row: row - 33, pressed: (button & 3) !== 3 };
}

/** The left button, and the wheel. */
function mouseOf({ button, column, row, pressed }: Report): Pick<One, 'input'> {
  const action = ({ 0: 'press', 64: 'up', 65: 'down' } as const)[button & ~0b11100];
  return action === undefined || !pressed ? {} : { input: { kind: 'mouse', action, row, column } };
}
