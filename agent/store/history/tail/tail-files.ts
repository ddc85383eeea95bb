import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '#agent/contract/snapshot.js';
import { TAIL_MAGIC } from './format.js';
import { TailEncoder } from './tail-encoder.js';

/** A tail that nothing is added to any more. */
export interface FinishedTail {
  path: string;
  /** Samples in it; undefined: an earlier agent wrote it. */
  rows: number | undefined;
}

interface OpenTail {
  path: string;
  fd: number;
  encoder: TailEncoder;
  ticks: number;
  bytes: number;
}

/** A tail is finished after so many ticks, or bytes. */
const TICKS = 60;
const BYTES = 32 << 20;
const NAME = /^tail-(\d+)$/;

/**
 * What was recorded last, in files: a tick is with the kernel when observe() returns, so that a kill of the agent loses none. One write a tick; the
 * directory should be in memory (/run is), for what is written is gone again within two minutes.
 */
export class TailFiles {
  readonly #dir: string;
  #open: OpenTail | undefined;
  #last = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Those an earlier agent left, oldest first. Makes the directory. */
  left(): FinishedTail[] {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const numbers = readdirSync(this.#dir).flatMap((name) => {
      const [, number] = NAME.exec(name) ?? [];
      return number === undefined ? [] : [Number(number)];
    });
    numbers.sort((a, b) => a - b);
    this.#last = numbers.at(-1) ?? 0;
    return numbers.map((number) => ({ path: this.#path(number), rows: undefined }));
  }

  /** Writes a tick; answers the tail it finished. Throws what the file system says: then this tick and the tail it was in are given up. */
  observe(snapshot: Snapshot): FinishedTail | undefined {
    this.#open ??= this.#begin();
    const tail = this.#open;
    const record = tail.encoder.encode(snapshot);
    writeWhole(tail.fd, record);
    tail.ticks += 1;
    tail.bytes += record.length;
    return tail.ticks >= TICKS || tail.bytes >= BYTES ? this.finish() : undefined;
  }

  /** Finishes the tail that is being written, if there is one. */
  finish(): FinishedTail | undefined {
    const tail = this.#open;
    this.#open = undefined;
    if (tail === undefined) return undefined;
    closeSync(tail.fd);
    return { path: tail.path, rows: tail.encoder.rows };
  }

  remove({ path }: Pick<FinishedTail, 'path'>): void {
    try {
      unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #begin(): OpenTail {
    this.#last += 1;
    const path = this.#path(this.#last);
    const fd = openSync(path, 'wx', 0o600);
    try {
      writeWhole(fd, TAIL_MAGIC);
    } catch (error) {
      closeSync(fd);
      // Each tick would leave one on a full disk.
      this.remove({ path });
      throw error;
    }
    return { path, fd, encoder: new TailEncoder(), ticks: 0, bytes: TAIL_MAGIC.length };
  }

  #path(number: number): string {
    return join(this.#dir, `tail-${number}`);
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
