import type { RunningApi } from '#agent/api/server.js';
import type { RunningAgent } from './agent-options.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The agent as whoever started it sees it; closed by a signal, too, when asked to. */
export function runningAgent(api: RunningApi, closeAll: () => Promise<void>, handleSignals: boolean): RunningAgent {
  let settle: { resolve: () => void; reject: (error: unknown) => void };
  const closed = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever closes it is told of a failure; not everybody waits for `closed` besides.
  closed.catch(() => undefined);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll().finally(() => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    });
    return closing;
  };
  const onSignal = (): void => {
    close().then(settle.resolve, settle.reject);
  };
  if (handleSignals) for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    addresses: api.addresses,
    warnings: api.warnings,
    closed,
    close: async () => {
      await close();
      settle.resolve();
    },
  };
}
