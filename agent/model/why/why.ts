import type { WhyFactor, WhyKind } from '#agent/contract/why.js';
import { cpu } from './cpu.js';
import type { WhyFacts, WhyRule } from './facts.js';
import { frozen } from './frozen.js';
import { io } from './io.js';
import { memory } from './memory.js';
import { notRunning } from './not-running.js';
import { pids } from './pids.js';

const RULES: readonly WhyRule[] = [cpu, memory, io, pids];

/** What cannot be measured as a share of the time ranks as if it were this. */
const UNMEASURED: Readonly<Partial<Record<WhyKind, number>>> = { oom: 99, 'pids-max': 60 };
const UNMEASURED_DEFAULT = 50;

/**
 * What holds a container back, the worst first: by the share of the window in which it did. One that does not run, or stands still, is
 * held back by that alone. Nothing found is an empty list. Pure.
 */
export function whyHeldBack(facts: WhyFacts): WhyFactor[] {
  const { run } = facts;
  if (run === undefined) return [notRunning(facts)];
  const still = frozen(facts, run);
  if (still.length > 0) return still;
  return RULES.flatMap((rule) => rule(facts, run)).toSorted((a, b) => weight(b) - weight(a));
}

/** What this host cannot tell of a container that runs. */
export function whyUnknown({ run, node }: WhyFacts): string[] {
  if (run === undefined) return [];
  const missing = (['cpu', 'memory', 'io'] as const).filter((resource) => run.after[`${resource}Pressure`] === undefined);
  const unknown: string[] = [];
  if (missing.length > 0)
    unknown.push(
      `no pressure figures (PSI) of this cgroup for ${missing.join(', ')}: they need a cgroup v2 tree and psi=1; what it waits for is not measured`,
    );
  if (run.after.io === undefined) unknown.push("no I/O figures of this cgroup: the host's io controller is not there");
  if (node.after.disks === undefined) unknown.push('no figures of disks');
  return unknown;
}

function weight({ kind, sharePercent }: WhyFactor): number {
  return sharePercent ?? UNMEASURED[kind] ?? UNMEASURED_DEFAULT;
}
