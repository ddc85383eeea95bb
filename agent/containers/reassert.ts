import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { FREEZE_DEADLINE_MS } from './change-limits.js';
import { type NodeContext, reportFault } from './context.js';
import { effectiveLimits } from './effective-limits.js';
import { governContainer } from './govern.js';
import type { Governed } from './governed.js';
import { rememberInForce } from './in-force.js';
import { diskNames, limitEntries, limitsFromEntries } from './limit-fields.js';

type Value = string | number | boolean;

/**
 * Puts back what somebody else changed of a container's limits, and says so with a `drift` event a field; call it on its queue. One that an
 * earlier agent started is written whole at the first call, for what it is in force is not known.
 */
export async function reassertContainer(context: NodeContext, container: Governed): Promise<void> {
  await governContainer(context, container);
  const { cgroup } = container;
  if (cgroup === undefined || !container.running || container.leaving || context.closing) return;
  const { limits, sources } = effectiveLimits(container);
  const wanted = new Map<string, Value>(limitEntries(limits).map(({ path, value }) => [path, value]));
  if (container.ending) wanted.delete('state');
  if (wanted.size === 0) return;
  const read = readLimits(cgroup);
  if (read === undefined) return;
  const found = new Map<string, Value>(limitEntries(read).map(({ path, value }) => [path, value]));
  const { inForce } = container;
  const expected = (path: string): Value | undefined => (path === 'state' ? wanted.get(path) : inForce?.get(path));
  const drifted = [...wanted.keys()].filter((path) => expected(path) !== undefined && found.get(path) !== expected(path));
  const rewrite = inForce === undefined ? [...wanted.keys()] : drifted;
  if (rewrite.length === 0) return;
  const entries = rewrite.map((path) => [path, wanted.get(path)!] as const);
  await applyLimits(cgroup, limitsFromEntries(entries, diskNames([limits])), {
    clock: context.runtime.clock,
    deadlineMs: FREEZE_DEADLINE_MS,
  });
  for (const path of drifted)
    context.events.emit('drift', container.subject(), {
      field: path,
      from: found.get(path) ?? null,
      to: expected(path) ?? null,
      source: sources[path] ?? null,
    });
  rememberInForce(container);
}

/** Every container by itself, those that are busy at the next time. Resolves when all are seen to. */
export async function reassertAll(context: NodeContext): Promise<void> {
  await Promise.all(
    context
      .governed()
      .filter((container) => container.queue.length === 0)
      .map((container) =>
        container.queue
          .run(() => reassertContainer(context, container))
          .then(
            () => {
              container.reassertFailure = undefined;
            },
            (error: Error) => {
              if (container.reassertFailure !== error.message) reportFault(context, container, 'put limits back', error);
              container.reassertFailure = error.message;
            },
          ),
      ),
  );
}
