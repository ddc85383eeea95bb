import type { HardwareView } from '#agent/contract/node.js';
import { fileText } from './feature.js';
import { readCpu } from './hardware-cpu.js';
import { readDisks } from './hardware-disks.js';
import { readMemoryModules } from './hardware-memory.js';

export interface HardwareRoots {
  procRoot: string;
  sysRoot: string;
}

/** What the node is made of, from the kernel's own files, without a process: some 2 ms. What a host does not say is null or missing. */
export function readHardware({ procRoot, sysRoot }: HardwareRoots): HardwareView {
  const dmi = (name: string): string | null => fileText(`${sysRoot}/class/dmi/id/${name}`) || null;
  return {
    vendor: dmi('sys_vendor'),
    product: dmi('product_name'),
    cpu: readCpu(procRoot),
    memoryModules: readMemoryModules(`${sysRoot}/firmware/dmi/entries`),
    disks: readDisks(`${sysRoot}/block`),
  };
}
