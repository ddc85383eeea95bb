/** One line of a pressure file: averages in percent, and the total stalled time. */
export interface PsiLine {
  avg10: number;
  avg60: number;
  avg300: number;
  totalUsec: number;
}

export interface Psi {
  some?: PsiLine;
  full?: PsiLine;
}

const LETTER_S = 115;
const LETTER_F = 102;
const EQUALS = 61;
const DOT = 46;
const LF = 10;

/** A cgroup's or the machine's pressure file, from bytes. An empty file (PSI off) is `{}`. Source: kernel accounting/psi.rst. */
export function parsePsi(buffer: Buffer): Psi {
  const psi: Psi = {};
  let at = 0;
  while (at < buffer.length) {
    const kind = buffer[at];
    const values: number[] = [];
    while (at < buffer.length && buffer[at] !== LF) {
      if (buffer[at++] === EQUALS) {
        let value = 0;
        let scale = 0;
        for (; at < buffer.length; at++) {
          const byte = buffer[at] as number;
          if (byte === DOT) scale = 1;
          else if (byte < 48 || byte > 57) break;
          else {
            value = value * 10 + (byte - 48);
            scale *= 10;
          }
        }
        values.push(scale > 1 ? value / scale : value);
      }
    }
    at++;
    const [avg10, avg60, avg300, totalUsec] = values;
    if (avg10 === undefined || avg60 === undefined || avg300 === undefined || totalUsec === undefined) continue;
    const line = { avg10, avg60, avg300, totalUsec };
    if (kind === LETTER_S) psi.some = line;
    else if (kind === LETTER_F) psi.full = line;
  }
  return psi;
}
