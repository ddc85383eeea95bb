import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TsgovClient } from '#agent/client.js';
import { startAgentProcess } from './agent-process.js';
import type { Places } from './places.js';
import { DEMO_LABEL } from './samples.js';

/** Everything the demo made; plain data, so that the process that started the demo can clean up after a demo that was killed. */
export interface Leftovers {
  places: Places;
  agentPid: number | undefined;
  /** Directories to remove. */
  dirs: string[];
}

/**
 * Removes the demo's containers, stops its agent, removes its directories. An agent that died is started once more, because its
 * containers outlived it. Does nothing twice: it may be called again.
 */
export async function cleanUp({ places, agentPid, dirs }: Leftovers): Promise<void> {
  const client = connect({ state: places.state });
  try {
    const answers = agentPid !== undefined && (await client.ready());
    const pid = answers || !hasContainers(places.state) ? agentPid : await startAgentProcess(places);
    if (pid !== undefined) {
      if (await client.ready()) await removeSamples(client);
      await stopProcess(pid);
    }
  } finally {
    client.close();
  }
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
}

function hasContainers(state: string): boolean {
  const dir = join(state, 'containers');
  return existsSync(dir) && readdirSync(dir).length > 0;
}

/** Removes every container with the demo's label. */
export async function removeSamples(client: TsgovClient): Promise<void> {
  const containers = await client.list({ label: [`${DEMO_LABEL}=true`] });
  await Promise.all(containers.map(({ id }) => client.remove(id, { force: true })));
}

/** SIGTERM, then SIGKILL after 10 s. */
async function stopProcess(pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!kill(pid, signal)) return;
    for (let tries = 0; tries < 200; tries += 1) {
      await sleep(50);
      if (!kill(pid, 0)) return;
    }
  }
  throw new Error(`the agent (process ${pid}) does not end`);
}

/** False when there is no such process. */
function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
