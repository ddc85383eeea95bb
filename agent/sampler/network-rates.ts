import { namespaceInode } from '#agent/containers/namespaces.js';
import { networkStats } from '#agent/containers/network-stats.js';
import type { Signals } from '#agent/contract/snapshot.js';

export interface NetworkRatesOptions {
  procRoot: string;
  monotonicMs: () => number;
}

interface Known {
  /** The process it was last looked at by. */
  readonly pid: number | undefined;
  readonly dueMs: number;
  /** When it was last asked about. */
  usedMs: number;
  readonly totals: Totals | undefined;
  readonly signals: Signals;
}

interface Totals {
  readonly atMs: number;
  readonly receiveBytes: number;
  readonly transmitBytes: number;
}

/** It costs some 50 µs a container to read them: each is looked at this often, not all at once. */
const EVERY_MS = 10_000;
/** One that has the node's network, or loopback alone, seldom gets another. */
const ALONE_EVERY_MS = 30_000;
const FORGET_MS = 60_000;
const NONE: Signals = {};

/**
 * `network.receive` and `network.transmit` of containers with interfaces of their own, as the rate between two looks at the counters of their
 * network namespace, loopback left out.
 */
export class NetworkRates {
  readonly #options: NetworkRatesOptions;
  readonly #known = new Map<string, Known>();
  /** The agent's own network namespace, which it does not leave. */
  readonly #own: number | undefined;
  #prunedMs = 0;

  constructor(options: NetworkRatesOptions) {
    this.#options = options;
    this.#own = namespaceInode(options.procRoot, 'self', 'net');
  }

  /**
   * Of a container by its id; none until it was looked at twice, and in the network of the node. `pidOf` finds a process in it, which costs
   * files where it is not ours: it is asked when its turn comes.
   */
  signals(id: string, pidOf: () => number | undefined): Signals {
    const nowMs = this.#options.monotonicMs();
    this.#prune(nowMs);
    const known = this.#known.get(id);
    if (known === undefined) {
      const dueMs = nowMs + (spreadOf(id) % EVERY_MS);
      this.#known.set(id, { pid: undefined, dueMs, usedMs: nowMs, totals: undefined, signals: NONE });
      return NONE;
    }
    known.usedMs = nowMs;
    if (nowMs < known.dueMs) return known.signals;
    const pid = pidOf();
    const totals = pid === undefined ? undefined : totalsOf(networkStats(this.#options.procRoot, pid, this.#own), nowMs);
    // Another process may be in another network: its counters are not those of before.
    const before = known.pid === pid ? known.totals : undefined;
    const signals = totals === undefined || before === undefined ? NONE : ratesOf(before, totals);
    const nextMs = pid !== undefined && totals === undefined ? ALONE_EVERY_MS : EVERY_MS;
    this.#known.set(id, { pid, dueMs: nowMs + nextMs, usedMs: nowMs, totals, signals });
    return signals;
  }

  #prune(nowMs: number): void {
    if (nowMs - this.#prunedMs < FORGET_MS) return;
    this.#prunedMs = nowMs;
    for (const [id, { usedMs }] of this.#known) if (nowMs - usedMs >= FORGET_MS) this.#known.delete(id);
  }
}

function totalsOf(interfaces: ReturnType<typeof networkStats>, atMs: number): Totals | undefined {
  const own = interfaces.filter(({ interface: name }) => name !== 'lo');
  if (own.length === 0) return undefined;
  const sum = (key: 'receiveBytes' | 'transmitBytes'): number => own.reduce((total, each) => total + each[key], 0);
  return { atMs, receiveBytes: sum('receiveBytes'), transmitBytes: sum('transmitBytes') };
}

/** An interface that went takes its bytes along: no rate is below nothing. */
function ratesOf(before: Totals, after: Totals): Signals {
  const seconds = (after.atMs - before.atMs) / 1000;
  const rate = (key: 'receiveBytes' | 'transmitBytes'): number => Math.max(0, after[key] - before[key]) / seconds;
  return { 'network.receive': rate('receiveBytes'), 'network.transmit': rate('transmitBytes') };
}

/** A number that differs from id to id. */
function spreadOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) >>> 0;
  return hash;
}
