import { join } from 'node:path';
import { fileText } from './feature.js';
import type { ProbeHost } from './probe-host.js';

/** What does not change while the node is up. */
export interface NodeFacts {
  hostname: string;
  kernel: string;
  architecture: string;
  os: string;
  cpus: number;
  memoryBytes: number;
  swapBytes: number;
}

/** Reads proc(5) and os-release(5); what the host does not say is `unknown` or 0. */
export function readNodeFacts(host: Pick<ProbeHost, 'procRoot' | 'etcRoot' | 'machine'>): NodeFacts {
  const meminfo = fileText(join(host.procRoot, 'meminfo')) ?? '';
  const cpuinfo = fileText(join(host.procRoot, 'cpuinfo')) ?? '';
  const osRelease = fileText(join(host.etcRoot, 'os-release')) ?? '';
  return {
    hostname: fileText(join(host.procRoot, 'sys/kernel/hostname')) ?? 'unknown',
    kernel: fileText(join(host.procRoot, 'sys/kernel/osrelease')) ?? 'unknown',
    architecture: host.machine,
    os: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'unknown',
    cpus: (cpuinfo.match(/^processor\s*:/gm) ?? []).length,
    memoryBytes: kibOf(meminfo, 'MemTotal') * 1024,
    swapBytes: kibOf(meminfo, 'SwapTotal') * 1024,
  };
}

function kibOf(meminfo: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0);
}
