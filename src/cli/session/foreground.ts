import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import type { ClientSession, TsgovClient } from '#agent/client.js';
import { AgentError } from '#agent/contract/errors.js';
import type { Context } from '#src/cli/command.js';
import type { SignalProxy } from './signal-proxy.js';
import { type StreamEnd, streamSession } from './stream-session.js';
import { type TerminalSize, terminalSize } from './terminal.js';

/** How a process dies whose reader has gone: 128 + SIGPIPE. */
const OUTPUT_GONE_EXIT = 141;
/** As for every other failure of tsgov's own where the exit code is else the container's. */
const OUTPUT_FAILED_EXIT = 125;
/** After the reader of a foreground container's output has gone, the container has this long to end by SIGPIPE. */
const PIPE_GRACE_MS = 1000;

export interface Wishes {
  stdin: boolean;
  tty: boolean;
  detachKeys: Uint8Array;
}

/** The exit code of a session's end: the process's own, unless our stdout could not take what it wrote. */
export function exitOf(context: Context, end: StreamEnd): number {
  if (end.kind === 'detached') return 0;
  const failed = context.stdout.failure !== undefined;
  if (end.kind === 'exited') return end.exitCode === 0 && failed ? OUTPUT_FAILED_EXIT : end.exitCode;
  return failed ? OUTPUT_FAILED_EXIT : OUTPUT_GONE_EXIT;
}

/** The terminal's size as attach and exec take it; empty without a tty. */
export function sizeFor(tty: boolean): Partial<TerminalSize> {
  return tty ? (terminalSize() ?? {}) : {};
}

/** Throws when a terminal is asked for and stdin, which is to feed it, is none. */
export function checkTerminal(stdin: boolean, tty: boolean): void {
  if (stdin && tty && !isatty(0))
    throw new AgentError('STATE_CONFLICT', 'the input device is not a TTY: leave out -t, or run it from a terminal');
}

/** Streams a session to this process's own stdin, stdout and stderr. */
export function streamToUs(context: Context, session: ClientSession, wishes: Wishes): Promise<StreamEnd> {
  return streamSession(session, {
    stdout: context.stdout,
    stderr: context.stderr,
    stdin: wishes.stdin ? process.stdin : undefined,
    tty: wishes.tty,
    detachKeys: wishes.detachKeys,
  });
}

/** As streamToUs, for a container that goes on without the agent: when that one goes away, it is said how to get back. */
export async function streamContainer(
  context: Context,
  session: ClientSession,
  wishes: Wishes,
  name: string,
): Promise<StreamEnd> {
  try {
    return await streamToUs(context, session, wishes);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'AGENT_UNREACHABLE') throw error;
    const message = `${(error as Error).message}; ${name} runs on without it: once an agent runs again, tsgov attach ${name}`;
    throw new AgentError('AGENT_UNREACHABLE', message, { cause: error });
  }
}

/** Sends the signals we get to a container; one that does not run any more needs none. */
export function forwardSignals(context: Context, proxy: SignalProxy, client: TsgovClient, ref: string): void {
  proxy.deliverTo((signal) => {
    if (signal === 'SIGKILL')
      context.stderr.write(
        `tsgov: ${ref} did not end by SIGINT (a pid 1 without a handler ignores it; see --init): killing it\n`,
      );
    client.kill(ref, signal).catch((error: Error) => {
      if (!isOver(error)) context.stderr.write(`tsgov: could not hand on ${signal}: ${error.message}\n`);
    });
  });
}

/** Ends a container whose output nobody reads any more, as a local command would end: by SIGPIPE, at the latest by SIGKILL. */
export async function endUnread(client: TsgovClient, ref: string): Promise<void> {
  const ignoreOver = (error: unknown) => {
    if (!isOver(error)) throw error;
  };
  await client.kill(ref, 'SIGPIPE').then(() => {}, ignoreOver);
  const ended = client.wait(ref).then(() => true, ignoreOver);
  if (await Promise.race([ended, sleep(PIPE_GRACE_MS, false)])) return;
  await client.kill(ref, 'SIGKILL').then(() => {}, ignoreOver);
  await ended;
}

/** True for the errors that say the container does not run, or is no more. */
export function isOver(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'STATE_CONFLICT' || code === 'CONTAINER_NOT_FOUND';
}
