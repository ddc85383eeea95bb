import type { ContainerView } from '#agent/contract/container.js';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { driftTargets, limitsOfAll } from '#test/support/limit-files.js';
import { OutsideWriter } from '#test/support/outside-writer.js';
import type { BenchApi } from './api.js';
import { quantile } from './quantiles.js';

interface DriftTimes {
  p50Ms: number;
  p99Ms: number;
  writes: number;
}

/** Of the interface files of each cgroup version that this host has; hugetlb's are version 2 on a hybrid one. */
export type DriftResult = Partial<Record<'v1' | 'v2', DriftTimes>>;

/** A limit put back more often than that within ten seconds would be a tug of war; some files change two limits. */
const TURNS = 4;

/**
 * From before another process's write to an enforced file until the kernel says again what it said, as that process sees it, over all enforced
 * files of as many containers as it takes.
 */
export async function measureDrift(api: BenchApi, rootfs: string, writes: number): Promise<DriftResult> {
  const versions = new Set(cgroupMounts().map(({ version }) => version));
  const result: DriftResult = {};
  for (const version of [1, 2] as const) {
    const times = versions.has(version) ? await driftTimes(api, rootfs, writes, version) : [];
    if (times.length > 0)
      result[`v${version}`] = { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), writes: times.length };
  }
  return result;
}

async function driftTimes(api: BenchApi, rootfs: string, writes: number, version: 1 | 2): Promise<number[]> {
  const trees = cgroupMounts().filter((mount) => mount.version === version);
  const writer = await OutsideWriter.start();
  const ids: string[] = [];
  const times: number[] = [];
  try {
    while (times.length < writes) {
      const body = { image: `rootfs:${rootfs}`, command: ['/crowd', '1'], limits: limitsOfAll() };
      const { id } = await api.call<{ id: string }>('POST', '/v1/containers?start=true', body);
      ids.push(id);
      const targets = driftTargets(await api.call<ContainerView>('GET', `/v1/containers/${id}`)).filter(({ path }) =>
        trees.some(({ dir }) => path.startsWith(`${dir}/`)),
      );
      if (targets.length === 0) break;
      for (let turn = 0; turn < TURNS; turn += 1)
        for (const { path, value } of targets) if (times.length < writes) times.push(await writer.write(path, value));
    }
    return times;
  } finally {
    await writer.end();
    for (const id of ids) await api.call('DELETE', `/v1/containers/${id}?force=true`);
  }
}
