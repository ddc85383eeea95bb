import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { overrideWithState } from './asked-state.js';
import { changeLimits } from './change-limits.js';
import type { NodeContext } from './context.js';
import { resolveDevice } from './devices.js';
import type { Governed } from './governed.js';
import { mergeLimits } from './limits-merge.js';
import { parseLimits } from './limits-parse.js';
import { refuseRemoval } from './state.js';
import { limitsOf } from './view.js';

/**
 * Records an override and puts it in force; call it on the container's queue. All or nothing: see changeLimits. One that does not run gets
 * it at its next start. `clear` drops earlier overrides first.
 */
export async function setContainerLimits(
  context: NodeContext,
  container: Governed,
  input: LimitsInput,
  options: { clear: boolean },
): Promise<LimitsView> {
  refuseRemoval(container, 'limit');
  const { override, state } = askedOverride(context, container, input, options);
  await changeLimits(context, container, { override }, state);
  if (state !== undefined && container.thawAtMs !== null) endDeadline(container);
  context.events.emit('limit', container.subject(), { limits: JSON.stringify(input), clear: options.clear });
  return limitsOf(container);
}

/** Who asks for a state, either of them, asks for it without an end. */
function endDeadline(container: Governed): void {
  container.cancelThaw?.();
  container.cancelThaw = undefined;
  container.setThawAt(null);
}

/**
 * All that is recorded by `limit` once this is; `state` is asked of the freezer, and recorded where something weaker says otherwise. Throws
 * for a field that is wrong.
 */
export function askedOverride(
  context: NodeContext,
  container: Pick<Governed, 'limits'>,
  input: LimitsInput,
  options: { clear: boolean },
): { override: Limits; state: Limits['state'] } {
  const { state, ...asked } = parseLimits(input, 'limits', (device, field) => resolveDevice(context, device, field));
  const before = options.clear ? {} : container.limits.override;
  const { limits: override } = mergeLimits([
    { source: 'override', limits: before },
    { source: 'override', limits: asked },
  ]);
  return { override: state === undefined ? override : overrideWithState({ ...container.limits, override }, state), state };
}
