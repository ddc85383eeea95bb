import type { WriteStream } from 'node:tty';

/** Shows a block of lines and a footer: redrawn in place on a terminal, else anew every few seconds, the footer only once. */
export class Screen {
  readonly #out: WriteStream;
  readonly #quietMs: number;
  #drawn = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #footed = false;

  constructor(out: WriteStream, quietMs = 5000) {
    this.#out = out;
    this.#quietMs = quietMs;
  }

  show(block: readonly string[], footer: readonly string[], nowMs: number): void {
    if (!this.#out.isTTY) {
      if (nowMs - this.#lastMs < this.#quietMs) return;
      this.#lastMs = nowMs;
      this.#out.write(`${[...block, '', ...(this.#footed ? [] : [...footer, ''])].join('\n')}\n`);
      this.#footed = true;
      return;
    }
    const lines = [...block, '', ...footer];
    const width = this.#out.columns;
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : '';
    this.#out.write(`${up}\x1b[J${lines.map((line) => line.slice(0, width - 1)).join('\n')}\n`);
    this.#drawn = lines.length;
  }

  /** Writes below what was drawn; the next block starts under it. */
  say(text: string): void {
    this.#out.write(`${text}\n`);
    this.#drawn = 0;
  }
}
