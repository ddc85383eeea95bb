import { Readable } from 'node:stream';
import type { StreamSession } from '#agent/contract/backend.js';
import { AgentError } from '#agent/contract/errors.js';
import type { AttachStreams } from '#runtime/container/attach-streams.js';
import type { Container } from './container.js';
import { type Run, sessionExit } from './run.js';
import { type AttachOptions, attachMask, WaitingSession } from './waiting-session.js';

/**
 * A session on a container's stdio: at once when it runs, else from the first byte of its next run. Throws STATE_CONFLICT for stdin of
 * a container that has none, and while it is being removed.
 */
export async function attachContainer(container: Container, asked: AttachOptions): Promise<StreamSession> {
  const { tty, stdin, name } = container.record;
  if (container.removal !== undefined) throw new AgentError('STATE_CONFLICT', `container ${name} is being removed`);
  const options = { ...asked, stdin: asked.stdin && stdin, stderr: asked.stderr && !tty };
  const { run } = container;
  if (run !== undefined && container.running) return liveSession(run, await run.process.attach(attachMask(options)), options);
  const session = new WaitingSession(options, (closed) => container.waiting.delete(closed));
  container.waiting.add(session);
  return session;
}

function liveSession(run: Run, streams: AttachStreams, options: AttachOptions): StreamSession {
  if (options.rows !== undefined && options.cols !== undefined) streams.resize(options.rows, options.cols);
  return {
    stdout: streams.stdout,
    stderr: options.stderr ? streams.stderr : Readable.from([]),
    stdin: options.stdin ? streams.stdin : undefined,
    exit: sessionExit(run),
    resize: (rows, cols) => streams.resize(rows, cols),
    close: () => streams.close(),
  };
}
