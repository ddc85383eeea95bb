import { AgentError } from '#agent/contract/errors.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { freeze, thaw } from '#runtime/cgroup/freezer.js';
import { type NodeContext, reportFault } from './context.js';
import { isFrozen } from './frozen.js';
import type { Governed } from './governed.js';
import { refuseVital } from './guard-vital.js';
import { refuseRemoval, requireCgroup } from './state.js';

const FREEZE_DEADLINE_MS = 10_000;
/** A deadline holds: a thaw that failed is tried again. */
const THAW_RETRY_MS = 1000;

/**
 * Stops every process of a container; call it on its queue. With `forMs` it thaws by itself, also under an agent started later: the
 * deadline is on disk before anything is frozen. Throws STATE_CONFLICT (not running, frozen already), DEADLINE (thawed again).
 */
export async function freezeContainer(context: NodeContext, container: Governed, options: { forMs?: number }): Promise<void> {
  refuseRemoval(container, 'freeze');
  const cgroup = requireCgroup(container, 'freeze');
  refuseVital(context, container, 'freeze');
  if (isFrozen(cgroup)) throw new AgentError('STATE_CONFLICT', `${container.name} is frozen already`);
  const { forMs } = options;
  container.cancelThaw?.();
  container.cancelThaw = undefined;
  container.tellThaw = undefined;
  const thawAtMs = forMs === undefined ? null : context.clock.nowMs() + forMs;
  if (container.thawAtMs !== thawAtMs) container.setThawAt(thawAtMs, forMs);
  try {
    await freeze(cgroup, { deadlineMs: FREEZE_DEADLINE_MS, clock: context.runtime.clock });
  } catch (error) {
    if (thawAtMs !== null) container.setThawAt(null);
    throw error;
  }
  armThaw(context, container);
  context.events.emit('freeze', container.subject(), forMs === undefined ? {} : { forMs });
}

/** Lets it go on; call it on its queue. Throws STATE_CONFLICT when it is not running or not frozen. */
export async function thawContainer(
  context: NodeContext,
  container: Governed,
  why: 'asked' | 'deadline' = 'asked',
): Promise<void> {
  refuseRemoval(container, 'thaw');
  const cgroup = requireCgroup(container, 'thaw');
  if (!isFrozen(cgroup)) throw new AgentError('STATE_CONFLICT', `${container.name} is not frozen`);
  await thaw(cgroup, { deadlineMs: FREEZE_DEADLINE_MS, clock: context.runtime.clock });
  container.cancelThaw?.();
  container.cancelThaw = undefined;
  if (container.thawAtMs !== null) container.setThawAt(null);
  context.events.emit('thaw', container.subject(), { why });
}

/** Thaws a container that a signal is meant to end; nothing to do when it is not frozen. */
export async function thawQuietly(context: NodeContext, container: Governed, cgroup: CgroupSet): Promise<void> {
  if (container.cgroup !== cgroup || !isFrozen(cgroup)) return;
  await thaw(cgroup, { deadlineMs: FREEZE_DEADLINE_MS, clock: context.runtime.clock });
  context.events.emit('thaw', container.subject(), { why: 'signal' });
  context.journal.record({
    container: container.subject(),
    action: 'thaw',
    field: 'state',
    before: 'frozen',
    after: 'thawed',
    reason: 'it is sent a signal, on which it can act only thawed',
  });
}

/** Arms the timer of a deadline that is on record; one that has passed thaws now. */
export function armThaw(context: NodeContext, container: Governed): void {
  const { thawAtMs, thawForMs = Number.POSITIVE_INFINITY } = container;
  if (thawAtMs === null) return;
  container.cancelThaw?.();
  // A clock that was set back meanwhile makes it no longer than it was to be.
  const leftMs = Math.min(thawForMs, thawAtMs - context.clock.nowMs());
  container.cancelThaw = context.clock.after(Math.max(0, leftMs), () => {
    container.cancelThaw = undefined;
    container.queue
      .run(() => deadlinePassed(context, container))
      .catch((error: unknown) => {
        reportFault(context, container, 'thaw', error);
        container.cancelThaw = context.clock.after(THAW_RETRY_MS, () => armThaw(context, container));
      });
  });
}

async function deadlinePassed(context: NodeContext, container: Governed): Promise<void> {
  if (container.thawAtMs === null || container.leaving) return;
  if (!container.frozen) {
    container.setThawAt(null);
    return;
  }
  const { tellThaw } = container;
  await thawContainer(context, container, 'deadline');
  container.tellThaw = undefined;
  if (tellThaw !== undefined) {
    tellThaw();
    return;
  }
  context.journal.record({
    container: container.subject(),
    actor: 'agent',
    action: 'thaw',
    field: 'state',
    before: 'frozen',
    after: 'thawed',
    reason: 'the time its freeze was given is over',
  });
}
