import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerBackend } from '#agent/contract/backend.js';
import type { ContainerView } from '#agent/contract/container.js';
import type { JournalBackend, JournalEntry } from '#agent/contract/journal.js';
import type { Snapshot } from '#agent/contract/snapshot.js';
import type { WhyBackend, WhyFactor, WhyView } from '#agent/contract/why.js';
import type { Sample } from '#agent/model/sample.js';
import type { FrozenFacts, OtherFacts, RunFacts, WhyFacts } from '#agent/model/why/facts.js';
import { whyHeldBack, whyUnknown } from '#agent/model/why/why.js';
import { effectiveCpus } from '#runtime/cgroup/effective-cpus.js';
import { frozenParent } from '#runtime/cgroup/freezer.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { type Clock, rfc3339 } from './clock.js';
import type { Governed } from './governed.js';
import { limitEntries } from './limit-fields.js';

export interface WhySources {
  backend: Pick<ContainerBackend, 'inspect'>;
  governed: () => readonly Governed[];
  /** The one a reference means, a plain cgroup that nobody governs too. Throws as `inspect`. */
  find: (ref: string) => Governed;
  /** Two whole samples of all that is governed and runs, and of this one, a window apart. */
  watch: (window: () => Promise<void>, asked: Governed) => Promise<Observed>;
  journal: Pick<JournalBackend, 'journal'>;
  clock: Pick<Clock, 'nowMs'>;
}

interface Observed {
  before: Sample;
  after: Sample;
  snapshot: Snapshot;
}

/** Enough of the journal to find who froze it and who set a limit last. */
const JOURNAL_ENTRIES = 200;

/** Says what holds a container back: looks at all containers twice, and hands what was seen to the model. */
export function whyBackend(sources: WhySources): WhyBackend {
  return { why: (ref, { windowMs }, signal) => whyOf(sources, ref, windowMs, signal) };
}

async function whyOf(sources: WhySources, ref: string, windowMs: number, signal: AbortSignal): Promise<WhyView> {
  const container = sources.find(ref);
  const { id } = container;
  const seen = await sources.watch(async () => {
    if (container.running) await sleep(windowMs, undefined, { signal });
  }, container);
  const view = sources.backend.inspect(id);
  const { entries } = await sources.journal.journal({ container: id, limit: JOURNAL_ENTRIES });
  const facts = factsOf(sources, view, container, seen, entries);
  return {
    id,
    name: view.name,
    time: rfc3339(sources.clock.nowMs()),
    status: view.state.status,
    windowMs: facts.run === undefined ? 0 : Math.round(facts.windowMs),
    factors: whyHeldBack(facts).map((factor) => ({ ...factor, changed: changeOf(factor, entries) })),
    unknown: whyUnknown(facts),
  };
}

function factsOf(
  sources: WhySources,
  view: ContainerView,
  container: Governed,
  seen: Observed,
  entries: readonly JournalEntry[],
): WhyFacts {
  const { before, after, snapshot } = seen;
  return {
    windowMs: after.monotonicMs - before.monotonicMs,
    status: view.state.status,
    end: { exitCode: view.state.exitCode, oomKilled: view.state.oomKilled, error: view.state.error },
    sources: view.limitSources,
    runtime: view.runtime,
    frozen: frozenOf(container, entries, sources.clock.nowMs()),
    run: runOf(container, seen),
    node: {
      before: before.node,
      after: after.node,
      busyCores: snapshot.node.busyCores,
      memoryAvailablePercent: snapshot.node.signals['node.memory.available'],
    },
    others: othersOf(sources.governed(), view.id, seen),
  };
}

function runOf({ id, cgroup }: Governed, { before, after, snapshot }: Observed): RunFacts | undefined {
  const [then, now] = [before.containers.get(id), after.containers.get(id)];
  const mine = snapshot.containers.find((each) => each.id === id);
  const limits = cgroup && readLimits(cgroup);
  if (cgroup === undefined || then === undefined || now === undefined || mine === undefined || limits === undefined)
    return undefined;
  return {
    limits: Object.fromEntries(limitEntries(limits).map(({ path, value }) => [path, value])),
    snapshot: mine,
    before: then,
    after: now,
    cpus: effectiveCpus(cgroup),
  };
}

function othersOf(governed: readonly Governed[], id: string, { before, after, snapshot }: Observed): OtherFacts[] {
  const cgroups = new Map(governed.map((each) => [each.id, each.cgroup]));
  return snapshot.containers.flatMap((each) => {
    const [now, cgroup] = [after.containers.get(each.id), cgroups.get(each.id)];
    if (each.id === id || now === undefined || cgroup === undefined) return [];
    return [
      {
        id: each.id,
        name: each.name,
        snapshot: each,
        before: before.containers.get(each.id),
        after: now,
        cpus: effectiveCpus(cgroup),
      },
    ];
  });
}

function frozenOf(container: Governed, entries: readonly JournalEntry[], nowMs: number): FrozenFacts | undefined {
  if (container.cgroup === undefined) return undefined;
  const last = entries.find(isOfState);
  return {
    parent: frozenParent(container.cgroup),
    by: last?.after === 'frozen' ? last.actor : undefined,
    thawAtMs: container.thawAtMs,
    nowMs,
  };
}

/** Froze or thawed it, whatever the act is called; putting back what somebody else did is not whose wish that is. */
function isOfState({ actor, field, after, result }: JournalEntry): boolean {
  return result === 'done' && actor !== 'drift-guard' && (field === 'state' || after === 'frozen' || after === 'thawed');
}

/** The newest act on the factor's field that was done. */
function changeOf({ field }: WhyFactor, entries: readonly JournalEntry[]): WhyFactor['changed'] {
  const entry = field === null ? undefined : entries.find((each) => each.field === field && each.result === 'done');
  return entry === undefined ? null : { time: entry.time, actor: entry.actor, reason: entry.reason };
}
