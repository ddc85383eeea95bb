import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { ClientError, errorFromProblem } from '#agent/contract/client-error.js';
import { encodeStreamFrame, STREAM_PROTOCOL, type StreamFrame, streamDecoder } from '#agent/contract/stream.js';
import { type RequestInput, readText, type Transport } from './transport.js';

/** A live attach or exec. Read stdout and stderr both: what is not read holds the other up. */
export interface ClientSession {
  readonly stdout: Readable;
  /** Ends at once with a tty. */
  readonly stderr: Readable;
  /** Ending it closes the process's stdin. Bytes are dropped when the container has none. */
  readonly stdin: Writable;
  /** After all output was handed over. Rejects with ClientError when the command could not run or the agent went away. */
  readonly exit: Promise<{ exitCode: number }>;
  resize(rows: number, cols: number): void;
  /** Detach: the process goes on. `exit` then rejects with CANCELLED. */
  close(): void;
}

const CHUNK_BYTES = 64 * 1024;

/** Sends an upgrade request; resolves once the agent says it is attached (also to a container that is not started yet). */
export async function openSession(transport: Transport, input: RequestInput): Promise<ClientSession> {
  const { socket, head } = await upgrade(transport, input);
  return new Promise((resolve, reject) => {
    const session = runSession(socket, () => resolve(session));
    session.exit.catch(reject);
    if (head.length > 0) socket.unshift(head);
  });
}

function upgrade(transport: Transport, input: RequestInput): Promise<{ socket: Socket; head: Buffer }> {
  const headers = { ...input.headers, connection: 'Upgrade', upgrade: STREAM_PROTOCOL };
  return new Promise((resolve, reject) => {
    const wire = (request: ClientRequest) => {
      request.once('upgrade', (_response: IncomingMessage, socket: Socket, head: Buffer) => resolve({ socket, head }));
      request.once('response', (response) => {
        readText(response).then((text) => reject(errorFromProblem(response.statusCode ?? 0, text)), reject);
      });
      request.once('error', (error) => reject(transport.explain(error)));
    };
    transport.begin({ ...input, headers }, wire).catch(reject);
  });
}

function runSession(socket: Socket, ready: () => void): ClientSession {
  const output = { stdout: outputOf(socket), stderr: outputOf(socket) };
  let resolve!: (result: { exitCode: number }) => void;
  let reject!: (error: ClientError) => void;
  const exit = new Promise<{ exitCode: number }>((onDone, onFail) => {
    resolve = onDone;
    reject = onFail;
  });
  // Whoever only streams need not watch `exit`.
  exit.catch(() => {});
  let closing = false;
  const finish = () => {
    output.stdout.push(null);
    output.stderr.push(null);
    socket.destroy();
  };
  const fail = (error: ClientError) => {
    reject(error);
    finish();
  };
  const onFrame: Record<StreamFrame, (payload: Buffer) => void> = {
    ready: () => ready(),
    stdout: (payload) => output.stdout.deliver(payload),
    stderr: (payload) => output.stderr.deliver(payload),
    exit: (payload) => {
      resolve(JSON.parse(payload.toString()) as { exitCode: number });
      finish();
    },
    error: (payload) => fail(errorFromProblem(0, payload.toString())),
    stdin: () => fail(protocolError('a stdin frame from the agent')),
    resize: () => fail(protocolError('a resize frame from the agent')),
  };
  const decode = streamDecoder((type, payload) => onFrame[type](payload));
  socket.on('data', (chunk: Buffer) => {
    try {
      decode(chunk);
    } catch (error) {
      fail(protocolError((error as Error).message));
    }
  });
  socket.once('error', () => socket.destroy());
  socket.once('close', () => {
    const why = closing
      ? new ClientError('CANCELLED', 'detached')
      : new ClientError('AGENT_UNREACHABLE', 'the agent closed the stream');
    fail(why);
  });
  const sized = Buffer.alloc(8);
  return {
    stdout: output.stdout,
    stderr: output.stderr,
    stdin: inputOf(socket),
    exit,
    resize: (rows, cols) => {
      sized.writeUInt32LE(rows, 0);
      sized.writeUInt32LE(cols, 4);
      if (!socket.destroyed) socket.write(encodeStreamFrame('resize', sized));
    },
    close: () => {
      closing = true;
      socket.end();
      socket.destroySoon();
    },
  };
}

/** A Readable fed from the socket; a full one pauses the socket, reading it resumes. */
class Output extends Readable {
  readonly #socket: Socket;
  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }
  deliver(payload: Buffer): void {
    if (!this.readableEnded && !this.destroyed && !this.push(payload)) this.#socket.pause();
  }
  override _read(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }
}

function outputOf(socket: Socket): Output {
  return new Output(socket);
}

function inputOf(socket: Socket): Writable {
  const send = (frame: Buffer, done: (error?: Error | null) => void) => {
    if (socket.destroyed) done();
    else socket.write(frame, () => done());
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const step = (offset: number): void => {
        if (offset >= chunk.length) done();
        else send(encodeStreamFrame('stdin', chunk.subarray(offset, offset + CHUNK_BYTES)), () => step(offset + CHUNK_BYTES));
      };
      step(0);
    },
    final: (done) => send(encodeStreamFrame('stdin'), done),
  });
}

function protocolError(detail: string): ClientError {
  return new ClientError('INTERNAL', `the agent broke the stream protocol: ${detail}`);
}
