import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#agent/containers/clock.js';
import type { Containers } from '#agent/containers/open.js';
import type { Ticker } from '#agent/governor/tick.js';
import { keepPolicies } from '#agent/policy/keep.js';
import type { PolicyStore } from '#agent/policy/store.js';
import type { FirstLook } from './first-look.js';
import type { Teardown } from './teardown.js';

export interface GoverningOptions {
  containers: Containers;
  policies: PolicyStore;
  ticker: Ticker;
  look: FirstLook;
  clock: Clock;
  reassertMs: number;
  teardown: Teardown;
  onFault: (error: unknown) => void;
}

/**
 * Finds everybody's containers and governs from then on. Requests are answered already: whoever asks for what is not found yet waits for
 * it, and to start a container of ours nobody has to.
 */
export function beginGoverning(options: GoverningOptions): void {
  const { containers, policies, ticker, look, clock, reassertMs: intervalMs, teardown, onFault } = options;
  let stopping = false;
  let stopKeeping: () => void = () => undefined;
  teardown.push(async () => {
    stopping = true;
    await look.over;
    stopKeeping();
    ticker.stop();
    await ticker.idle();
  });
  look.begin(async () => {
    await turn();
    if (!stopping) await containers.discover().catch(onFault);
    if (stopping) return;
    stopKeeping = keepPolicies(policies, containers, { clock, intervalMs, onFault });
    ticker.start();
  });
}
