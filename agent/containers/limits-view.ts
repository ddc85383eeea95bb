import { formatDurationUsec } from '#agent/contract/duration.js';
import type { LimitsView } from '#agent/contract/limits.js';
import type { Limits, OrMax } from '#runtime/cgroup/limits.js';
import { type DiskNames, deviceKey, IO_DEVICE } from './limit-fields.js';
import { present } from './present.js';

/**
 * Limits in the words users write them in: bytes, cores and counts as numbers (`max`: no limit), times with a unit. What
 * parseLimits takes back, but for the disks found. `names` has what a user called a disk (by MAJ:MIN).
 */
export function viewLimits(limits: Limits, names: DiskNames = new Map()): LimitsView {
  const view: LimitsView = {};
  const { cpu, cpuset, memory, io, pids, hugetlb, state } = limits;
  if (cpu !== undefined)
    view.cpu = present({
      max: cpu.maxCores,
      period: cpu.periodUsec === undefined ? undefined : formatDurationUsec(cpu.periodUsec),
      burst: cpu.burstUsec === undefined ? undefined : formatDurationUsec(cpu.burstUsec),
      weight: cpu.weight,
      shares: cpu.shares,
      idle: cpu.idle,
    });
  if (cpuset !== undefined) view.cpuset = present({ cpus: cpuset.cpus, mems: cpuset.mems, partition: cpuset.partition });
  if (memory !== undefined)
    view.memory = present({
      max: memory.maxBytes,
      high: memory.highBytes,
      low: memory.lowBytes,
      min: memory.minBytes,
      swap: memory.swapMaxBytes,
      oomGroup: memory.oomGroup,
    });
  if (io !== undefined)
    view.io = present({
      weight: io.weight,
      blkioWeight: io.blkioWeight,
      devices: io.devices?.map((device) => ({
        device: names.get(deviceKey(device))?.asked ?? device.asked,
        disk: { number: deviceKey(device), ...(names.get(deviceKey(device))?.disk ?? device.disk) },
        ...present(
          Object.fromEntries(
            Object.entries(IO_DEVICE).map(([key, word]) => [word, inWords(key, device[key as keyof typeof IO_DEVICE])]),
          ),
        ),
      })),
    });
  if (pids?.max !== undefined) view.pids = { max: pids.max };
  if (hugetlb !== undefined) view.hugetlb = { ...hugetlb };
  if (state !== undefined) view.state = state;
  return view;
}

function inWords(key: string, value: OrMax | undefined): OrMax | string | undefined {
  return key === 'latencyUsec' && typeof value === 'number' ? formatDurationUsec(value) : value;
}
