import { AgentError } from '#agent/contract/errors.js';
import { VitalCgroups } from '#agent/discovery/vital-cgroups.js';
import type { NodeContext } from './context.js';
import type { Governed } from './governed.js';

/** Who would be hit that nobody may stop; they may have been moved in long after the container was found. Asks /proc. */
export function vitalIn(
  { cgroups, procRoot }: Pick<NodeContext, 'cgroups' | 'procRoot'>,
  { foreign, cgroup }: Pick<Governed, 'foreign' | 'cgroup'>,
): string | undefined {
  if (!foreign || cgroup?.places === undefined) return undefined;
  return new VitalCgroups(cgroups, procRoot).whoIn(cgroup.places);
}

/** Throws STATE_CONFLICT where an act that stops or ends processes would hit the agent or pid 1. */
export function refuseVital(context: NodeContext, container: Governed, verb: string): void {
  const who = vitalIn(context, container);
  if (who !== undefined) throw new AgentError('STATE_CONFLICT', `cannot ${verb} ${container.name}: ${who} is in it`);
}
