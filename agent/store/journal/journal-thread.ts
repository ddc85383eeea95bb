import { Worker } from 'node:worker_threads';
import type { Questions, Reply, Request, WorkerOptions } from './messages.js';

export interface JournalThreadOptions extends WorkerOptions {
  /** worker.js of this folder, built. */
  workerUrl: URL;
  nowMs: () => number;
  warn: (operation: string, message: string) => void;
}

/** What the worker could not do; `code` is SQLite's. */
export class JournalFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Waiting {
  resolve: (answer: Questions[keyof Questions]['answer']) => void;
  reject: (error: JournalFailure) => void;
}

/** Megabytes of heap: it holds a batch and a page of rows at a time. */
const HEAP = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64, stackSizeMb: 1 };

/** The worker that has the databases, as a function that asks it. One that died is started anew at the next question. */
export class JournalThread {
  readonly #options: JournalThreadOptions;
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #closed = false;

  constructor(options: JournalThreadOptions) {
    this.#options = options;
  }

  /** Rejects with a JournalFailure. */
  ask<Kind extends keyof Questions>(
    kind: Kind,
    asked: Questions[Kind]['asked'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Questions[Kind]['answer']> {
    if (this.#closed) return Promise.reject(new JournalFailure('CLOSED', 'the journal is closed'));
    const worker = this.#start();
    this.#lastId += 1;
    const id = this.#lastId;
    // Only who waits for an answer keeps the process.
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage({ kind, id, nowMs: this.#options.nowMs(), asked } as Request, transfer);
    });
  }

  /** Lets it finish what it was asked, and end. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || this.#closed) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    // It may end before it has answered.
    const closing = this.ask('close', null).catch(() => undefined);
    this.#closed = true;
    await closing;
    await ended;
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const { workerUrl, journal, history, warn } = this.#options;
    const worker = new Worker(workerUrl, {
      workerData: { journal, history } satisfies WorkerOptions,
      resourceLimits: HEAP,
      execArgv: [],
      name: 'tsgov-journal',
    });
    worker.unref();
    worker.on('message', (reply: Reply) => this.#hear(reply));
    worker.once('error', (error) => {
      if (!this.#closed) warn('journal thread', error.message);
    });
    worker.once('exit', () => {
      this.#worker = undefined;
      const waiting = this.#waiting;
      this.#waiting = new Map();
      for (const { reject } of waiting.values()) reject(new JournalFailure('THREAD_ENDED', 'the journal thread ended'));
    });
    this.#worker = worker;
    return worker;
  }

  #hear(reply: Reply): void {
    if (reply.kind === 'warning') {
      this.#options.warn(reply.operation, reply.message);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0 && !this.#closed) this.#worker?.unref();
    if (reply.kind === 'answer') waiting?.resolve(reply.answer);
    else waiting?.reject(new JournalFailure(reply.code, reply.message));
  }
}
