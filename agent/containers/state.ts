import { AgentError } from '#agent/contract/errors.js';
import type { ContainerRecord, Phase } from '#agent/store/container-record.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';

/** Writes the record as it stands in memory; what was answered to anyone must be on disk before. One that is removed has none. */
export function save(context: NodeContext, container: Container): void {
  if (container.gone) return;
  context.store.write(container.record);
  container.unsaved = false;
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

/** Throws STATE_CONFLICT when somebody removes it. */
export function refuseRemoval(container: Container, operation: string): void {
  if (container.removal !== undefined)
    throw new AgentError('STATE_CONFLICT', `cannot ${operation} ${container.record.name}: it is being removed`);
}
