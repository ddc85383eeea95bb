import { type CgroupSet, hasFile, pathFiles } from './cgroup-set.js';
import type { Condition } from './controller.js';
import { parseCpuList } from './cpu-list.js';
import { PARTITION_FILE } from './cpuset.js';
import { effectiveList } from './host-conditions.js';
import { firstLine } from './interface-file.js';
import { condition, LIMIT_CONDITIONS } from './limit-conditions.js';
import { readSlices } from './limit-plan.js';
import type { IoDeviceLimits, Limits } from './limits.js';

/**
 * Reads back what the kernel made of limits that were written without an error: the rates of disks, and on v2 the CPUs and memory nodes
 * that the cgroups above leave. What is not as asked is a condition.
 */
export function verifyLimits(set: CgroupSet, limits: Limits): Condition[] {
  return [...verifyIo(set, limits), ...verifyCpuset(set, limits)];
}

const RATES = {
  readBytesPerSec: 'readBps',
  writeBytesPerSec: 'writeBps',
  readIops: 'readIops',
  writeIops: 'writeIops',
  latencyUsec: 'latency',
} as const;

function verifyIo(set: CgroupSet, { io }: Limits): Condition[] {
  if (io?.devices === undefined || io.devices.length === 0 || set.host.carriers.io === undefined) return [];
  const inForce = readSlices(set, ['io'], pathFiles(set)).io?.devices ?? [];
  const keepsLatency = hasFile(set, 'io')('io.latency');
  return io.devices.flatMap((device, index) => {
    const there = inForce.find(({ major, minor }) => major === device.major && minor === device.minor);
    const wrong = (Object.keys(RATES) as (keyof typeof RATES)[]).filter(
      (rate) => (rate !== 'latencyUsec' || keepsLatency) && !isAsAsked(rate, device, there),
    );
    return wrong.map((rate) =>
      condition('IoNotInForce', {
        field: `io.devices[${index}].${RATES[rate]}`,
        message: `${device.asked}: ${device[rate]} was asked of disk ${device.major}:${device.minor}; ${LIMIT_CONDITIONS.IoNotInForce.message} (${there?.[rate] ?? 'no limit'})`,
      }),
    );
  });
}

/** No line, or `max`, is no limit. */
function isAsAsked(rate: keyof typeof RATES, asked: IoDeviceLimits, there: IoDeviceLimits | undefined): boolean {
  return asked[rate] === undefined || (there?.[rate] ?? 'max') === asked[rate];
}

function verifyCpuset(set: CgroupSet, { cpuset }: Limits): Condition[] {
  if (cpuset === undefined || set.host.carriers.cpuset?.version !== 2) return [];
  const { partition } = cpuset;
  const said = partition === undefined ? undefined : firstLine(pathFiles(set).read('cpuset', PARTITION_FILE));
  const invalid = said === undefined || partition === 'member' || said === partition ? [] : [partitionInvalid(said)];
  const narrowed = (['cpus', 'mems'] as const).flatMap((key) => {
    const asked = cpuset[key];
    const effective = effectiveList(set, `cpuset.${key}`);
    if (asked === undefined || asked === '' || effective === undefined) return [];
    const has = parseCpuList(effective) ?? [];
    if ((parseCpuList(asked) ?? []).every((n) => has.includes(n))) return [];
    const message = `${asked} was asked, ${effective || 'nothing'} is had: ${LIMIT_CONDITIONS.CpusetNarrowed.message}`;
    return [condition('CpusetNarrowed', { field: `cpuset.${key}`, message })];
  });
  return [...narrowed, ...invalid];
}

/** The kernel keeps what was asked, and why it is not so: `isolated invalid (Parent is not a partition root)`. */
function partitionInvalid(said: string): Condition {
  const message = `the kernel says ${JSON.stringify(said)}: ${LIMIT_CONDITIONS.CpusetPartitionInvalid.message}`;
  return condition('CpusetPartitionInvalid', { message });
}
