import type { Readable } from 'node:stream';
import type { ClientSession } from '#agent/client.js';
import type { FdWriter } from '#src/cli/output/fd-writer.js';
import { detachWatcher } from './detach-keys.js';
import { rawMode, terminalSize } from './terminal.js';

export interface StreamSettings {
  stdout: FdWriter;
  stderr: FdWriter;
  /** Our stdin, or undefined when nothing is to be sent. */
  stdin: NodeJS.ReadStream | undefined;
  tty: boolean;
  detachKeys: Uint8Array;
}

export type StreamEnd = { kind: 'exited'; exitCode: number } | { kind: 'detached' } | { kind: 'output-gone' };

/**
 * Connects our streams to a session until its process ends, the user detaches, or whoever reads our stdout goes away. All output is
 * with our writers when it resolves. Rejects with the session's error. The terminal is back in its own mode afterwards.
 */
export async function streamSession(session: ClientSession, settings: StreamSettings): Promise<StreamEnd> {
  const { stdout, stderr, stdin, tty } = settings;
  const undo: (() => void)[] = [];
  const ended = Promise.all([copy(session.stdout, stdout), copy(session.stderr, stderr)]);
  const exited = session.exit.then(async ({ exitCode }): Promise<StreamEnd> => {
    await ended;
    return { kind: 'exited', exitCode };
  });
  const ways: Promise<StreamEnd>[] = [exited];
  ways.push(new Promise((resolve) => onGone(stdout, () => resolve({ kind: 'output-gone' }), undo)));
  if (tty) undo.push(followSize(session));
  if (stdin !== undefined) {
    if (tty) undo.push(rawMode(stdin));
    ways.push(new Promise((resolve) => undo.push(feed(session, stdin, tty ? settings.detachKeys : new Uint8Array(), resolve))));
  }
  try {
    return await Promise.race(ways);
  } finally {
    // Not before all is shown: it is meant for the terminal's present mode.
    await Promise.all([stdout.flushed(), stderr.flushed()]);
    for (const each of undo) each();
  }
}

function onGone(stdout: FdWriter, tell: () => void, undo: (() => void)[]): void {
  if (stdout.gone) tell();
  stdout.once('gone', tell);
  undo.push(() => stdout.off('gone', tell));
}

function copy(from: Readable, to: FdWriter): Promise<void> {
  return new Promise((resolve) => {
    from.once('end', resolve).once('close', resolve);
    from.pipe(to, { end: false });
  });
}

/** Sends the terminal's size now and whenever it changes. */
function followSize(session: ClientSession): () => void {
  const send = () => {
    const size = terminalSize();
    if (size !== undefined) session.resize(size.rows, size.cols);
  };
  send();
  process.on('SIGWINCH', send);
  return () => process.off('SIGWINCH', send);
}

/** Sends our stdin to the session; its end closes the process's stdin, the detach keys end the session for us. */
function feed(session: ClientSession, stdin: NodeJS.ReadStream, keys: Uint8Array, end: (way: StreamEnd) => void): () => void {
  const watch = detachWatcher(keys);
  const onData = (chunk: Buffer) => {
    const { forward, detached } = watch(chunk);
    if (forward.length > 0 && !session.stdin.write(forward)) {
      stdin.pause();
      session.stdin.once('drain', () => stdin.resume());
    }
    if (detached) {
      session.close();
      end({ kind: 'detached' });
    }
  };
  const onEnd = () => session.stdin.end();
  // A stdin that cannot be read (a directory, a hung-up terminal) is as good as ended.
  stdin.on('data', onData).once('end', onEnd).on('error', onEnd);
  return () => {
    stdin.off('data', onData).off('end', onEnd);
    stdin.pause();
  };
}
