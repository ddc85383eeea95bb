import { AgentError } from '#agent/contract/errors.js';
import type { Foreign } from '#agent/discovery/foreign.js';
import { notOurs } from '#agent/discovery/not-ours.js';
import { Container } from './container.js';
import type { NodeContext } from './context.js';

const QUALIFIED = 'tsgov:';

/**
 * The container a reference means: a name, an id, the start of an id, its cgroup's path, or any of the first after `RUNTIME:`. Ours go first.
 * Throws CONTAINER_NOT_FOUND, REF_AMBIGUOUS, STATE_CONFLICT (a cgroup that cannot be governed).
 */
export function findContainer(context: NodeContext, ref: string): Container | Foreign {
  if (ref.startsWith(QUALIFIED)) return context.registry.resolve(ref.slice(QUALIFIED.length));
  if (ref.startsWith('/')) {
    const own = context.registry.all().find(({ record }) => record.cgroupPath === ref.replace(/\/+$/, ''));
    if (own !== undefined) return own;
  }
  try {
    return context.registry.resolve(ref);
  } catch (error) {
    const unknown = error instanceof AgentError && error.code === 'CONTAINER_NOT_FOUND';
    if (!unknown || context.others === undefined) throw error;
    return context.others.resolve(ref);
  }
}

/** The same where only a container of ours will do; throws NOT_OURS, with how its runtime does it, for any other. */
export function ownContainer(context: NodeContext, ref: string, verb: string): Container {
  const found = findContainer(context, ref);
  if (found instanceof Container) return found;
  throw notOurs(found, verb);
}
