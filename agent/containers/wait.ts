import type { Container } from './container.js';

/** Resolves with the exit code at the next stop; see ContainerBackend.wait. Rejects with CANCELLED when `signal` aborts. */
export function waitContainer(
  container: Container,
  condition: 'not-running' | 'next-exit' | 'removed',
  signal: AbortSignal,
): Promise<{ exitCode: number }> {
  if (condition === 'removed') return container.removals.wait(signal);
  const active = container.run !== undefined || container.record.state.phase === 'starting';
  if (condition === 'not-running' && !active) return Promise.resolve({ exitCode: container.exitCode });
  return container.exits.wait(signal);
}
