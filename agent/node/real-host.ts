import { machine } from 'node:os';
import { loadKernelProbes } from '#native/kernel-probes.js';
import { loadSyscalls } from '#native/libc.js';
import { overlayRefusal } from '#native/overlay-probe.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { CgroupError } from '#runtime/cgroup/errors.js';
import type { ProbeHost } from './probe-host.js';

/** This very machine, for `doctor` and the agent. Loads koffi (about 20 ms). `dataRoot` is the agent's --root. */
export async function realProbeHost(dataRoot: string): Promise<ProbeHost> {
  const [kernel, syscalls] = await Promise.all([loadKernelProbes(), loadSyscalls()]);
  return {
    procRoot: '/proc',
    sysRoot: '/sys',
    runRoot: '/run',
    etcRoot: '/etc',
    dataRoot,
    machine: machine(),
    kernel,
    overlayRefusal: (lower, upper, work) => overlayRefusal(syscalls, lower, upper, work),
    cgroups: cgroupsOrNone(),
  };
}

function cgroupsOrNone(): CgroupHost | undefined {
  try {
    return detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });
  } catch (error) {
    if (error instanceof CgroupError && error.code === 'UNSUPPORTED') return undefined;
    throw error;
  }
}
