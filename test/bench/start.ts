import { join } from 'node:path';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { cgroupMode } from '#test/support/requires.js';
import type { BenchApi } from './api.js';
import { LIMITS } from './bundle.js';
import { Helper } from './helper.js';
import { figures, type StartFigures } from './quantiles.js';

export interface StartResult {
  /** create+start and wait through the agent's API; as a client sees it. */
  api: StartFigures;
  /** The same, with the removal of the container. */
  apiWithRemove: StartFigures;
  /** floor.c: the bare system calls, from the first mkdir to the exit seen. */
  floor: StartFigures;
  floorWithRemove: StartFigures;
  /** `crun run` and `runc run`, posix_spawn to waitpid; they remove what they made. */
  crun: StartFigures;
  runc: StartFigures;
}

export interface StartContest {
  api: BenchApi;
  rounds: number;
  bundle: string;
  rootfs: string;
  /** Folder of the compiled C programs. */
  programs: string;
  /** Part of the names of what crun, runc and the floor make. */
  tag: string;
}

const WARM_UP = 5;

/** Start→exit of a static `true`, the contestants taking turns within each round so that all meet the same machine. */
export async function measureStart({ api, rounds, bundle, rootfs, programs, tag }: StartContest): Promise<StartResult> {
  const floor = startHelper([join(programs, 'floor'), rootfs, `tsgov-test-${tag}-floor`]);
  const program = (runtime: string) => [
    join(programs, 'drive'),
    runtime,
    'run',
    '--bundle',
    bundle,
    `tsgov-test-${tag}-${runtime}`,
  ];
  const crun = startHelper([...withoutHybridTree(), ...program('crun')]);
  const runc = startHelper(program('runc'));
  const times = { api: [], apiWithRemove: [], floor: [], floorWithRemove: [], crun: [], runc: [] } as Record<
    keyof StartResult,
    number[]
  >;
  try {
    for (let round = -WARM_UP; round < rounds; round += 1) {
      const [apiMs, apiWithRemoveMs] = await throughApi(api, rootfs);
      const [floorNs = 0, floorWithRemoveNs = 0] = await floor.ask('go');
      const [crunNs = 0, crunExit] = await crun.ask('0');
      const [runcNs = 0, runcExit] = await runc.ask('0');
      if (crunExit !== 0 || runcExit !== 0) throw new Error(`crun ended with ${crunExit}, runc with ${runcExit}`);
      if (round < 0) continue;
      times.api.push(apiMs);
      times.apiWithRemove.push(apiWithRemoveMs);
      times.floor.push(floorNs / 1e6);
      times.floorWithRemove.push(floorWithRemoveNs / 1e6);
      times.crun.push(crunNs / 1e6);
      times.runc.push(runcNs / 1e6);
    }
  } finally {
    await floor.close();
    await crun.close();
    await runc.close();
  }
  return {
    api: figures(times.api),
    apiWithRemove: figures(times.apiWithRemove),
    floor: figures(times.floor),
    floorWithRemove: figures(times.floorWithRemove),
    crun: figures(times.crun),
    runc: figures(times.runc),
  };
}

function startHelper([command = '', ...args]: string[]): Helper {
  return new Helper(command, args);
}

/**
 * crun refuses a hybrid host whose v2 tree carries controllers ("cgroups in hybrid mode not supported"). There it runs in a mount
 * namespace of its own without that tree, so that it sees a v1 host: one directory less to make than the others have.
 */
function withoutHybridTree(): string[] {
  const tree = cgroupMounts().find(({ version }) => version === 2);
  if (cgroupMode() !== 'hybrid' || tree === undefined) return [];
  return ['unshare', '--mount', '--', 'sh', '-c', 'umount "$0" && exec "$@"', tree.dir];
}

async function throughApi(api: BenchApi, rootfs: string): Promise<[exitMs: number, removedMs: number]> {
  const body = {
    image: `rootfs:${rootfs}`,
    command: ['/true'],
    limits: { cpu: { max: LIMITS.cores }, memory: { max: LIMITS.memoryBytes }, pids: { max: LIMITS.pids } },
  };
  const began = performance.now();
  const { id } = await api.call<{ id: string }>('POST', '/v1/containers?start=true', body);
  const { exitCode } = await api.call<{ exitCode: number }>('POST', `/v1/containers/${id}/wait`);
  const exited = performance.now();
  if (exitCode !== 0) throw new Error(`the container ended with ${exitCode}`);
  await api.call('DELETE', `/v1/containers/${id}`);
  return [exited - began, performance.now() - began];
}
