import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAgent } from '#src/cli/connect.js';
import { dispatch } from '#src/cli/dispatch.js';
import { FdWriter } from '#src/cli/output/fd-writer.js';
import { COMMANDS } from '#src/cli/registry.js';
import type { CliResult } from './live-agent.js';

/** Runs a command line as `tsgov` would, in this process: for many of them, where starting Node each time is all that takes time. */
export async function cliHere(env: NodeJS.ProcessEnv, ...argv: string[]): Promise<CliResult> {
  const dir = mkdtempSync(join(tmpdir(), 'tsgov-test-cli-'));
  const files = [join(dir, 'out'), join(dir, 'err')] as const;
  const fds = files.map((file) => openSync(file, 'w'));
  try {
    const [stdout, stderr] = fds.map((fd) => new FdWriter(fd)) as [FdWriter, FdWriter];
    const clients: { close(): void }[] = [];
    const code = await dispatch(argv, {
      env,
      stdout,
      stderr,
      contextFor: (globals) => {
        const client = connectAgent(globals);
        clients.push(client);
        const get = async () => client;
        return {
          globals,
          env,
          cwd: '/',
          commands: COMMANDS,
          stdout,
          stderr,
          now: Date.now,
          client: get,
          clientStartingAgent: get,
        };
      },
    });
    for (const client of clients) client.close();
    await Promise.all([stdout.flushed(), stderr.flushed()]);
    return { code, stdout: readFileSync(files[0], 'utf8'), stderr: readFileSync(files[1], 'utf8') };
  } finally {
    for (const fd of fds) closeSync(fd);
    rmSync(dir, { recursive: true });
  }
}
