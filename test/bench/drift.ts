import type { ContainerView } from '#agent/contract/container.js';
import { driftTargets, limitsOfAll } from '#test/support/limit-files.js';
import { OutsideWriter } from '#test/support/outside-writer.js';
import type { BenchApi } from './api.js';
import { quantile } from './quantiles.js';

export interface DriftResult {
  p50Ms: number;
  p99Ms: number;
  writes: number;
}

/** A limit put back more often than that within ten seconds would be a tug of war; some files change two limits. */
const TURNS = 4;

/**
 * From before another process's write to an enforced file until the kernel says again what it said, as that process sees it, over all enforced
 * files of as many containers as it takes.
 */
export async function measureDrift(api: BenchApi, rootfs: string, writes: number): Promise<DriftResult> {
  const writer = await OutsideWriter.start();
  const ids: string[] = [];
  const times: number[] = [];
  try {
    while (times.length < writes) {
      const body = { image: `rootfs:${rootfs}`, command: ['/crowd', '1'], limits: limitsOfAll() };
      const { id } = await api.call<{ id: string }>('POST', '/v1/containers?start=true', body);
      ids.push(id);
      const targets = driftTargets(await api.call<ContainerView>('GET', `/v1/containers/${id}`));
      for (let turn = 0; turn < TURNS; turn += 1)
        for (const { path, value } of targets) if (times.length < writes) times.push(await writer.write(path, value));
    }
    return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), writes };
  } finally {
    await writer.end();
    for (const id of ids) await api.call('DELETE', `/v1/containers/${id}?force=true`);
  }
}
