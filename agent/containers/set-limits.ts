import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { resolveDevice } from './devices.js';
import { effectiveLimits } from './effective-limits.js';
import { rememberInForce } from './in-force.js';
import { replaceLimitConditions } from './limit-conditions.js';
import { limitsChange, mergeLimits } from './limits-merge.js';
import { parseLimits } from './limits-parse.js';
import { refuseRemoval, save } from './state.js';
import { limitsOf } from './view.js';

const FREEZE_DEADLINE_MS = 10_000;

/**
 * Records an override and puts it in force; call it on the container's queue. All or nothing: validated whole, written with
 * rollback, recorded once the kernel took it. One that does not run gets it at its next start. `clear` drops earlier overrides first.
 */
export async function setContainerLimits(
  context: NodeContext,
  container: Container,
  input: LimitsInput,
  options: { clear: boolean },
): Promise<LimitsView> {
  refuseRemoval(container, 'limit');
  const { record } = container;
  const { state, ...asked } = parseLimits(input, 'limits', (device, field) => resolveDevice(context, device, field));
  const before = effectiveLimits(record).limits;
  const override = mergeLimits([
    { source: 'override', limits: options.clear ? {} : record.limits.override },
    { source: 'override', limits: asked },
  ]).limits;
  const after = effectiveLimits({ ...record, limits: { ...record.limits, override } }).limits;
  validateLimits(after, context.cgroups.facts);
  const change = limitsChange(before, after);
  const applied =
    container.run &&
    (await applyLimits(container.run.cgroup, state === undefined ? change : { ...change, state }, {
      clock: context.runtime.clock,
      deadlineMs: FREEZE_DEADLINE_MS,
    }));
  if (applied !== undefined) replaceLimitConditions(record, applied.conditions);
  record.limits = { ...record.limits, override };
  if (state === 'thawed') record.thawAtMs = null;
  save(context, container);
  rememberInForce(container);
  context.events.emit('limit', container.subject(), { limits: JSON.stringify(input), clear: options.clear });
  return limitsOf(container);
}
