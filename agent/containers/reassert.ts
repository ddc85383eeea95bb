import { setImmediate as nextTurn } from 'node:timers/promises';
import { repairDrift } from '#agent/drift/repair.js';
import { type NodeContext, reportFault } from './context.js';
import { governContainer } from './govern.js';
import type { Governed } from './governed.js';
import { bringBackStrays } from './strays.js';

/**
 * Brings a container in line with the policies of now, and puts back what somebody else changed of its limits; call it on its queue. The net
 * below the watch (agent/drift), and all there is where the kernel lets nobody watch. `strays`: processes that were moved out are looked for too.
 */
export async function reassertContainer(context: NodeContext, container: Governed, strays = true): Promise<void> {
  await governContainer(context, container);
  if (strays) await bringBackStrays(context, container);
  const { limitFiles } = context;
  if (limitFiles.unchanged(container)) return;
  // Whoever heard of the write knows who wrote.
  if (context.drift.hear(container)) return;
  const before = limitFiles.read(container);
  const notice = { cause: 'scan' as const, noticedMs: context.clock.monotonicMs(), writers: new Map() };
  const repairs = await repairDrift(context, container, notice);
  // As long as a repair waits for its turn, every scan has to look.
  const calm = repairs === 0 && context.drift.history(container.id).size === 0;
  if (calm && before !== undefined && container.running) limitFiles.keep(container, before);
  else limitFiles.forget(container.id);
}

/** Every container by itself, those that are busy at the next time. Resolves when all are seen to. */
export async function reassertAll(context: NodeContext): Promise<void> {
  const all = context.governed();
  const ids = new Set(all.map(({ id }) => id));
  context.drift.keepOnly(ids);
  context.limitFiles.keepOnly(ids);
  const looked = strayTurn(context, all);
  const under: Promise<void>[] = [];
  for (const container of all) {
    if (container.queue.length > 0) continue;
    under.push(reassertOne(context, container, looked.has(container.id)));
    // Requests and events have their turn in between; what waits for the kernel is waited for at the end only.
    if (under.length % AT_ONCE === 0) await nextTurn();
  }
  await Promise.all(under);
}

const AT_ONCE = 32;

async function reassertOne(context: NodeContext, container: Governed, strays: boolean): Promise<void> {
  try {
    await container.queue.run(() => reassertContainer(context, container, strays));
    container.reassertFailure = undefined;
  } catch (error) {
    const { message } = error as Error;
    if (container.reassertFailure !== message) reportFault(context, container, 'put limits back', error);
    container.reassertFailure = message;
  }
}

/** Every process of a container in every hierarchy costs a dozen files: of many containers so many are looked through at a time, in turns. */
const STRAYS_AT_ONCE = 25;

function strayTurn(context: NodeContext, all: readonly Governed[]): ReadonlySet<string> {
  const own = all.filter(({ foreign }) => !foreign);
  const from = context.nextStray < own.length ? context.nextStray : 0;
  const turn = own.slice(from, from + STRAYS_AT_ONCE);
  context.nextStray = from + turn.length;
  if (from === 0) context.strayRound += 1;
  return new Set(turn.map(({ id }) => id));
}
