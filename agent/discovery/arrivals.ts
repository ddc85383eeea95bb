import type { Foreign } from './foreign.js';
import type { Timers } from './timers.js';

/** It is new, or a hierarchy more has it. */
export type Arrival = 'appeared' | 'moved';

/** Runtimes make a container's cgroups in a burst, then write its limits: what comes within this is one appearance. */
const SETTLE_MS = 20;
const LONGEST_SETTLE_MS = 40;

/** Containers of which something was seen just now: told of together, once no more of them comes. Nothing is told of before `begin`. */
export class Arrivals {
  readonly #clock: { nowMs(): number };
  readonly #timers: Timers;
  readonly #tell: (foreign: Foreign, why: Arrival) => void;
  readonly #settling = new Map<Foreign, Arrival>();
  #cancel: (() => void) | undefined;
  #sinceMs = 0;
  #begun = false;

  constructor(clock: { nowMs(): number }, timers: Timers, tell: (foreign: Foreign, why: Arrival) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#tell = tell;
  }

  /** The first look is over. */
  begin(): void {
    this.#begun = true;
    if (this.#settling.size > 0) this.#later();
  }

  /** Those not told of yet. */
  waiting(): Foreign[] {
    return [...this.#settling.keys()];
  }

  /** What is to be told of one; undefined: nothing. */
  of(foreign: Foreign): Arrival | undefined {
    return this.#settling.get(foreign);
  }

  /** What was seen of it first is what is told. */
  saw(foreign: Foreign, why: Arrival): void {
    if (!this.#settling.has(foreign)) this.#settling.set(foreign, why);
    this.#later();
  }

  /** Nothing is to be told of it. */
  drop(foreign: Foreign): void {
    this.#settling.delete(foreign);
  }

  #later(): void {
    if (!this.#begun) return;
    const nowMs = this.#clock.nowMs();
    if (this.#cancel === undefined) this.#sinceMs = nowMs;
    else if (nowMs - this.#sinceMs > LONGEST_SETTLE_MS) return;
    this.#cancel?.();
    this.#cancel = this.#timers.after(SETTLE_MS, () => {
      this.#cancel = undefined;
      const settled = [...this.#settling];
      this.#settling.clear();
      for (const [foreign, why] of settled) if (!foreign.leaving) this.#tell(foreign, why);
    });
  }
}
