import type { PolicyVerdict } from '#agent/containers/policy-source.js';
import type { PolicySubject } from './match.js';
import { type Policy, verdictOf } from './policy-set.js';

/** Far more subjects than a node has at a time. */
const MOST_KEPT = 10_000;

/**
 * What one list of policies says of each container, worked out once: a thousand containers are asked about every few seconds, and neither they
 * nor policies change. The same answer is the same object. A verdict of schedules holds until the next of their edges.
 */
export class VerdictCache {
  readonly #policies: readonly Policy[];
  readonly #nextEdgeMs: (nowMs: number) => number | undefined;
  readonly #kept = new Map<string, PolicyVerdict>();
  #fromMs = Number.POSITIVE_INFINITY;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(policies: readonly Policy[], nextEdgeMs: (nowMs: number) => number | undefined) {
    this.#policies = policies;
    this.#nextEdgeMs = nextEdgeMs;
  }

  verdict(subject: PolicySubject, nowMs: number): PolicyVerdict {
    // Also where the clock was set back.
    if (nowMs < this.#fromMs || nowMs >= this.#untilMs) {
      this.#kept.clear();
      this.#fromMs = nowMs;
      this.#untilMs = this.#nextEdgeMs(nowMs) ?? Number.POSITIVE_INFINITY;
    }
    const key = keyOf(subject);
    let verdict = this.#kept.get(key);
    if (verdict === undefined) {
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      verdict = verdictOf(this.#policies, subject, nowMs);
      this.#kept.set(key, verdict);
    }
    return verdict;
  }
}

function keyOf({ name, image, labels, runtime, cgroup }: PolicySubject): string {
  return `${name}\0${image}\0${runtime}\0${cgroup}\0${JSON.stringify(labels)}`;
}
