import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '#agent/client.js';
import type { Places } from './places.js';

/** The command line as built, beside this file's own folder in dist/. */
export const TSGOV = fileURLToPath(new URL('../../bin/tsgov.cjs', import.meta.url));

const START_MSEC = 30_000;

/**
 * Starts `tsgov agent` at these places in a session of its own, so that Ctrl-C reaches the demo first, which removes the containers
 * and then stops it. Resolves with its pid once it answers; rejects with what it said when it does not.
 */
export async function startAgentProcess(places: Places): Promise<number> {
  mkdirSync(places.state, { recursive: true });
  const logPath = join(places.state, 'demo-agent.log');
  const log = openSync(logPath, 'w');
  const args = [
    '--root',
    places.root,
    '--state',
    places.state,
    '--cgroup-parent',
    places.cgroupParent,
    '--listen',
    places.listen,
  ];
  const child = spawn(process.execPath, [TSGOV, 'agent', ...args], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const client = connect({ state: places.state });
  try {
    for (const end = Date.now() + START_MSEC; Date.now() < end; await sleep(50)) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      if (child.pid !== undefined && (await client.ready())) return child.pid;
    }
    child.kill('SIGKILL');
    throw new Error(`the agent did not start:\n${readFileSync(logPath, 'utf8')}`);
  } finally {
    client.close();
    child.unref();
  }
}
