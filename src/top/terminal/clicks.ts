import type { Decoded } from './decode-keys.js';

const DOUBLE_MS = 400;

/** Tells double presses from single ones: the same place within a moment. */
export class ClickCounter {
  readonly #nowMs: () => number;
  #last: { row: number; column: number; atMs: number } | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  counted(input: Decoded): Decoded {
    if (input.kind !== 'mouse' || input.action !== 'press') return input;
    const { row, column } = input;
    const atMs = this.#nowMs();
    const last = this.#last;
    const double = last !== undefined && last.row === row && last.column === column && atMs - last.atMs <= DOUBLE_MS;
    this.#last = double ? undefined : { row, column, atMs };
    return double ? { ...input, action: 'double' } : input;
  }
}
