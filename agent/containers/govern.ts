import { isDeepStrictEqual } from 'node:util';
import type { EventView } from '#agent/contract/container.js';
import type { PolicyChange } from '#agent/contract/policy.js';
import { limitChanges, limitLayers } from '#agent/policy/merge.js';
import { TsgovError } from '#native/tsgov-error.js';
import { changeLimits } from './change-limits.js';
import { type NodeContext, reportFault } from './context.js';
import { askedLimits } from './effective-limits.js';
import type { Governed } from './governed.js';
import { journalChanges } from './journal-changes.js';
import { type LimitLayer, pathsOf } from './limits-merge.js';
import { acceptLayers, type PolicyLimits, policyLimits } from './policy-limits.js';

/**
 * Brings a container in line with the policies of now; call it on its queue. What a policy that went, or changed, had set goes back to what
 * is said without it. All or nothing; a refusal is a condition of the container, told once, and tried again at the next call.
 */
export async function governContainer(context: NodeContext, container: Governed): Promise<void> {
  if (container.leaving || context.closing) return;
  const wanted = policyLimits(context, container);
  const { limits } = container;
  const asWanted = limits.policies === wanted.layers || isDeepStrictEqual(limits.policies ?? [], wanted.layers);
  const changes = asWanted ? [] : changesTold(container, limits.policies ?? [], wanted.layers, false);
  tellObserved(context, container, wanted, changes);
  if (asWanted) {
    container.policyFailure = undefined;
    return;
  }
  try {
    await changeLimits(context, container, { policies: wanted.layers });
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
    if (known) return;
    reportFault(context, container, 'policy', error);
    journalChanges(context, container, changes, { result: 'failed', error: `${error.code}: ${error.message}` });
  }
}

/** Sees to what runs on: every container by itself, on its queue. Resolves when all are seen to. */
export async function governAll(context: NodeContext): Promise<void> {
  await Promise.all(
    context
      .governed()
      .map((container) =>
        container.queue
          .run(() => governContainer(context, container))
          .catch((error: unknown) => reportFault(context, container, 'policy', error)),
      ),
  );
}

/**
 * What would have been told now if the policies that observe were in force: what would have stood before differs from what would stand.
 * `enforced`: what is told anyway.
 */
function tellObserved(context: NodeContext, container: Governed, wanted: PolicyLimits, enforced: readonly PolicyChange[]): void {
  const { limits, observed } = container;
  if (observed === undefined && wanted.observed.length === 0) return;
  const { layers } = acceptLayers(
    askedLimits(container),
    context.policies.verdict(container.policySubject()).observed,
    context.cgroups.facts,
  );
  container.observed = wanted.observed.length === 0 ? undefined : layers;
  const [before, after] = [observed ?? limits.policies ?? [], layers];
  if (isDeepStrictEqual(before, after)) return;
  const told = new Set(enforced.map(({ field, to, toSource }) => JSON.stringify([field, to, toSource])));
  const changes = changesTold(container, before, after, true);
  const fresh = changes.filter(({ field, to, toSource }) => !told.has(JSON.stringify([field, to, toSource])));
  tell(context, container, 'observe', fresh);
}

/** What changes of the limits in force, or would, when these policies' layers take the place of those. */
function changesTold(
  container: Governed,
  before: readonly LimitLayer[],
  after: readonly LimitLayer[],
  observed: boolean,
): PolicyChange[] {
  const limits = container.limitsWithFound(pathsOf([...before, ...after]));
  const layers = (policies: readonly LimitLayer[]) => limitLayers({ ...limits, policies: [...policies] });
  return limitChanges(layers(before), layers(after), observed);
}

/** The same event, observed or enforced, but for the word. */
function tell(context: NodeContext, container: Governed, enforce: 'enforce' | 'observe', changes: readonly PolicyChange[]): void {
  for (const { field, from, fromSource, to, toSource } of changes) {
    const attributes: EventView['attributes'] = { enforce, field, from, to, fromSource, toSource };
    context.events.emit('policy', container.subject(), attributes);
  }
  journalChanges(context, container, changes, { result: enforce === 'enforce' ? 'done' : 'observed' });
}
