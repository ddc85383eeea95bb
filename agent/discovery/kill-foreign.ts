import type { NodeContext } from '#agent/containers/context.js';
import { thawQuietly } from '#agent/containers/freeze.js';
import { refuseVital } from '#agent/containers/guard-vital.js';
import { signalName, signalNumber } from '#agent/containers/signals.js';
import { requireCgroup } from '#agent/containers/state.js';
import { AgentError } from '#agent/contract/errors.js';
import { procs } from '#runtime/cgroup/procs.js';
import { signalListed } from '#runtime/container/signal-listed.js';
import type { Foreign } from './foreign.js';

const SIGKILL = 9;
const ROUNDS = 10;

/**
 * Sends a signal to a container of others: to its first process; SIGKILL, and any signal to what has no first process (a service, a plain
 * cgroup), to all of its processes. One that is frozen is thawed for SIGKILL. Throws STATE_CONFLICT when nothing runs in it.
 */
export async function killForeign(context: NodeContext, foreign: Foreign, text: string): Promise<void> {
  const signal = signalNumber(text);
  const cgroup = requireCgroup(foreign, 'kill');
  refuseVital(context, foreign, 'kill');
  const everyone = signal === SIGKILL || foreign.runtime === 'systemd' || foreign.runtime === 'other';
  const first = foreign.pid;
  if (first === undefined) throw new AgentError('STATE_CONFLICT', `cannot kill ${foreign.name}: nothing runs in it`);
  const tell = (pids: readonly number[]) => signalListed(context.runtime.syscalls, pids, () => procs(cgroup), signal);
  if (!everyone) tell([first]);
  // What is forked while they are signalled is found in the next round.
  for (let round = 0, told = new Set<number>(); everyone && round < ROUNDS; round++) {
    const fresh = procs(cgroup).filter((pid) => !told.has(pid));
    if (fresh.length === 0) break;
    tell(fresh);
    told = new Set([...told, ...fresh]);
  }
  context.events.emit('kill', foreign.subject(), { signal: signalName(signal) });
  if (signal === SIGKILL) await thawQuietly(context, foreign, cgroup);
}
