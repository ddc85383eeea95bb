import { write, writev } from 'node:fs';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const writeFd = promisify(write);
const writevFd = promisify(writev);
/** How long to wait before writing again to a descriptor that another process made non-blocking and that is full. */
const FULL_RETRY_MS = 5;

/**
 * A stream onto one of the process's own descriptors (1 or 2). It writes from Node's thread pool, so that a slow reader holds up the
 * writer by back-pressure but never the event loop: signals still get through. Once it cannot be written any more (the reader has
 * gone, the disk is full) the rest is dropped, `gone` is true, `failure` is the error unless it was EPIPE, and 'gone' is emitted. It
 * never emits 'error'; the descriptor is never closed.
 */
export class FdWriter extends Writable {
  readonly fd: number;
  gone = false;
  failure: NodeJS.ErrnoException | undefined;

  constructor(fd: number) {
    super({ decodeStrings: true, highWaterMark: 256 * 1024 });
    this.fd = fd;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    void this.#writeAll([chunk]).then(() => done());
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    void this.#writeAll(chunks.map((each) => each.chunk)).then(() => done());
  }

  /** Resolves when all that was written so far is with the kernel, or dropped. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.destroyed) resolve();
      else this.write('', () => resolve());
    });
  }

  async #writeAll(buffers: Buffer[]): Promise<void> {
    let rest = buffers.filter((each) => each.length > 0);
    while (rest.length > 0 && !this.gone) {
      try {
        const { bytesWritten } =
          rest.length === 1 ? await writeFd(this.fd, rest[0]!) : await writevFd(this.fd, rest.slice(0, 64));
        rest = after(rest, bytesWritten);
      } catch (error) {
        const failure = error as NodeJS.ErrnoException;
        if (failure.code === 'EAGAIN') await sleep(FULL_RETRY_MS);
        else this.#lose(failure);
      }
    }
  }

  #lose(failure: NodeJS.ErrnoException): void {
    this.gone = true;
    if (failure.code !== 'EPIPE') this.failure = failure;
    this.emit('gone');
  }
}

function after(buffers: Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  for (const [index, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(index + 1)];
    left -= buffer.length;
  }
  return [];
}
