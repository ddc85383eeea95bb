import type { ContainerView } from '#agent/contract/container.js';
import type { LatencyView } from '#agent/contract/latency.js';
import { BLOCK_IO } from './block-io.js';
import type { BpfFigures } from './bpf-figures.js';
import { RUN_QUEUE } from './run-queue.js';
import { LATENCY_SLOTS } from './sum-source.js';

/** Histograms of one container for the API. `inspect` throws CONTAINER_NOT_FOUND and REF_AMBIGUOUS. */
export function latencyReader(
  figures: BpfFigures,
  inspect: (ref: string) => Pick<ContainerView, 'id' | 'name'>,
): (ref: string) => LatencyView {
  return (ref) => {
    const { id, name } = inspect(ref);
    const { runQueue, blockIo } = figures.container(id);
    const counts = (words: Float64Array): number[] => Array.from(words.subarray(0, LATENCY_SLOTS));
    return {
      id,
      name,
      runQueue: runQueue === undefined ? null : counts(runQueue),
      blockIo: [...(blockIo ?? [])].map(([key, words]) => {
        const [device = '', operation = ''] = key.split(' ');
        return { device, operation, counts: counts(words) };
      }),
      off: figures
        .own()
        .collectors.filter(({ object, state }) => state === 'off' && (object === RUN_QUEUE.object || object === BLOCK_IO.object))
        .map(({ name: collector, reason }) => ({ collector, reason: reason ?? '' })),
    };
  };
}
