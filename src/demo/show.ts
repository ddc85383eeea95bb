import { setTimeout as sleep } from 'node:timers/promises';
import type { TsgovClient } from '#agent/client.js';
import type { ContainerView, StatsView } from '#agent/contract/container.js';
import { Meter } from './meter.js';
import type { Sample } from './samples.js';
import type { Row } from './table.js';

const FREE_MSEC = 2000;
const TICK_MSEC = 1000;

/** One workload while the demo runs. */
export interface Act {
  sample: Sample;
  meter: Meter;
  wants: number | undefined;
  limit: number;
}

/**
 * Starts the samples. Those whose appetite is not known run free for two seconds, which is then what they want; only then is
 * their limit set, live. Resolves when every limit is in force.
 */
export async function raiseCurtain(client: TsgovClient, samples: readonly Sample[]): Promise<Act[]> {
  const acts = samples.map((sample) => ({ sample, meter: new Meter(sample.resource), wants: sample.wants, limit: sample.limit }));
  for (const { sample } of acts) await client.create(sample.body, { start: true });
  for (const { sample, meter } of acts) meter.add(await client.stats(sample.name));
  await sleep(FREE_MSEC);
  for (const act of acts) {
    act.meter.add(await client.stats(act.sample.name));
    act.wants ??= act.meter.read()?.use;
    await client.setLimits(act.sample.name, act.sample.limits);
  }
  // Whatever was under way when the limits came is not theirs.
  await sleep(TICK_MSEC);
  for (const { sample, meter } of acts) {
    meter.add(await client.stats(sample.name));
    meter.restart();
  }
  return acts;
}

/** Samples all workloads once; a limit that someone changed meanwhile (`tsgov limit`) starts a new window. */
export async function tick(client: TsgovClient, acts: readonly Act[]): Promise<Row[]> {
  return Promise.all(
    acts.map(async (act) => {
      const view = await client.inspect(act.sample.name);
      const limit = limitOf(act.sample, view);
      const stats = await sampleOf(client, view);
      if (stats !== undefined) act.meter.add(stats);
      if (limit !== act.limit) act.meter.restart();
      act.limit = limit;
      const reading = act.meter.read();
      const row = { name: act.sample.name, resource: act.sample.resource, wants: act.wants, limit };
      const says = view.state.status === 'running' ? (reading?.evidence ?? 'measuring') : view.state.status;
      return { ...row, gets: reading?.now, use: reading?.use, says };
    }),
  );
}

/** Resolves after one tick, or at once when `signal` aborts. */
export async function pause(signal: AbortSignal): Promise<void> {
  await sleep(TICK_MSEC, undefined, { signal }).catch(() => undefined);
}

async function sampleOf(client: TsgovClient, view: ContainerView): Promise<StatsView | undefined> {
  if (view.state.status !== 'running' && view.state.status !== 'frozen') return undefined;
  return client.stats(view.id);
}

/** The limit in force, as the agent reads it back from the kernel; without one, infinity. */
function limitOf(sample: Sample, { limits }: ContainerView): number {
  const value = {
    cpu: limits.cpu?.max,
    memory: limits.memory?.max,
    disk: limits.io?.devices?.[0]?.writeBps,
  }[sample.resource];
  return typeof value === 'number' ? value : Number.POSITIVE_INFINITY;
}
