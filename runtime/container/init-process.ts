import { EventEmitter } from 'node:events';
import { SHIM_PHASES } from '#native/shim/protocol.js';
import type { Tape } from '#runtime/tape/ops.js';
import { type AttachStreams, attachStreams } from './attach-streams.js';
import { type PlayerFailure, type ProcessEnd, readExitFile, readPidFile, stillRuns } from './exit-record.js';
import { type LaunchError, launchError, warningText } from './launch-error.js';
import { ShimClient } from './shim-client.js';

export interface InitProcessOptions {
  client: ShimClient;
  stateDir: string;
  procRoot: string;
  /** For error and warning texts; an adopted process is past them. */
  tape?: Tape | undefined;
  shimPid: number | undefined;
  /** The shim listens on shim.sock (not for exec). */
  listens: boolean;
}

interface InitProcessEvents {
  /** Text of a tolerated errno, e.g. `process.rlimits[0]: rlimit: EPERM, going on without`. */
  warning: [text: string];
  /** Bytes of output the log could not take so far, and the errno of the last failure. */
  logLost: [bytes: bigint, errno: number];
}

/** A promise and its two ends, never an unhandled rejection: most callers await only one of several. */
class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.promise.catch(() => undefined);
  }
}

/** A container's init process (or an exec's process) through its shim, launched here or adopted. */
export class InitProcess extends EventEmitter<InitProcessEvents> {
  /** Unknown of one adopted while it was being set up. */
  readonly shimPid: number | undefined;
  readonly warnings: string[] = [];
  /** As the last `logLost` said: a command that writes at once may lose output before anybody listens. */
  logLoss: { bytes: bigint; errno: number } | undefined;
  readonly #options: InitProcessOptions;
  readonly #ready = new Deferred<void>();
  readonly #created = new Deferred<void>();
  readonly #started = new Deferred<void>();
  readonly #exited = new Deferred<ProcessEnd>();
  #client: ShimClient;
  #pid: number | undefined;
  #failure: PlayerFailure | undefined;
  #attached = false;
  #detached = false;
  #over = false;

  constructor(options: InitProcessOptions) {
    super();
    this.#options = options;
    this.shimPid = options.shimPid;
    this.#client = options.client;
    this.#listen(options.client);
  }

  /** Init's pid as the host sees it, once known (at the latest when `created` resolves). */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** The shim has answered, and can be attached to; or all is over already. Never rejects. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** It has ended, and `exited` is settled. */
  get over(): boolean {
    return this.#over;
  }

  /** Set up, and waiting for `release` (hold) or already running. Rejects with LaunchError. */
  get created(): Promise<void> {
    return this.#created.promise;
  }

  /** It executes its own program. Rejects with LaunchError. With hold only after `release`. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** How it ended; `lost` when the shim died before it could say so. Pending for ever after `detach`. */
  get exited(): Promise<ProcessEnd> {
    return this.#exited.promise;
  }

  /** Lets a held process run. */
  release(): void {
    this.#client.start();
  }

  /** Sends a signal number to init, through the shim's pidfd. */
  signal(signal: number): void {
    this.#client.signal(signal);
  }

  resize(rows: number, cols: number): void {
    this.#client.resize(rows, cols);
  }

  /**
   * Output from now on (mask of ATTACH), and input, on a connection of its own: once this resolves, nothing that comes is missed.
   * Rejects with LaunchError when there is no shim to attach to any more.
   */
  async attach(mask: number): Promise<AttachStreams> {
    await this.#ready.promise;
    if (!this.#options.listens) throw new Error('an exec is attached to by attachControl');
    const client = await ShimClient.connect(this.#options.stateDir);
    if (client === undefined) throw this.#gone();
    const streams = attachStreams(client);
    const answered = new Promise<void>((resolve) => {
      client.once('attached', () => resolve());
      client.once('close', resolve);
    });
    client.attach(mask);
    await answered;
    return streams;
  }

  /** Streams of the starter's own connection, for which the request's `attach` mask was set; call it before the first await. */
  attachControl(): AttachStreams {
    if (this.#attached) throw new Error(`the starter's connection in ${this.#options.stateDir} is already attached`);
    this.#attached = true;
    return attachStreams(this.#client);
  }

  /** Closes what this process holds of it; the container goes on, and `adopt` finds it again. */
  detach(): void {
    this.#detached = true;
    this.#client.close();
  }

  #listen(client: ShimClient): void {
    client.on('state', (phase, pid) => this.#onState(phase, pid));
    client.on('failed', (failure) => {
      this.#failure = failure;
    });
    client.on('warning', (op, errno) => {
      const text = warningText(this.#options.tape, op, errno);
      this.warnings.push(text);
      this.emit('warning', text);
    });
    client.on('logLost', (bytes, errno) => {
      this.logLoss = { bytes, errno };
      this.emit('logLost', bytes, errno);
    });
    client.on('exit', (record) => this.#end(record));
    client.on('close', () => this.#onClose());
  }

  #onState(phase: number, pid: number): void {
    if (pid !== 0) this.#pid = pid;
    this.#ready.resolve();
    if (phase >= SHIM_PHASES.gate) this.#created.resolve();
    if (phase >= SHIM_PHASES.running) this.#started.resolve();
  }

  /** The connection broke: the container has ended, or the shim dropped this client, or the shim is dead. */
  #onClose(): void {
    if (this.#over || this.#detached) return;
    this.#recover().catch((error: unknown) => {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#over = true;
      this.#ready.resolve();
      for (const each of [this.#created, this.#started, this.#exited]) each.reject(failure);
    });
  }

  async #recover(): Promise<void> {
    const { stateDir, procRoot, listens } = this.#options;
    const client = listens && this.#failure === undefined ? await ShimClient.connect(stateDir) : undefined;
    if (this.#detached) return client?.close();
    if (client !== undefined) {
      this.#client = client;
      this.#listen(client);
      return;
    }
    // Only now: the file is there before the shim lets go of its socket.
    this.#end(readExitFile(stateDir) ?? { lost: true, init: stillRuns(readPidFile(stateDir), procRoot) });
  }

  #end(end: ProcessEnd): void {
    if (this.#over) return;
    this.#over = true;
    if (!end.lost && end.failed !== undefined) this.#failure = end.failed;
    const error = this.#gone();
    this.#ready.resolve();
    if (!end.lost && end.started) {
      this.#created.resolve();
      this.#started.resolve();
    }
    this.#created.reject(error);
    this.#started.reject(error);
    this.#exited.resolve(end);
  }

  #gone(): LaunchError {
    const failure = this.#failure ?? { op: 0xffffffff, errno: 0, value: 0, text: 'the shim is gone' };
    return launchError(failure, this.#options.tape);
  }
}
