import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { StreamSession } from '#agent/contract/backend.js';
import type { ExecBody } from '#agent/contract/create.js';
import { AgentError } from '#agent/contract/errors.js';
import { TsgovError } from '#native/tsgov-error.js';
import { type Exec, exec } from '#runtime/container/exec.js';
import { ATTACH } from '#runtime/container/shim-client.js';
import { loadSpec } from './config-file.js';
import type { Container } from './container.js';
import { type NodeContext, reportFault } from './context.js';
import { execProcess } from './exec-process.js';
import { requireRun } from './state.js';
import { endsWithin } from './stop.js';

/** From the end of a container's init until its monitor has said so. */
const LAST_MOMENTS_MS = 500;

/**
 * Runs another process in a running container. Resolves when it has been exec'ed; with `detach` nobody sees its output. Throws
 * STATE_CONFLICT (not running, frozen), BODY_INVALID (user, …), COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, LAUNCH_FAILED.
 */
export async function execInContainer(
  context: NodeContext,
  container: Container,
  body: ExecBody,
): Promise<{ id: string; session: StreamSession }> {
  const run = requireRun(container, 'exec in');
  if (container.frozen) throw new AgentError('STATE_CONFLICT', `${container.record.name} is frozen: thaw it first`);
  const id = randomBytes(32).toString('hex');
  const spec = loadSpec(context, container);
  const process = execProcess(context, container, spec, body);
  const stateDir = context.store.stateDir(container.id);
  const tty = body.tty === true;
  const attach = body.detach === true ? 0 : ATTACH.stdout | (tty ? 0 : ATTACH.stderr) | (body.stdin === true ? ATTACH.stdin : 0);
  const started = exec(
    {
      id,
      tape: context.tapes.exec(spec, process, container.id, context.store.dataDir(container.id), run.cgroup),
      stateDir: join(stateDir, `exec-${id.slice(0, 16)}`),
      containerStateDir: stateDir,
      tty,
      stdin: body.stdin === true && body.detach !== true,
      attach,
      ...(body.rows === undefined || body.cols === undefined ? {} : { rows: body.rows, cols: body.cols }),
    },
    context.runtime,
  );
  try {
    await started.process.started;
  } catch (error) {
    // In a container's last moments the player meets a cgroup or namespace that is going, and says so in words of its own.
    if (!isLaunchFailure(error) || !(await endsWithin(context, run, LAST_MOMENTS_MS))) throw error;
    throw new AgentError('STATE_CONFLICT', `cannot exec in ${container.record.name}: it ended meanwhile`, { cause: error });
  }
  context.events.emit('exec', container.subject(), { exec: id, command: body.command.join(' ') });
  const exit = exitOf(context, container, id, started);
  return { id, session: sessionOf(started, body, exit) };
}

const isLaunchFailure = (error: unknown): boolean => error instanceof TsgovError && error.code === 'LAUNCH_FAILED';

function exitOf(context: NodeContext, container: Container, id: string, { process }: Exec): Promise<{ exitCode: number }> {
  const exit = process.exited.then((end) => {
    const exitCode = end.lost ? 137 : end.exitCode;
    context.events.emit('exec_die', container.subject(), { exec: id, exitCode });
    return { exitCode };
  });
  exit.catch((error: unknown) => reportFault(context, container, 'exec', error));
  return exit;
}

function sessionOf({ process, streams }: Exec, body: ExecBody, exit: Promise<{ exitCode: number }>): StreamSession {
  return {
    stdout: streams.stdout,
    stderr: body.tty === true ? Readable.from([]) : streams.stderr,
    stdin: body.stdin === true ? streams.stdin : undefined,
    exit,
    resize: (rows, cols) => process.resize(rows, cols),
    close: () => streams.close(),
  };
}
