import { rfc3339 } from '#agent/containers/clock.js';
import { type NodeContext, reportFault } from '#agent/containers/context.js';
import { effectiveLimits } from '#agent/containers/effective-limits.js';
import type { Governed } from '#agent/containers/governed.js';
import { vitalIn } from '#agent/containers/guard-vital.js';
import { limitEntries, slicesOf } from '#agent/containers/limit-fields.js';
import type { DriftCause, DriftWriter } from '#agent/contract/drift.js';
import { type DriftDecision, decideDrift, forgetFields, type LimitValue } from '#agent/governor/drift/decide.js';
import { cgroupExists, pathFiles } from '#runtime/cgroup/cgroup-set.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { readShadows } from '#runtime/cgroup/shadow-files.js';
import { putBack } from './put-back.js';
import { tellDrift, tellWar } from './tell.js';

export interface DriftNotice {
  cause: DriftCause;
  /** When it was noticed, as the context's monotonic clock counts. */
  noticedMs: number;
  /** Limits to look at; undefined: all. */
  fields?: ReadonlySet<string>;
  /** Who wrote, by limit, where that is known. */
  writers: ReadonlyMap<string, DriftWriter>;
  /** `inForce` is so young that it may have been read after the write that is told of: what is wanted is written before it is compared. */
  doubt?: boolean;
}

type Values = ReadonlyMap<string, LimitValue>;

/**
 * Puts back what somebody else changed of a container's limits, and says so; call it on the container's queue. What is in force of one that
 * an earlier agent started is not known: then all is written. Answers how many drifts there were. Throws the first that could not be put
 * back; that is on record too.
 */
export async function repairDrift(context: NodeContext, container: Governed, notice: DriftNotice): Promise<number> {
  const { cgroup } = container;
  if (cgroup === undefined || !container.running || container.leaving || context.closing) return 0;
  container.noteDrift();
  const { limits, sources } = effectiveLimits(container);
  const wanted = valuesOf(limits);
  // A freeze that has an end stands until then, whatever says `thawed`.
  if (container.ending || (container.thawAtMs !== null && wanted.get('state') === 'thawed')) wanted.delete('state');
  if (wanted.get('state') === 'frozen' && vitalIn(context, container) !== undefined) wanted.delete('state');
  forget(context, container, wanted);
  const unknown = container.inForce === undefined;
  // Of a hierarchy that was seen only now, nothing was noted when these limits were set.
  if (unknown && container.rememberFound([...wanted.keys()])) container.setLimits(container.limits);
  const looked = [...wanted.keys()].filter((path) => unknown || (notice.fields?.has(path) ?? true));
  const read = looked.length === 0 ? undefined : readLimits(cgroup, slicesOf(looked));
  if (read === undefined) return 0;
  const found = valuesOf(read);
  const shadows = readShadows(cgroup, limits, pathFiles(cgroup));
  const put = (paths: readonly string[], doubt: boolean) =>
    putBack(context, container, cgroup, limits, { wanted, found }, paths, doubt);

  const first =
    unknown || notice.doubt === true ? looked.filter((path) => mayWriteUnseen(context, container, path, unknown)) : [];
  const failed = await put(first, true);
  const history = context.drift.history(container.id);
  const look = { atMs: context.clock.monotonicMs(), cause: notice.cause, writers: notice.writers };
  // What changed while no agent was there, nobody can be said to have changed now.
  const compared = unknown ? looked.filter((path) => notice.fields?.has(path)) : looked;
  const expected = expectedOf(container, wanted, compared);
  for (const [path, value] of shadows) if (found.get(path) === expected.get(path)) found.set(path, value);
  const decision = decideDrift(look, expected, found, history);
  const repairs = decision.steps.flatMap((step) => (step.kind === 'repair' ? [step.field] : []));
  for (const [field, error] of await put(
    repairs.filter((field) => !first.includes(field)),
    false,
  ))
    failed.set(field, error);
  if (!cgroupExists(cgroup)) return 0;

  context.drift.setHistory(container.id, decision.history);
  tell(context, container, { notice, decision, sources, failed });
  lookAgain(context, container, decision.lookAgainMs);
  for (const error of failed.values()) throw error;
  return repairs.length;
}

function valuesOf(limits: Limits): Map<string, LimitValue> {
  return new Map(limitEntries(limits).map(({ path, value }) => [path, value]));
}

function mayWriteUnseen(context: NodeContext, container: Governed, path: string, unknown: boolean): boolean {
  return unknown || (path !== 'state' && !context.drift.postponed(container.id, [path]));
}

/** The limits looked at, as the kernel is to say them. */
function expectedOf(container: Governed, wanted: Values, looked: readonly string[]): Values {
  const expected = new Map<string, LimitValue>();
  for (const path of looked) {
    const value = path === 'state' ? wanted.get(path) : container.inForce?.get(path);
    if (value !== undefined) expected.set(path, value);
  }
  return expected;
}

interface Outcome {
  notice: DriftNotice;
  decision: DriftDecision;
  sources: Readonly<Record<string, string>>;
  failed: ReadonlyMap<string, Error>;
}

function tell(context: NodeContext, container: Governed, { notice, decision, sources, failed }: Outcome): void {
  const repairMs = Math.round((context.clock.monotonicMs() - notice.noticedMs) * 1000) / 1000;
  const time = rfc3339(context.clock.nowMs());
  for (const step of decision.steps) {
    if (step.kind === 'war-begin' || step.kind === 'war-end') tellWar(context, container, step);
    if (step.kind !== 'repair') continue;
    const { field, from = null, to, writer = null } = step;
    const error = failed.get(field);
    // Every scan finds it again; it is told once.
    if (error !== undefined && container.reassertFailure === error.message) continue;
    const about = { time, field, from, to, source: sources[field] ?? null, cause: notice.cause, writer, repairMs };
    tellDrift(context, container, {
      ...about,
      repaired: error === undefined,
      ...(error !== undefined && { error: error.message }),
    });
  }
}

function forget(context: NodeContext, container: Governed, wanted: Values): void {
  const history = context.drift.history(container.id);
  if (history.size === 0) return;
  const left = forgetFields(history, new Set(wanted.keys()));
  context.drift.setHistory(container.id, left.history);
  for (const step of left.steps) if (step.kind === 'war-end') tellWar(context, container, step);
}

/** At the end of a back-off, and when a war may be over. */
function lookAgain(context: NodeContext, container: Governed, atMs: number | undefined): void {
  context.drift.lookAt(container.id, atMs, () => {
    const { watching: cause } = context.drift;
    const notice = (): DriftNotice => ({ cause, noticedMs: context.clock.monotonicMs(), writers: new Map() });
    container.queue
      .run(() => repairDrift(context, container, notice()))
      .catch((error: unknown) => reportFault(context, container, 'put limits back', error));
  });
}
