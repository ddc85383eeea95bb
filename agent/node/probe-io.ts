import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { degraded, type FeatureText, fileText, isThere, missing, ok } from './feature.js';
import { anyChild } from './probe-cgroup.js';
import type { ProbeHost } from './probe-host.js';

const SCHEDULER: FeatureText = {
  name: 'I/O scheduler for weights',
  group: 'io',
  cost: '--blkio-weight and io.weight have no effect on disks without bfq (or io.cost on v2)',
  remedy: 'echo bfq > /sys/block/DISK/queue/scheduler, by a udev rule for good',
};
const FILES: FeatureText = {
  name: 'I/O weight files',
  group: 'io',
  cost: '--blkio-weight and io.weight are refused with a condition',
  remedy: 'load bfq (modprobe bfq), or boot a kernel with CONFIG_BFQ_GROUP_IOSCHED or CONFIG_BLK_CGROUP_IOCOST',
};
const VIRTUAL = /^(loop|ram|zram|sr|fd)\d/;

/** Whether weights of I/O do anything here. Source: kernel Documentation/block/bfq-iosched.rst. */
export function probeIo(host: ProbeHost): HostFeature[] {
  return [weightFiles(host), schedulers(host)];
}

function weightFiles(host: ProbeHost): HostFeature {
  const carrier = host.cgroups?.carriers.io;
  if (carrier === undefined) return missing(FILES, 'no io controller');
  const names = carrier.version === 1 ? ['blkio.bfq.weight', 'blkio.weight'] : ['io.bfq.weight', 'io.weight'];
  const dirs = [carrier.mount, anyChild(carrier)].filter((dir) => dir !== undefined);
  const found = names.find((name) => dirs.some((dir) => isThere(join(dir, name))));
  return found === undefined ? missing(FILES, `none of ${names.join(', ')} in ${carrier.mount}`) : ok(FILES, found);
}

function schedulers(host: ProbeHost): HostFeature {
  const block = join(host.sysRoot, 'block');
  const disks = isThere(block) ? readdirSync(block).filter((name) => !VIRTUAL.test(name)) : [];
  const active = disks.flatMap((disk) => {
    const scheduler = /\[(\S+)\]/.exec(fileText(join(block, disk, 'queue/scheduler')) ?? '')?.[1];
    return scheduler === undefined ? [] : [{ disk, scheduler }];
  });
  if (active.length === 0) return missing(SCHEDULER, 'no disk shows a scheduler');
  const detail = active.map(({ disk, scheduler }) => `${disk}: ${scheduler}`).join(', ');
  return active.every(({ scheduler }) => scheduler === 'bfq') ? ok(SCHEDULER, detail) : degraded(SCHEDULER, detail);
}
