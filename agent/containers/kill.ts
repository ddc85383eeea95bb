import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { thawQuietly } from './freeze.js';
import { signalName, signalNumber } from './signals.js';
import { refuseRemoval, requireRun, save } from './state.js';

const SIGKILL = 9;

/**
 * Sends a signal to the container's init. SIGKILL and its stop signal reach a frozen one too, which is thawed for it, and count as
 * a person's wish that it stops: no restart by policy. Throws STATE_CONFLICT when it does not run.
 */
export async function killContainer(context: NodeContext, container: Container, text: string): Promise<void> {
  const signal = signalNumber(text);
  refuseRemoval(container, 'kill');
  const run = requireRun(container, 'kill');
  const ends = signal === SIGKILL || signal === signalNumber(container.record.stopSignal);
  if (ends && !container.record.stopped) {
    container.record.stopped = true;
    save(context, container);
  }
  run.process.signal(signal);
  context.events.emit('kill', container.subject(), { signal: signalName(signal) });
  if (ends) await thawQuietly(context, container, run.cgroup);
}
