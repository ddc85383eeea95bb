import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { StreamSession } from '#agent/contract/backend.js';
import { encodeStreamFrame, type StreamFrame, streamDecoder } from '#agent/contract/stream.js';
import { problemOf } from './problems.js';
import { drained } from './stream-out.js';

const CHUNK_BYTES = 64 * 1024;

/**
 * Joins an attach or exec session to a connection that has left HTTP, both ways with back-pressure. Ends with an `exit` or `error`
 * frame after all output; a client that goes away, or breaks the protocol, detaches and the process goes on.
 */
export async function serveSession(socket: Socket, session: StreamSession): Promise<void> {
  const detach = () => {
    session.close();
    socket.destroy();
  };
  socket.once('close', detach).once('end', detach).once('error', detach);
  // Before `exit` is awaited it may already reject.
  session.exit.catch(() => {});
  receive(socket, session, detach);
  socket.write(encodeStreamFrame('ready'));
  try {
    await Promise.all([forward(session.stdout, 'stdout', socket), forward(session.stderr, 'stderr', socket)]);
    const { exitCode } = await session.exit;
    socket.end(encodeStreamFrame('exit', Buffer.from(JSON.stringify({ exitCode }))));
  } catch (error) {
    if (!socket.destroyed) socket.end(encodeStreamFrame('error', Buffer.from(JSON.stringify(problemOf(error)))));
  } finally {
    socket.off('close', detach).off('end', detach).off('error', detach);
    // A late reset by a client that has its exit frame is of no interest.
    socket.on('error', () => socket.destroy());
    session.close();
    socket.destroySoon();
  }
}

async function forward(source: Readable, frame: 'stdout' | 'stderr', socket: Socket): Promise<void> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    for (let offset = 0; offset < chunk.length; offset += CHUNK_BYTES) {
      if (socket.destroyed) return;
      if (!socket.write(encodeStreamFrame(frame, chunk.subarray(offset, offset + CHUNK_BYTES)))) await drained(socket);
    }
  }
}

function receive(socket: Socket, session: StreamSession, detach: () => void): void {
  const { stdin } = session;
  // The process may close its stdin before the client does; what comes then is dropped.
  stdin?.on('error', () => {});
  const onFrame: Partial<Record<StreamFrame, (payload: Buffer) => void>> = {
    stdin: (payload) => {
      if (stdin === undefined || !stdin.writable) return;
      if (payload.length === 0) stdin.end();
      else if (!stdin.write(payload)) {
        socket.pause();
        drained(stdin).then(() => socket.resume(), detach);
      }
    },
    resize: (payload) => {
      if (payload.length !== 8) throw new RangeError(`a resize frame of ${payload.length} bytes`);
      session.resize(payload.readUInt32LE(0), payload.readUInt32LE(4));
    },
  };
  const decode = streamDecoder((type, payload) => {
    const handle = onFrame[type];
    if (handle === undefined) throw new RangeError(`a ${type} frame from a client`);
    handle(payload);
  });
  socket.resume();
  socket.on('data', (chunk: Buffer) => {
    try {
      decode(chunk);
    } catch {
      // It does not speak the protocol: nothing that follows can be told apart.
      detach();
    }
  });
}
