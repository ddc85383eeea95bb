/** Signals handed on to the container; others have their usual effect on this process. */
const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
export type ProxiedSignal = (typeof PROXIED)[number];

/** SIGINTs this close together mean that the first did not help. */
const IMPATIENCE_MS = 2000;
const IMPATIENT_COUNT = 3;

export interface SignalProxy {
  /** From now on `send` gets the signals, those that came meanwhile first. */
  deliverTo(send: (signal: ProxiedSignal | 'SIGKILL') => void): void;
  stop(): void;
}

/**
 * Catches signals for the container from now on, and keeps them until there is someone to deliver to. The third SIGINT within two
 * seconds becomes SIGKILL: a pid 1 without a handler ignores every other signal.
 */
export function proxySignals(now: () => number): SignalProxy {
  let waiting: (ProxiedSignal | 'SIGKILL')[] = [];
  let deliver = (signal: ProxiedSignal | 'SIGKILL'): void => void waiting.push(signal);
  let interrupts: number[] = [];
  const handlers = PROXIED.map((signal) => {
    const handler = () => {
      if (signal === 'SIGINT') interrupts = [...interrupts.filter((time) => now() - time < IMPATIENCE_MS), now()];
      deliver(signal === 'SIGINT' && interrupts.length >= IMPATIENT_COUNT ? 'SIGKILL' : signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return {
    deliverTo: (send) => {
      deliver = send;
      for (const signal of waiting) send(signal);
      waiting = [];
    },
    stop: () => {
      for (const { signal, handler } of handlers) process.off(signal, handler);
    },
  };
}
