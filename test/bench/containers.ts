import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerView } from '#agent/contract/container.js';
import type { BenchApi } from './api.js';
import { quantile } from './quantiles.js';

/** A running container of `count` sleeping processes; resolves when all of them are there. */
async function startCrowd(api: BenchApi, rootfs: string, count: number): Promise<string> {
  const body = { image: `rootfs:${rootfs}`, command: ['/crowd', String(count)], limits: { memory: { max: '512m' } } };
  const { id } = await api.call<{ id: string }>('POST', '/v1/containers?start=true', body);
  for (let tries = 0; ; tries += 1) {
    const processes = await api.call<unknown[]>('GET', `/v1/containers/${id}/processes`);
    if (processes.length >= count) return id;
    if (tries === 600) throw new Error(`${processes.length} of ${count} processes after 30 s`);
    await sleep(50);
  }
}

/** Work while a container of `count` sleeping processes runs, which is removed after. */
export async function withCrowd<T>(api: BenchApi, rootfs: string, count: number, work: (id: string) => Promise<T>): Promise<T> {
  const id = await startCrowd(api, rootfs, count);
  try {
    return await work(id);
  } finally {
    await api.call('DELETE', `/v1/containers/${id}?force=true`);
  }
}

/** Median PSS of ten running containers' shims, from /proc/PID/smaps_rollup. */
export async function measureShimPssKiB(api: BenchApi, rootfs: string, state: string): Promise<number> {
  const ids: string[] = [];
  try {
    for (let count = 0; count < 10; count += 1) ids.push(await startCrowd(api, rootfs, 1));
    return quantile(
      ids.map((id) => {
        const [, , shim] = readFileSync(join(state, 'containers', id, 'pid'), 'utf8')
          .trim()
          .split(' ');
        const pss = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${shim}/smaps_rollup`, 'utf8'))?.[1];
        if (pss === undefined) throw new Error(`no Pss in /proc/${shim}/smaps_rollup`);
        return Number(pss);
      }),
      0.5,
    );
  } finally {
    for (const id of ids) await api.call('DELETE', `/v1/containers/${id}?force=true`);
  }
}

/** Median of PATCH limits on a running container, two limits changed each time. */
export async function measureLimitMs(api: BenchApi, rootfs: string, rounds: number): Promise<number> {
  return withCrowd(api, rootfs, 1, async (id) => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const limits =
        round % 2 === 0 ? { memory: { max: '64m' }, cpu: { max: 0.5 } } : { memory: { max: '128m' }, cpu: { max: 0.75 } };
      const began = performance.now();
      await api.call('PATCH', `/v1/containers/${id}/limits`, limits);
      times.push(performance.now() - began);
    }
    return quantile(times, 0.5);
  });
}

/** p99 of POST freeze for a container of `count` processes; the kernel's own file must say frozen after each. */
export async function measureFreezeMs(api: BenchApi, rootfs: string, count: number, rounds: number): Promise<number> {
  return withCrowd(api, rootfs, count, async (id) => {
    const { cgroups } = await api.call<ContainerView>('GET', `/v1/containers/${id}`);
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      await api.call('POST', `/v1/containers/${id}/freeze`);
      times.push(performance.now() - began);
      if (!kernelSaysFrozen(cgroups)) throw new Error(`freeze of ${id} answered, yet the kernel does not say frozen`);
      await api.call('POST', `/v1/containers/${id}/thaw`);
    }
    return quantile(times, 0.99);
  });
}

function kernelSaysFrozen(cgroups: Record<string, string>): boolean {
  const dir = cgroups.freezer ?? cgroups.unified;
  if (dir === undefined) throw new Error('the container has no freezer cgroup');
  try {
    return readFileSync(join(dir, 'freezer.state'), 'utf8').trim() === 'FROZEN';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return /^frozen 1$/m.test(readFileSync(join(dir, 'cgroup.events'), 'utf8'));
  }
}
