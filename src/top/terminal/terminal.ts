import { writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream, WriteStream } from 'node:tty';
import type { FdWriter } from '#src/cli/output/fd-writer.js';
import type { Frame, Size } from '#src/top/frame.js';
import type { Theme } from '#src/top/theme.js';
import { ClickCounter } from './clicks.js';
import { type Decoded, KeyDecoder } from './decode-keys.js';
import { ENTER, LEAVE } from './modes.js';
import { Painter } from './painter.js';

export interface TerminalOptions {
  stdin: ReadStream;
  /** Where the size is known, and told when it changes. */
  tty: WriteStream;
  /** What is written goes here; its descriptor is a terminal. */
  out: FdWriter;
  onInput(input: Decoded): void;
  onResize(size: Size): void;
  /** The process was stopped and goes on: everything has to be drawn. */
  onContinue(): void;
  nowMs(): number;
}

/** An Escape that is followed by nothing for this long is the key. */
const ESCAPE_MS = 40;
/** A terminal that takes nothing (Ctrl-S) does not keep the process. */
const FLUSH_MS = 500;

/**
 * The terminal as a screen: raw mode, alternate screen, mouse. However this process ends (but by SIGKILL), the terminal is put back as it
 * was: at exit, and before an uncaught error is printed.
 */
export class Terminal {
  readonly #options: TerminalOptions;
  readonly #painter = new Painter();
  readonly #decoder = new KeyDecoder();
  readonly #utf8 = new StringDecoder('utf8');
  readonly #clicks: ClickCounter;
  #flush: NodeJS.Timeout | undefined;
  #entered = false;
  #leaving = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#clicks = new ClickCounter(options.nowMs);
  }

  get size(): Size {
    return sizeOf(this.#options.tty);
  }

  /** Takes the terminal. */
  open(): void {
    process.on('exit', this.#restore);
    process.prependListener('uncaughtException', this.#restore);
    process.on('SIGCONT', this.#continued);
    this.#options.tty.on('resize', this.#resized);
    this.resume();
  }

  /** Gives it back for good, once what was written is on it. */
  async close(): Promise<void> {
    await this.suspend();
    process.off('exit', this.#restore);
    process.off('uncaughtException', this.#restore);
    process.off('SIGCONT', this.#continued);
    this.#options.tty.off('resize', this.#resized);
  }

  /** Gives the terminal to somebody else for a while. A frame that is under way would be written over what they show: it is waited for, but not for ever. */
  async suspend(): Promise<void> {
    const { stdin, out } = this.#options;
    this.#leaving = true;
    clearTimeout(this.#flush);
    stdin.off('data', this.#read);
    stdin.pause();
    await Promise.race([out.flushed(), sleep(FLUSH_MS, undefined, { ref: false })]);
    this.#restore();
  }

  /** Takes it again; the next frame is drawn whole. */
  resume(): void {
    const { stdin, out } = this.#options;
    this.#entered = true;
    this.#leaving = false;
    stdin.setRawMode(true);
    stdin.off('data', this.#read).on('data', this.#read);
    stdin.resume();
    this.#painter.forget();
    out.write(ENTER);
  }

  /** As Ctrl-Z does: the shell has the terminal until the process is told to go on. */
  async stop(): Promise<void> {
    await this.suspend();
    process.kill(process.pid, 'SIGTSTP');
  }

  /** Everything is written again with the next frame. */
  redraw(): void {
    this.#painter.forget();
  }

  /** Shows a frame. False: the terminal has not taken the one before yet; ask again at `drained`. */
  paint(frame: Frame, size: Size, theme: Theme): boolean {
    const { out } = this.#options;
    if (!this.#entered || this.#leaving) return true;
    if (out.writableNeedDrain) return false;
    const bytes = this.#painter.paint(frame, size, theme);
    if (bytes !== '') out.write(bytes);
    return true;
  }

  drained(then: () => void): void {
    this.#options.out.once('drain', then);
  }

  readonly #read = (chunk: Buffer): void => {
    clearTimeout(this.#flush);
    this.#tell(this.#decoder.feed(this.#utf8.write(chunk)));
    if (this.#decoder.waiting) this.#flush = setTimeout(() => this.#tell(this.#decoder.flush()), ESCAPE_MS);
  };

  #tell(inputs: readonly Decoded[]): void {
    for (const input of inputs) {
      // Whoever is asked next may have closed or suspended it.
      if (!this.#entered || this.#leaving) return;
      this.#options.onInput(this.#clicks.counted(input));
    }
  }

  readonly #resized = (): void => {
    this.#painter.forget();
    this.#options.onResize(this.size);
  };

  readonly #continued = (): void => {
    this.#restore();
    this.resume();
    this.#options.onContinue();
  };

  readonly #restore = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    try {
      this.#options.stdin.setRawMode(false);
      writeSync(this.#options.out.fd, LEAVE);
    } catch {
      // The terminal has gone: there is nothing to put back.
    }
  };
}

/** What a terminal without a size is taken for. */
const USUAL: Size = { columns: 80, rows: 24 };

export function sizeOf(tty: WriteStream): Size {
  const [columns, rows] = tty.getWindowSize();
  return columns > 0 && rows > 0 ? { columns, rows } : USUAL;
}
