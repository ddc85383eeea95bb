import { AgentError } from '#agent/contract/errors.js';
import { openCgroup } from '#runtime/cgroup/cgroup-set.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { clearCgroup } from './launch-run.js';
import { dropRestart } from './restart.js';
import { save } from './state.js';
import { killRun } from './stop.js';

/**
 * Removes a container and all that belongs to it. `force` kills one that runs. Resolves when nothing of it is left; two callers share
 * one removal. Throws STATE_CONFLICT for one that runs without `force`; what cannot be removed leaves it `dead` with the reason.
 */
export function removeContainer(context: NodeContext, container: Container, options: { force: boolean }): Promise<void> {
  if (container.removal !== undefined) return container.removal;
  const { phase } = container.record.state;
  if (!options.force && (container.run !== undefined || phase === 'starting'))
    return Promise.reject(
      new AgentError(
        'STATE_CONFLICT',
        `${container.record.name} is ${container.frozen ? 'frozen' : 'running'}: stop it first, or force its removal`,
      ),
    );
  container.removal = removal(context, container);
  return container.removal;
}

/** Removes a container that does not run, from within its own queue (`--rm`). */
export async function removeNow(context: NodeContext, container: Container): Promise<void> {
  if (container.removal !== undefined) return;
  container.removal = removeFiles(context, container);
  await container.removal;
}

async function removal(context: NodeContext, container: Container): Promise<void> {
  dropRestart(container);
  container.cancelThaw?.();
  try {
    if (container.run !== undefined) await killRun(context, container, container.run);
  } catch (error) {
    container.removal = undefined;
    throw error;
  }
  await container.queue.run(() => removeFiles(context, container));
}

async function removeFiles(context: NodeContext, container: Container): Promise<void> {
  const { record } = container;
  try {
    const cgroup = openCgroup(context.cgroups, record.cgroupPath);
    if (cgroup !== undefined) await clearCgroup(context, cgroup);
    container.gone = true;
    await context.store.remove(container.id);
  } catch (error) {
    container.removal = undefined;
    container.gone = false;
    record.state = { ...record.state, phase: 'dead', error: `it could not be removed: ${(error as Error).message}` };
    save(context, container);
    throw error;
  }
  context.registry.delete(container);
  for (const session of container.waiting)
    session.fail(new AgentError('CONTAINER_NOT_FOUND', `${record.name} was removed before it ran`));
  container.waiting.clear();
  context.events.emit('destroy', container.subject());
  container.exits.resolveAll({ exitCode: container.exitCode });
  container.removals.resolveAll({ exitCode: container.exitCode });
  container.changed();
}
