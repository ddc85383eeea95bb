import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { cgroupMode } from '#test/support/requires.js';
import type { BenchApi } from './api.js';
import { LIMITS } from './bundle.js';
import { Helper } from './helper.js';
import { figures, type StartFigures } from './quantiles.js';

export interface StartResult {
  /** create+start and wait through the agent's API, asked by a C program, as crun and runc are. */
  api: StartFigures;
  /** The same, with the removal of the container. */
  apiWithRemove: StartFigures;
  /** As a Node client sees it, what that takes included. */
  apiFromNode: StartFigures;
  /** floor/: the bare system calls, from the first mkdir to the exit seen. */
  floor: StartFigures;
  floorWithRemove: StartFigures;
  /** `crun run` and `runc run`, posix_spawn to waitpid; they remove what they made. */
  crun: StartFigures;
  runc: StartFigures;
}

export interface StartContest {
  api: BenchApi;
  /** The agent's. */
  socket: string;
  rounds: number;
  bundle: string;
  rootfs: string;
  /** Folder of the compiled C programs. */
  programs: string;
  /** Part of the names of what crun, runc and the floor make. */
  tag: string;
}

const WARM_UP = 5;
/** The kernel frees namespaces behind everyone's back after their last process; the next contestant shall not pay for it. */
const SETTLE_MSEC = 25;

type Keep = (name: keyof StartResult, ms: number) => void;

/** Start→exit of a static `true`, the contestants taking turns within each round so that all meet the same machine. */
export async function measureStart({ api, socket, rounds, bundle, rootfs, programs, tag }: StartContest): Promise<StartResult> {
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
  const client = startHelper([join(programs, 'client'), socket, JSON.stringify(bodyOf(rootfs))]);
  const times = { api: [], apiWithRemove: [], apiFromNode: [], floor: [], floorWithRemove: [], crun: [], runc: [] } as Record<
    keyof StartResult,
    number[]
  >;
  const turns = [
    async (keep: Keep) => {
      const [exitNs = 0, removedNs = 0, exitCode] = await client.ask('go');
      if (exitCode !== 0) throw new Error(`the container ended with ${exitCode}`);
      keep('api', exitNs / 1e6);
      keep('apiWithRemove', removedNs / 1e6);
    },
    async (keep: Keep) => keep('apiFromNode', await fromNode(api, rootfs)),
    async (keep: Keep) => {
      const [exitNs = 0, removedNs = 0] = await floor.ask('go');
      keep('floor', exitNs / 1e6);
      keep('floorWithRemove', removedNs / 1e6);
    },
    async (keep: Keep) => keep('crun', await driven('crun', crun)),
    async (keep: Keep) => keep('runc', await driven('runc', runc)),
  ];
  try {
    for (let round = -WARM_UP; round < rounds; round += 1) {
      // Each goes first in turn, so that no one always follows the same one.
      for (let turn = 0; turn < turns.length; turn += 1) {
        await turns[(turn + round + WARM_UP) % turns.length]?.((name, ms) => round >= 0 && times[name].push(ms));
        await sleep(SETTLE_MSEC);
      }
    }
  } finally {
    await client.close();
    await floor.close();
    await crun.close();
    await runc.close();
  }
  return {
    api: figures(times.api),
    apiWithRemove: figures(times.apiWithRemove),
    apiFromNode: figures(times.apiFromNode),
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

async function driven(name: string, helper: Helper): Promise<number> {
  const [ns = 0, exitCode] = await helper.ask('0');
  if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}`);
  return ns / 1e6;
}

function bodyOf(rootfs: string): unknown {
  return {
    image: `rootfs:${rootfs}`,
    command: ['/true'],
    limits: { cpu: { max: LIMITS.cores }, memory: { max: LIMITS.memoryBytes }, pids: { max: LIMITS.pids } },
  };
}

async function fromNode(api: BenchApi, rootfs: string): Promise<number> {
  const body = bodyOf(rootfs);
  const began = performance.now();
  const { id } = await api.call<{ id: string }>('POST', '/v1/containers?start=true', body);
  const { exitCode } = await api.call<{ exitCode: number }>('POST', `/v1/containers/${id}/wait`);
  const exited = performance.now();
  if (exitCode !== 0) throw new Error(`the container ended with ${exitCode}`);
  await api.call('DELETE', `/v1/containers/${id}`);
  return exited - began;
}
