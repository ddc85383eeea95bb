import { writeSync } from 'node:fs';
import type { Context } from './command.js';
import { dispatch } from './dispatch.js';
import { describeFailure, failureExit } from './failure.js';
import type { Globals } from './globals.js';
import { FdWriter } from './output/fd-writer.js';
import { COMMANDS } from './registry.js';

/** Runs one command line as this process: its streams, its environment, its exit code. Ends the process. */
export async function runProcess(argv: readonly string[]): Promise<never> {
  const stdout = new FdWriter(1);
  const stderr = new FdWriter(2);
  process.on('uncaughtException', (error) => {
    writeSync(2, describeFailure(error));
    process.exit(failureExit(error, 'docker'));
  });
  const code = await dispatch(argv, {
    env: process.env,
    stdout,
    stderr,
    contextFor: (globals) => contextFor(globals, stdout, stderr),
  });
  await stdout.flushed();
  if (stdout.failure !== undefined) stderr.write(`tsgov: cannot write to stdout: ${stdout.failure.message}\n`);
  await stderr.flushed();
  // Stdin may still be open and waited for; nothing that is left matters now.
  process.exit(code === 0 && stdout.failure !== undefined ? 1 : code);
}

function contextFor(globals: Globals, stdout: FdWriter, stderr: FdWriter): Context {
  const connect = async () => (await import('./connect.js')).connectAgent(globals);
  let client: ReturnType<typeof connect> | undefined;
  const once = () => {
    client ??= connect();
    return client;
  };
  return {
    globals,
    env: process.env,
    cwd: process.cwd(),
    commands: COMMANDS,
    stdout,
    stderr,
    now: () => Date.now(),
    client: once,
    clientStartingAgent: async () => {
      const { ensureAgent } = await import('./start-agent.js');
      await ensureAgent(globals, await once(), (text) => stderr.write(text));
      return once();
    },
  };
}
