import type { Action, DecidePolicy } from '#agent/contract/decision.js';
import type { Snapshot } from '#agent/contract/snapshot.js';
import { decide, rememberLeft } from '#agent/governor/decide/decide.js';
import { type Memory, NO_MEMORY } from '#agent/governor/decide/memory.js';
import { neededSignals } from '#agent/governor/decide/needs.js';
import { progressMark, progressOf, rememberProgress } from '#agent/governor/decide/progress.js';
import type { RuleProgressStore } from '#agent/store/rule-progress.js';
import type { ActContext } from './executor.js';
import { perform } from './perform.js';
import { heldByRules } from './rule-layers.js';

export interface RulesOptions extends ActContext {
  /** The rules of now; the same array as long as no policy changes. */
  policies: () => readonly DecidePolicy[];
  /** Where it is put down how far rules are, before they act. */
  progress: Pick<RuleProgressStore, 'read' | 'write'>;
  onFault: (error: unknown) => void;
}

/** What the kernel does not let go back now, it may later. */
const RETRY_MS = 30_000;

/** Decides at each tick and has it done: acts on different containers at the same time, on one container one after the other. */
export class Rules {
  readonly #options: RulesOptions;
  #memory: Memory = NO_MEMORY;
  #policies: readonly DecidePolicy[] = [];
  #needs: ReadonlySet<string> = new Set();
  /** Containers on which an act is under way. */
  readonly #busy = new Set<string>();
  /** When what could not be taken back is tried again, by container, on the monotonic clock. */
  readonly #retryAtMs = new Map<string, number>();
  /** What is to be on disk of `#memory`; undefined: nothing was looked at yet. */
  #mark: string | undefined;
  /** It is on disk. */
  #written = true;

  constructor(options: RulesOptions) {
    this.#options = options;
  }

  /** Signals that the rules look at each tick. */
  needs(): ReadonlySet<string> {
    const policies = this.#options.policies();
    if (policies !== this.#policies) {
      this.#policies = policies;
      this.#needs = neededSignals(policies);
    }
    return this.#needs;
  }

  /** What the rules say to a snapshot is under way when this returns. */
  tick(snapshot: Snapshot): void {
    const { node, policies } = this.#options;
    if (node.closing) return;
    const { monotonicMs } = snapshot;
    if (this.#mark === undefined) this.#goOn(snapshot);
    for (const [id, atMs] of this.#retryAtMs) if (atMs <= monotonicMs) this.#retryAtMs.delete(id);
    const idle = node.governed().filter(({ id }) => !this.#busy.has(id) && !this.#retryAtMs.has(id));
    const left = idle.flatMap((each) => (each.limits.rules === undefined ? [] : heldByRules(each, snapshot)));
    const { actions, memory } = decide(this.#unlessBusy(snapshot), policies(), rememberLeft(this.#memory, left));
    this.#memory = memory;
    this.#putDown(snapshot);
    for (const action of actions) this.#start(action);
  }

  /** From where an earlier agent was. */
  #goOn({ atMs, monotonicMs: nowMs }: Snapshot): void {
    try {
      const kept = this.#options.progress.read();
      const ladders = kept && rememberProgress(kept.ladders, { elapsedMs: atMs - kept.writtenAtMs, nowMs });
      if (ladders !== undefined) this.#memory = { ...this.#memory, ladders };
    } catch (error) {
      this.#options.onFault(error);
    }
    this.#mark = progressMark(this.#memory, nowMs);
  }

  /** Before anything is done: killed in it, the next agent does not do it again. */
  #putDown({ atMs: writtenAtMs, monotonicMs: nowMs }: Snapshot): void {
    const mark = progressMark(this.#memory, nowMs);
    if (mark === this.#mark && this.#written) return;
    this.#mark = mark;
    try {
      this.#options.progress.write({ writtenAtMs, ladders: progressOf(this.#memory, nowMs) });
      this.#written = true;
    } catch (error) {
      // A node that needs an act now gets it on a full disk, too. It is tried again at each tick, and told once.
      if (this.#written) this.#options.onFault(error);
      this.#written = false;
    }
  }

  /** One that is acted on takes no other act; what was decided on it waits. */
  #unlessBusy(snapshot: Snapshot): Snapshot {
    if (this.#busy.size === 0) return snapshot;
    const containers = snapshot.containers.map((each) => (this.#busy.has(each.id) ? { ...each, ending: true } : each));
    return { ...snapshot, containers };
  }

  #start(action: Action): void {
    const { node, onFault } = this.#options;
    const container = node.governed().find(({ id }) => id === action.container);
    // Gone since the snapshot: with it what rules did to it.
    if (container === undefined) return;
    if (!action.observed) this.#busy.add(action.container);
    perform(this.#options, container, action)
      .then(({ result }) => {
        if (action.kind === 'undo' && (result === 'refused' || result === 'failed'))
          this.#retryAtMs.set(action.container, node.clock.monotonicMs() + RETRY_MS);
      })
      .catch(onFault)
      .finally(() => this.#busy.delete(action.container));
  }
}
