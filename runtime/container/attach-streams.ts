import { Readable, Writable } from 'node:stream';
import type { ShimClient } from './shim-client.js';

/** A container's stdio as seen by one client. */
export interface AttachStreams {
  /** Both end when the container has ended and all output was read. With a terminal everything is stdout. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Ending it ends the container's stdin, for all clients. */
  readonly stdin: Writable;
  resize(rows: number, cols: number): void;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  /** Detaches: the container goes on, its stdin stays open. Whoever stops reading must close, or the container waits for him. */
  close(): void;
}

/**
 * The output and input of an attached connection as streams with back-pressure: while a reader does not read, the shim stops
 * reading the container. A reader who wants one of the two outputs attaches only to that one.
 */
export function attachStreams(client: ShimClient, release: () => void = () => client.close()): AttachStreams {
  const full = new Set<Readable>();
  const output = (): Readable => {
    const stream = new Readable({
      read: () => {
        if (full.delete(stream) && full.size === 0) client.resume();
      },
      // A reader that goes away must not hold up the other one.
      destroy: (error, done) => {
        if (full.delete(stream) && full.size === 0) client.resume();
        done(error);
      },
    });
    return stream;
  };
  const [stdout, stderr] = [output(), output()];
  const pass = (stream: Readable) => (bytes: Buffer) => {
    if (stream.destroyed || stream.push(bytes)) return;
    full.add(stream);
    client.pause();
  };
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => client.writeStdin(chunk, done),
    final: (done) => {
      client.closeStdin();
      done();
    },
  });
  // Input after the end is the usual race of an interactive client, and no fault.
  stdin.on('error', () => undefined);
  client.on('stdout', pass(stdout));
  client.on('stderr', pass(stderr));
  const closed = new Promise<void>((resolve) => {
    const end = (): void => {
      for (const stream of [stdout, stderr]) if (!stream.destroyed) stream.push(null);
      resolve();
    };
    client.once('exit', end);
    client.once('close', () => {
      end();
      stdin.destroy();
    });
  });
  return { stdout, stderr, stdin, resize: (rows, cols) => client.resize(rows, cols), closed, close: release };
}
