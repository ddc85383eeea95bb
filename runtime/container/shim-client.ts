import { EventEmitter } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import type { Fd } from '#native/fd.js';
import { SHIM_FRAMES } from '#native/shim/protocol.js';
import { type ExitRecord, type PlayerFailure, parseExitFrame } from './exit-record.js';
import { encodeFrame, encodeWords, FrameParser } from './frames.js';

/** Bits of the attach mask. */
export const ATTACH = { stdout: 1, stderr: 2, stdin: 4 } as const;

/** What the shim may not send in one frame of stdin to stay responsive. */
const STDIN_FRAME_BYTES = 64 * 1024;

export interface ShimEvents {
  /** Phase (SHIM_PHASES) and init's pid, 0 while unknown. */
  state: [phase: number, initPid: number];
  stdout: [bytes: Buffer];
  stderr: [bytes: Buffer];
  failed: [failure: PlayerFailure];
  warning: [op: number, errno: number, value: number];
  logLost: [bytes: bigint, errno: number];
  attached: [mask: number];
  /** The last frame. */
  exit: [record: ExitRecord];
  /** The connection is gone; emitted once. */
  close: [];
}

/**
 * One connection to a shim (native/shim/protocol.ts): its frames as events, and the requests a client may make. A connection that
 * breaks only ends: what became of the container stands in the state directory. Requests after that do nothing.
 */
export class ShimClient extends EventEmitter<ShimEvents> {
  readonly #socket: Socket;
  readonly #parser = new FrameParser();
  #failure: PlayerFailure | undefined;

  /** Over a connected stream socket. */
  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A reset is how the kernel tells of requests the shim had not read when it ended.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.emit('close'));
  }

  /** Takes over the starter's end of the control socketpair. */
  static over(fd: Fd): ShimClient {
    return new ShimClient(new Socket({ fd: fd.take(), readable: true, writable: true }));
  }

  /** Connects to `shim.sock` in a state directory; `undefined` when no shim listens there (any more). */
  static async connect(stateDir: string): Promise<ShimClient | undefined> {
    const socket = await connectIn(stateDir);
    return socket === undefined ? undefined : new ShimClient(socket);
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  attach(mask: number): void {
    this.#send(encodeWords(SHIM_FRAMES.attach, mask));
  }

  resize(rows: number, cols: number): void {
    this.#send(encodeWords(SHIM_FRAMES.resize, rows, cols));
  }

  start(): void {
    this.#send(encodeFrame(SHIM_FRAMES.start));
  }

  signal(signal: number): void {
    this.#send(encodeWords(SHIM_FRAMES.signal, signal));
  }

  /** Bytes for stdin; `taken` is called when the socket has them, with an error when it never will. */
  writeStdin(bytes: Buffer, taken: (error?: Error | null) => void): void {
    if (this.closed) {
      taken(new Error('the container has ended'));
      return;
    }
    for (let at = 0; at < bytes.length; at += STDIN_FRAME_BYTES) {
      const last = at + STDIN_FRAME_BYTES >= bytes.length;
      const frame = encodeFrame(SHIM_FRAMES.stdin, bytes.subarray(at, at + STDIN_FRAME_BYTES));
      this.#socket.write(frame, last ? taken : undefined);
    }
    if (bytes.length === 0) taken();
  }

  closeStdin(): void {
    this.#send(encodeFrame(SHIM_FRAMES.stdin));
  }

  /** Stops reading: the shim then stops reading the container's output, once the socket is full. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection; the container goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #send(frame: Buffer): void {
    if (!this.closed) this.#socket.write(frame);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#parser.push(chunk, (type, payload) => this.#dispatch(type, payload));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#socket.destroy();
    }
  }

  /** Frames of a newer shim are passed over. */
  #dispatch(type: number, p: Buffer): void {
    switch (type) {
      case SHIM_FRAMES.state:
        this.emit('state', p.readUInt32LE(0), p.readUInt32LE(4));
        break;
      case SHIM_FRAMES.stdout:
        this.emit('stdout', p);
        break;
      case SHIM_FRAMES.stderr:
        this.emit('stderr', p);
        break;
      case SHIM_FRAMES.failed:
        this.#failure = {
          op: p.readUInt32LE(0),
          errno: p.readUInt32LE(4),
          value: p.readUInt32LE(8),
          text: p.toString('utf8', 12),
        };
        this.emit('failed', this.#failure);
        break;
      case SHIM_FRAMES.warning:
        this.emit('warning', p.readUInt32LE(0), p.readUInt32LE(4), p.readUInt32LE(8));
        break;
      case SHIM_FRAMES.logLost:
        this.emit('logLost', p.readBigUInt64LE(0), p.readUInt32LE(8));
        break;
      case SHIM_FRAMES.attached:
        this.emit('attached', p.readUInt32LE(0));
        break;
      case SHIM_FRAMES.exit:
        this.emit('exit', parseExitFrame(p, this.#failure));
        break;
    }
  }
}

/** ECONNRESET: its end came after the kernel had taken the connection for it, and before it did itself. */
const NOBODY_LISTENS = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET'];

/** Through the directory's descriptor, because sun_path of unix(7) takes 107 bytes and a state path may be longer. */
function connectIn(stateDir: string): Promise<Socket | undefined> {
  let dir: number;
  try {
    dir = openSync(stateDir, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Promise.resolve(undefined);
    throw error;
  }
  return new Promise<Socket | undefined>((resolve, reject) => {
    const socket = connect(`/proc/self/fd/${dir}/shim.sock`);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY_LISTENS.includes(error.code ?? '')) resolve(undefined);
      else reject(error);
    });
  }).finally(() => closeSync(dir));
}
