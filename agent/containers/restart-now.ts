import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { startContainer } from './start.js';
import { stopContainer } from './stop.js';

/** Stops a container if it runs and starts it again; one with `--rm` stays. Throws what stopping and starting throw. */
export async function restartContainer(
  context: NodeContext,
  container: Container,
  options: { timeoutMs?: number; signal?: string },
): Promise<void> {
  container.restarting = true;
  try {
    await stopContainer(context, container, options);
    await container.queue.run(() => startContainer(context, container, 'person'));
  } finally {
    container.restarting = false;
  }
  context.events.emit('restart', container.subject());
}
