import { isDeepStrictEqual } from 'node:util';
import type { EventView } from '#agent/contract/container.js';
import type { PolicyChange } from '#agent/contract/policy.js';
import { limitChanges, limitLayers } from '#agent/policy/merge.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { TsgovError } from '#native/tsgov-error.js';
import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import type { Container } from './container.js';
import { type NodeContext, reportFault } from './context.js';
import { effectiveLimits } from './effective-limits.js';
import { rememberInForce } from './in-force.js';
import { replaceLimitConditions } from './limit-conditions.js';
import { type LimitLayer, limitsChange } from './limits-merge.js';
import { policyLimits } from './policy-limits.js';
import { save } from './state.js';

export const FREEZE_DEADLINE_MS = 10_000;

/**
 * Brings a container in line with the policies of now; call it on its queue. What a policy that went, or changed, had set goes back to what
 * is said without it. All or nothing; a refusal is a condition of the container, told once, and tried again at the next call.
 */
export async function governContainer(context: NodeContext, container: Container): Promise<void> {
  if (container.removal !== undefined || context.closing) return;
  const { record } = container;
  const wanted = policyLimits(context, record);
  if (!isDeepStrictEqual(container.observed, wanted.observed)) {
    container.observed = wanted.observed;
    tell(context, container, 'observe', wanted.observed);
  }
  const before = record.limits.policies ?? [];
  if (isDeepStrictEqual(before, wanted.layers)) {
    container.policyFailure = undefined;
    return;
  }
  const changes = limitChanges(layersOf(record, before), layersOf(record, wanted.layers), false);
  try {
    await putInForce(context, container, before, wanted.layers);
    container.policyFailure = undefined;
    tell(context, container, 'enforce', changes);
  } catch (error) {
    if (!(error instanceof TsgovError)) throw error;
    const message = `policies are not in force as they stand: ${error.message}`;
    const known = container.policyFailure?.message === message;
    container.policyFailure = {
      type: 'PolicyFailed',
      reason: error.code,
      message,
      ...(error.field === undefined ? {} : { field: error.field.replace(/^limits\./, '') }),
    };
    if (!known) reportFault(context, container, 'policy', error);
  }
}

/** Sees to what runs on: every container by itself, on its queue. Resolves when all are seen to. */
export async function governAll(context: NodeContext): Promise<void> {
  await Promise.all(
    context.registry
      .all()
      .map((container) =>
        container.queue
          .run(() => governContainer(context, container))
          .catch((error: unknown) => reportFault(context, container, 'policy', error)),
      ),
  );
}

async function putInForce(
  context: NodeContext,
  container: Container,
  before: readonly LimitLayer[],
  after: LimitLayer[],
): Promise<void> {
  const { record, run } = container;
  const change = limitsChange(effectiveLimits(record).limits, effectiveLimits(withPolicies(record, after)).limits);
  if (run === undefined) {
    setPolicies(context, container, after);
    return;
  }
  // Killed half way, the next agent finds here all that may have been set, and drops what is not to be.
  setPolicies(context, container, [...before, ...after]);
  try {
    const applied = await applyLimits(run.cgroup, startable(container, change), {
      clock: context.runtime.clock,
      deadlineMs: FREEZE_DEADLINE_MS,
    });
    if (applied !== undefined) replaceLimitConditions(record, applied.conditions);
  } catch (error) {
    setPolicies(context, container, [...before]);
    throw error;
  }
  setPolicies(context, container, after);
  rememberInForce(container);
}

/** One that is to stop must not be frozen again on its way. */
function startable(container: Container, { state, ...limits }: Limits): Limits {
  return state === undefined || (state === 'frozen' && isEnding(container)) ? limits : { ...limits, state };
}

/** Somebody asked it to stop, or to start anew. */
export function isEnding(container: Container): boolean {
  return container.record.stopped || container.restarting;
}

function setPolicies(context: NodeContext, container: Container, policies: LimitLayer[]): void {
  container.record.limits = { ...container.record.limits, policies };
  save(context, container);
}

function withPolicies(record: ContainerRecord, policies: LimitLayer[]): ContainerRecord {
  return { ...record, limits: { ...record.limits, policies } };
}

function layersOf({ limits }: ContainerRecord, policies: readonly LimitLayer[]): LimitLayer[] {
  return limitLayers({ run: limits.run, policies, override: limits.override });
}

/** The same event, observed or enforced, but for the word. */
function tell(
  context: NodeContext,
  container: Container,
  enforce: 'enforce' | 'observe',
  changes: readonly PolicyChange[],
): void {
  for (const { field, from, fromSource, to, toSource } of changes) {
    const attributes: EventView['attributes'] = { enforce, field, from, to, fromSource, toSource };
    context.events.emit('policy', container.subject(), attributes);
  }
}
