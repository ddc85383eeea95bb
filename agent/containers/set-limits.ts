import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
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
  const { state, ...asked } = parseLimits(input, 'limits', (device, field) => resolveDevice(context, device, field));
  const override = mergeLimits([
    { source: 'override', limits: options.clear ? {} : container.limits.override },
    { source: 'override', limits: asked },
  ]).limits;
  await changeLimits(context, container, { override }, state);
  if (state === 'thawed' && container.thawAtMs !== null) container.setThawAt(null);
  context.events.emit('limit', container.subject(), { limits: JSON.stringify(input), clear: options.clear });
  return limitsOf(container);
}
