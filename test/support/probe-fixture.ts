import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProbeHost } from '#agent/node/probe-host.js';
import type { KernelProbes } from '#native/kernel-probes.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';

/** A kernel that has everything and allows it; give what this one refuses. */
export function kernelWith(change: Partial<KernelProbes> = {}): KernelProbes {
  const works = () => undefined;
  return {
    pidfd: works,
    openat2: works,
    cloneIntoCgroup: works,
    mountSetattr: works,
    idmappedMounts: works,
    fanotifyFilesystem: works,
    bpfProgram: works,
    libseccomp: () => '2.5.4',
    libbpf: () => '1.1',
    ...change,
  };
}

/** Files by path below `root`; a value of `{link}` is a symlink. */
export function writeTree(root: string, files: Record<string, string | { link: string }>): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof content === 'string') writeFileSync(full, content);
    else symlinkSync(content.link, full);
  }
}

const NAMESPACES = ['mnt', 'pid', 'uts', 'ipc', 'net', 'cgroup', 'user', 'time_for_children'];

/** A host that offers everything, with its files below `root`; `cgroups` pure v2. */
export function perfectHost(root: string, change: Partial<ProbeHost> = {}): ProbeHost {
  writeTree(root, {
    'proc/sys/kernel/osrelease': '6.12.1-test\n',
    'proc/sys/kernel/hostname': 'box\n',
    'proc/sys/kernel/seccomp/actions_avail': 'kill_process errno allow\n',
    'proc/sys/net/core/somaxconn': '1\n',
    'proc/net/if_inet6': '',
    'proc/1/comm': 'init\n',
    'proc/self/status': 'Name:\tx\nCapEff:\t000001ffffffffff\n',
    'proc/swaps': '',
    ...Object.fromEntries(NAMESPACES.map((name) => [`proc/self/ns/${name}`, ''])),
    ...Object.fromEntries(['cpu', 'memory', 'io'].map((name) => [`proc/pressure/${name}`, 'some avg10=0\n'])),
    'proc/meminfo': 'MemTotal:  2048 kB\nSwapTotal:  1024 kB\n',
    'proc/cpuinfo': 'processor\t: 0\n\nprocessor\t: 1\n',
    'etc/os-release': 'ID=x\nPRETTY_NAME="Test Linux 1"\n',
    'run/systemd/system/x': '',
    'sys/block/vda/queue/scheduler': 'none mq-deadline [bfq]\n',
    'sys/block/loop0/queue/scheduler': '[none]\n',
    'cg/app/cgroup.kill': '',
    'cg/app/memory.max': 'max\n',
    'cg/app/memory.swap.max': 'max\n',
    'cg/app/io.bfq.weight': '100\n',
    'cg/app/cpu.pressure': 'some\n',
    'cg/app/memory.pressure': 'some\n',
    'cg/app/io.pressure': 'some\n',
    'data/x': '',
  });
  return {
    procRoot: join(root, 'proc'),
    sysRoot: join(root, 'sys'),
    runRoot: join(root, 'run'),
    etcRoot: join(root, 'etc'),
    dataRoot: join(root, 'data/tsgov'),
    machine: 'x86_64',
    kernel: kernelWith(),
    overlayRefusal: () => undefined,
    cgroups: v2Host(join(root, 'cg')),
    ...change,
  };
}

export function v2Host(mount: string): CgroupHost {
  const controllers = ['cpu', 'cpuset', 'memory', 'io', 'pids', 'freezer', 'devices', 'hugetlb'] as const;
  const unified = { version: 2 as const, mount, controllers };
  return {
    mode: 'v2',
    hierarchies: [unified],
    carriers: Object.fromEntries(controllers.map((name) => [name, unified])),
    unified,
    facts: { cpus: [0, 1], mems: [0], hugePageSizes: [], pageSizeBytes: 4096 },
    sysRoot: '/sys',
    procRoot: '/proc',
    disabled: [],
    devicePrograms: undefined,
    enabledBelow: new Map(),
  };
}
