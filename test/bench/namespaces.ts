import { execFileSync } from 'node:child_process';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import type { BenchApi } from './api.js';
import { withCrowd } from './containers.js';
import { quantile } from './quantiles.js';

export interface NamespacesResult {
  p50Ms: number;
  /** Of `lsns`, taking turns; it does not look at open files. */
  lsnsP50Ms: number;
  processes: number;
}

const CROWD = 1000;

/** Every namespace of the node, through the API, with a thousand processes in a container. */
export async function measureNamespaces(api: BenchApi, rootfs: string, rounds: number): Promise<NamespacesResult> {
  return withCrowd(api, rootfs, CROWD, async () => {
    const ours: number[] = [];
    const theirs: number[] = [];
    let processes = 0;
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      const views = await api.call<NamespaceView[]>('GET', '/v1/namespaces');
      const between = performance.now();
      execFileSync('lsns', ['--raw', '-o', 'NS,TYPE,PID,NPROCS']);
      theirs.push(performance.now() - between);
      ours.push(between - began);
      processes = Math.max(...views.map((view) => view.processes));
    }
    return { p50Ms: quantile(ours, 0.5), lsnsP50Ms: quantile(theirs, 0.5), processes };
  });
}
