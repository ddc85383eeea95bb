import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A signal that aborts when the client goes away before the answer is complete. */
export function clientGone(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const raw = reply.raw;
  const stop = () => controller.abort();
  raw.once('close', () => {
    if (!raw.writableFinished) stop();
  });
  if (request.raw.socket.destroyed) stop();
  return controller.signal;
}

/**
 * A streamed answer: sends the head at once, so that a client of an idle stream knows that it is connected, then what `produce`
 * writes. When `produce` fails the connection is cut, so that the client does not take half for the whole.
 */
export async function streamAnswer(
  reply: FastifyReply,
  contentType: string,
  produce: (out: ServerResponse) => Promise<void>,
  onFault: (error: unknown) => void,
): Promise<void> {
  reply.hijack();
  const out = reply.raw;
  out.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  out.flushHeaders();
  try {
    await produce(out);
    out.end();
  } catch (error) {
    if (!out.destroyed) onFault(error);
    out.destroy();
  }
}

/** Writes, and waits while the reader is behind. */
export async function writeAll(out: Writable, data: string | Buffer): Promise<void> {
  if (!out.write(data)) await drained(out);
}

/** About what one chunk of a gathered stream holds. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Gathers small pieces into chunks: a log of a million lines is otherwise a million HTTP chunks. What is less than a chunk goes out at
 * the end of the event loop's turn, so that nobody waits for it; `flush` before the stream ends.
 */
export function gather(out: Writable): { write(data: string | Buffer): Promise<void>; flush(): void } {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let due: NodeJS.Immediate | undefined;
  const flush = (): void => {
    clearImmediate(due);
    due = undefined;
    if (pieces.length > 0 && !out.destroyed) out.write(Buffer.concat(pieces));
    pieces = [];
    bytes = 0;
  };
  const write = async (data: string | Buffer): Promise<void> => {
    const piece = typeof data === 'string' ? Buffer.from(data) : data;
    pieces.push(piece);
    bytes += piece.length;
    due ??= setImmediate(flush);
    if (bytes >= CHUNK_BYTES) flush();
    await drained(out);
  };
  return { write, flush };
}

/** Resolves when the buffer has drained, or when the stream is gone. */
export function drained(out: Writable): Promise<void> {
  if (out.destroyed || !out.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      out.off('drain', done).off('close', done);
      resolve();
    };
    out.on('drain', done).on('close', done);
  });
}
