import { AgentError } from '#agent/contract/errors.js';
import type { ContainerRecord, Phase } from '#agent/store/container-record.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import type { Governed } from './governed.js';

/** Writes the record as it stands in memory; what was answered to anyone must be on disk before. One that is removed has none. */
export function save(_context: NodeContext, container: Container): void {
  container.save();
}

export function newState(phase: Phase, over: Partial<ContainerRecord['state']> = {}): ContainerRecord['state'] {
  return { phase, startedAtMs: null, finishedAtMs: null, exitCode: null, oomKilled: false, error: null, ...over };
}

/** The run of a container that must be running; throws STATE_CONFLICT. */
export function requireRun(container: Container, operation: string): NonNullable<Container['run']> {
  if (container.run === undefined || !container.running)
    throw new AgentError('STATE_CONFLICT', `cannot ${operation} ${container.record.name}: it is not running`);
  return container.run;
}

/** The cgroup of a container, ours or not, that must be running; throws STATE_CONFLICT. */
export function requireCgroup(container: Pick<Governed, 'cgroup' | 'running' | 'name'>, operation: string): CgroupSet {
  if (container.cgroup === undefined || !container.running)
    throw new AgentError('STATE_CONFLICT', `cannot ${operation} ${container.name}: it is not running`);
  return container.cgroup;
}

/** Throws STATE_CONFLICT when somebody removes it. */
export function refuseRemoval(container: Pick<Governed, 'leaving' | 'name'>, operation: string): void {
  if (container.leaving) throw new AgentError('STATE_CONFLICT', `cannot ${operation} ${container.name}: it is being removed`);
}
