import { Container } from '#agent/containers/container.js';
import { thawQuietly } from '#agent/containers/freeze.js';
import type { Governed } from '#agent/containers/governed.js';
import { refuseVital } from '#agent/containers/guard-vital.js';
import { stopContainer } from '#agent/containers/stop.js';
import { type CgroupSet, directories } from '#runtime/cgroup/cgroup-set.js';
import { procs } from '#runtime/cgroup/procs.js';
import { killAll } from '#runtime/container/kill-all.js';
import { signalListed } from '#runtime/container/signal-listed.js';
import { type ActContext, type ActionOf, type ActResult, DONE } from './executor.js';

const SIGTERM = 15;
export const KILL_DEADLINE_MS = 10_000;
const LOOK_MS = 50;

/**
 * SIGTERM, and after `graceMs` SIGKILL to all that is left. Ours is stopped as `tsgov stop` does: its restart policy takes that for a wish.
 * Of another runtime the first process is asked, of a plain cgroup all are; its runtime sees it end.
 */
export async function terminate(
  { node }: ActContext,
  container: Governed,
  { graceMs }: ActionOf<'terminate'>,
): Promise<ActResult> {
  if (container instanceof Container) {
    await stopContainer(node, container, { timeoutMs: graceMs, signal: 'SIGTERM' });
    return DONE;
  }
  const { cgroup } = container;
  if (cgroup === undefined) return DONE;
  refuseVital(node, container, 'terminate');
  const first = container.policySubject().runtime === 'other' ? undefined : container.pid;
  signalListed(node.runtime.syscalls, first === undefined ? procs(cgroup) : [first], () => procs(cgroup), SIGTERM);
  await container.queue.run(() => thawQuietly(node, container, cgroup));
  const { clock } = node;
  for (const end = clock.monotonicMs() + graceMs; procs(cgroup).length > 0; ) {
    if (clock.monotonicMs() >= end) {
      refuseVital(node, container, 'kill');
      await killProcesses(node, cgroup);
      return { ...DONE, note: 'it did not end by SIGTERM: killed' };
    }
    await node.runtime.clock.sleep(LOOK_MS);
  }
  return DONE;
}

/** SIGKILL to all of it. */
export async function kill({ node }: ActContext, container: Governed): Promise<ActResult> {
  if (container instanceof Container) await stopContainer(node, container, { timeoutMs: 0, signal: 'SIGKILL' });
  else if (container.cgroup !== undefined) {
    refuseVital(node, container, 'kill');
    await killProcesses(node, container.cgroup);
  }
  return DONE;
}

async function killProcesses(node: ActContext['node'], cgroup: CgroupSet): Promise<void> {
  await killAll({ dirs: directories(cgroup).map(({ dir }) => dir), deadlineMsec: KILL_DEADLINE_MS }, node.runtime);
}
