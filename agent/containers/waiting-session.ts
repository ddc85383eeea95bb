import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { StreamSession } from '#agent/contract/backend.js';
import { AgentError } from '#agent/contract/errors.js';
import type { AttachStreams } from '#runtime/container/attach-streams.js';
import { ATTACH } from '#runtime/container/shim-client.js';
import { type Run, sessionExit } from './run.js';

export interface AttachOptions {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  rows?: number;
  cols?: number;
}

export function attachMask(options: AttachOptions): number {
  return (options.stdout ? ATTACH.stdout : 0) | (options.stderr ? ATTACH.stderr : 0) | (options.stdin ? ATTACH.stdin : 0);
}

/** A session attached to a container that does not run yet: it waits, and is connected before the command's first byte. */
export class WaitingSession implements StreamSession {
  readonly #stdout = new PassThrough();
  readonly #stderr = new PassThrough();
  readonly #stdin: PassThrough | undefined;
  readonly #options: AttachOptions;
  readonly #onClose: (session: WaitingSession) => void;
  #size: { rows: number; cols: number } | undefined;
  #streams: AttachStreams | undefined;
  #closed = false;
  #settle!: { resolve: (result: { exitCode: number }) => void; reject: (error: Error) => void };
  readonly exit: Promise<{ exitCode: number }>;

  constructor(options: AttachOptions, onClose: (session: WaitingSession) => void) {
    this.#options = options;
    this.#onClose = onClose;
    this.#stdin = options.stdin ? new PassThrough() : undefined;
    // A reader that went away, as stdin's end after the container's: no fault of anybody.
    for (const stream of [this.#stdout, this.#stderr, this.#stdin]) stream?.on('error', () => undefined);
    if (options.rows !== undefined && options.cols !== undefined) this.#size = { rows: options.rows, cols: options.cols };
    this.exit = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever closed the session no longer looks at how it ends.
    this.exit.catch(() => undefined);
  }

  get stdout(): Readable {
    return this.#stdout;
  }

  get stderr(): Readable {
    return this.#stderr;
  }

  get stdin(): Writable | undefined {
    return this.#stdin;
  }

  resize(rows: number, cols: number): void {
    this.#size = { rows, cols };
    this.#streams?.resize(rows, cols);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    this.#streams?.close();
    this.fail(new AgentError('CANCELLED', 'the session was closed'));
  }

  /** Joins it to a run that is set up; resolves when nothing the command writes can be missed. */
  async connect(run: Run): Promise<void> {
    const streams = await run.process.attach(attachMask(this.#options));
    if (this.#closed) {
      streams.close();
      return;
    }
    this.#streams = streams;
    streams.stdout.pipe(this.#stdout);
    streams.stderr.pipe(this.#stderr);
    this.#stdin?.pipe(streams.stdin);
    // A reader that gives up must not hold up the container.
    for (const output of [this.#stdout, this.#stderr]) output.once('close', () => this.#readerGone());
    if (this.#size !== undefined) streams.resize(this.#size.rows, this.#size.cols);
    sessionExit(run).then(this.#settle.resolve, this.#settle.reject);
  }

  /** It never ran. */
  fail(error: Error): void {
    this.#settle.reject(error);
    this.#stdout.end();
    this.#stderr.end();
    this.#stdin?.destroy();
  }

  #readerGone(): void {
    if (this.#stdout.destroyed && this.#stderr.destroyed) this.#streams?.close();
  }
}
