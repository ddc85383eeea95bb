import { isDeepStrictEqual } from 'node:util';
import { parentOf } from './first-process.js';
import type { Foreign } from './foreign.js';
import type { DiscoveryHost } from './runtime.js';
import { type RecognisedBy, recogniseByParent } from './runtimes.js';

export interface NamerOptions {
  host: DiscoveryHost;
  after(delayMs: number, callback: () => void): void;
  /** A plain cgroup is a runtime's container; answers that. */
  turnedOut(foreign: Foreign, found: RecognisedBy): Foreign;
  /** More is known of one than when it was told of. */
  onKnown(foreign: Foreign, why: 'appeared' | 'known'): void;
  onFault(what: string, error: unknown): void;
}

/** When to ask the runtimes' files again for one that they did not know. */
const ASK_AGAIN_MS = [10, 10, 10, 10, 20, 20, 40, 80, 160, 400, 1000, 3000];

/** Finds out whose a container is where its path does not say, and what its runtime calls it. */
export class Namer {
  readonly #options: NamerOptions;

  constructor(options: NamerOptions) {
    this.#options = options;
  }

  /** Asks now and, with `again`, later while that is not known. Answers what it turned out to be. */
  name(foreign: Foreign, again: boolean): Foreign {
    return this.#ask(foreign, again ? 0 : ASK_AGAIN_MS.length);
  }

  #ask(foreign: Foreign, attempt: number): Foreign {
    const { host } = this.#options;
    let named = foreign;
    try {
      const pid = foreign.runtime === 'systemd' || foreign.runtime === 'kubernetes' ? undefined : foreign.pid;
      const parent = pid === undefined ? undefined : parentOf(host.procRoot, pid);
      const byParent = foreign.runtime === 'other' && parent !== undefined ? recogniseByParent(parent) : undefined;
      if (byParent !== undefined) named = this.#options.turnedOut(foreign, byParent);
      named.facts = named.knowledge.facts({ id: named.id, path: named.path, parent }, host) ?? named.facts;
      // While it is set up its first process is a child of the tool that does that, not yet of its monitor.
      const open = named.facts === undefined || named.runtime === 'other';
      const delayMs = ASK_AGAIN_MS[attempt];
      if (open && delayMs !== undefined) this.#options.after(delayMs, () => this.#askAgain(named, attempt + 1));
    } catch (error) {
      this.#options.onFault(`look up ${foreign.path}`, error);
    }
    return named;
  }

  #askAgain(foreign: Foreign, attempt: number): void {
    if (foreign.leaving) return;
    const before = foreign.facts;
    const named = this.#ask(foreign, attempt);
    if (named !== foreign) this.#options.onKnown(named, 'appeared');
    else if (!isDeepStrictEqual(named.facts, before)) this.#options.onKnown(named, 'known');
  }
}
