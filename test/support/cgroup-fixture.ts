import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import type { CgroupWrite } from '#runtime/cgroup/controller.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { type Teardown, tempDir } from './temp.js';

export type FixtureMode = 'v1' | 'v2' | 'hybrid';

const V1_MOUNTS: Record<string, string> = {
  'cpu,cpuacct': 'cpu,cpuacct',
  cpuset: 'cpuset',
  memory: 'memory',
  blkio: 'blkio',
  pids: 'pids',
  freezer: 'freezer',
  devices: 'devices',
  hugetlb: 'hugetlb',
};

/** Files of a new non-root cgroup as kernel 6.12 makes them, with their first content, by hierarchy. */
const V1_FILES: Record<string, Record<string, string>> = {
  'cpu,cpuacct': {
    'cpu.cfs_period_us': '100000\n',
    'cpu.cfs_quota_us': '-1\n',
    'cpu.cfs_burst_us': '0\n',
    'cpu.shares': '1024\n',
    'cpu.idle': '0\n',
    'cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\nnr_bursts 0\nburst_time 0\n',
    'cpuacct.usage': '0\n',
    'cpuacct.usage_user': '0\n',
    'cpuacct.usage_sys': '0\n',
  },
  cpuset: { 'cpuset.cpus': '0-3\n', 'cpuset.mems': '0\n', 'cpuset.memory_migrate': '0\n' },
  memory: {
    'memory.limit_in_bytes': '9223372036854771712\n',
    'memory.memsw.limit_in_bytes': '9223372036854771712\n',
    'memory.soft_limit_in_bytes': '9223372036854771712\n',
  },
  blkio: {
    'blkio.bfq.weight': '100\n',
    'blkio.throttle.read_bps_device': '',
    'blkio.throttle.write_bps_device': '',
    'blkio.throttle.read_iops_device': '',
    'blkio.throttle.write_iops_device': '',
  },
  pids: { 'pids.max': 'max\n', 'pids.current': '0\n' },
  freezer: { 'freezer.state': 'THAWED\n', 'freezer.self_freezing': '0\n', 'freezer.parent_freezing': '0\n' },
  devices: {},
  hugetlb: {
    'hugetlb.2MB.limit_in_bytes': '9223372036854771712\n',
    'hugetlb.2MB.rsvd.limit_in_bytes': '9223372036854771712\n',
    'hugetlb.1GB.limit_in_bytes': '9223372036854771712\n',
    'hugetlb.1GB.rsvd.limit_in_bytes': '9223372036854771712\n',
  },
};

const V2_CORE = { 'cgroup.freeze': '0\n', 'cgroup.events': 'populated 0\nfrozen 0\n', 'cgroup.procs': '' };
const V2_FILES: Record<string, string> = {
  ...V2_CORE,
  'cpu.max': 'max 100000\n',
  'cpu.max.burst': '0\n',
  'cpu.weight': '100\n',
  'cpu.idle': '0\n',
  'cpuset.cpus': '\n',
  'cpuset.mems': '\n',
  'cpuset.cpus.partition': 'member\n',
  'cpuset.cpus.effective': '0-3\n',
  'cpuset.mems.effective': '0\n',
  'memory.max': 'max\n',
  'memory.high': 'max\n',
  'memory.low': '0\n',
  'memory.min': '0\n',
  'memory.swap.max': 'max\n',
  'memory.oom.group': '0\n',
  'io.weight': 'default 100\n',
  'io.bfq.weight': 'default 100\n',
  'io.max': '',
  'io.latency': '',
  'pids.max': 'max\n',
  'hugetlb.2MB.max': 'max\n',
  'hugetlb.2MB.rsvd.max': 'max\n',
  'hugetlb.1GB.max': 'max\n',
  'hugetlb.1GB.rsvd.max': 'max\n',
};

export interface FixtureHost {
  root: string;
  host: CgroupHost;
}

/** A tree of fixture files of a machine with 4 CPUs in that mode, and what detectCgroups makes of it. */
export function fixtureHost(t: Teardown, mode: FixtureMode): FixtureHost {
  const root = tempDir(t);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const v1 = mode === 'v2' ? [] : Object.keys(V1_MOUNTS).filter((name) => mode === 'v1' || name !== 'hugetlb');
  const lines = ['20 1 254:0 / / rw - ext4 /dev/vda rw', '30 20 0:30 / /sys/fs/cgroup rw - tmpfs tmpfs rw'];
  for (const [index, name] of v1.entries()) {
    lines.push(`${40 + index} 30 0:${40 + index} / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${V1_MOUNTS[name]}`);
    put(`sys/fs/cgroup/${name}/cgroup.procs`, '');
  }
  const v2Dir = mode === 'hybrid' ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
  if (mode !== 'v1') {
    lines.push(`60 ${mode === 'hybrid' ? 30 : 20} 0:60 / ${v2Dir} rw - cgroup2 cgroup2 rw,nsdelegate`);
    const controllers = mode === 'hybrid' ? 'hugetlb' : 'cpuset cpu io memory hugetlb pids rdma misc';
    put(`${v2Dir}/cgroup.controllers`, `${controllers}\n`);
    put(`${v2Dir}/cgroup.subtree_control`, '\n');
  }
  put('proc/self/mountinfo', `${(mode === 'v2' ? [lines[0], lines.at(-1)] : lines).join('\n')}\n`);
  put('proc/cgroups', PROC_CGROUPS);
  put('proc/self/cgroup', '0::/\n');
  put('sys/devices/system/cpu/online', '0-3\n');
  put('sys/devices/system/node/online', '0\n');
  for (const kib of [2048, 1048576]) mkdirSync(join(root, `sys/kernel/mm/hugepages/hugepages-${kib}kB`), { recursive: true });
  return {
    root,
    host: detectCgroups({ procRoot: join(root, 'proc'), sysRoot: join(root, 'sys'), mountPrefix: root }),
  };
}

/** Makes a cgroup's directories with the files a kernel would put there. */
export function fixtureCgroup({ host }: FixtureHost, path: string): void {
  for (const hierarchy of host.hierarchies) {
    mkdirSync(hierarchy.mount + path, { recursive: true });
    for (const [file, text] of Object.entries(newCgroupFiles(host, hierarchy)))
      writeFileSync(`${hierarchy.mount}${path}/${file}`, text);
  }
}

/** The files of a new cgroup in one hierarchy of a fixture, with their content. */
export function newCgroupFiles(host: CgroupHost, { mount, version }: Hierarchy): Record<string, string> {
  const name = mount.slice(mount.lastIndexOf('/') + 1);
  const files = version === 1 ? (V1_FILES[name] ?? {}) : host.mode === 'v2' ? V2_FILES : hybridV2Files();
  return { 'cgroup.procs': '', ...files };
}

function hybridV2Files(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(V2_FILES).filter(([file]) => file.startsWith('hugetlb.') || file.startsWith('cgroup.')),
  );
}

/** Makes writes to a fixture's files as the kernel would to its own. */
export function writeFixture(host: CgroupHost, path: string, writes: readonly CgroupWrite[]): void {
  for (const write of writes) {
    const target = `${host.carriers[write.controller]?.mount ?? ''}${path}/${write.file}`;
    if (!existsSync(target)) throw new Error(`no such interface file: ${target}`);
    writeFileSync(target, storedText(write, readFileSync(target, 'latin1')));
  }
}

/** What an interface file says after a write: keyed lines merge, `-1` and `0` mean what they mean to the kernel. */
export function storedText({ file, value, key }: CgroupWrite, old: string): string {
  if (value === '-1' && file !== 'cpu.cfs_quota_us') return '9223372036854771712\n';
  if (key === undefined) return `${value}\n`;
  const others = old.split('\n').filter((line) => line !== '' && !line.startsWith(`${key} `));
  const before = old.split('\n').find((line) => line.startsWith(`${key} `));
  const line =
    file === 'io.max'
      ? mergeIoMax(key, value, before)
      : value === `${key} 0` || value === `${key} target=max`
        ? undefined
        : value;
  const lines = key === 'default' ? [line, ...others] : [...others, line];
  return lines
    .filter((one) => one !== undefined)
    .map((one) => `${one}\n`)
    .join('');
}

function mergeIoMax(key: string, value: string, before: string | undefined): string | undefined {
  const limits: Record<string, string> = { rbps: 'max', wbps: 'max', riops: 'max', wiops: 'max' };
  for (const word of `${before ?? key} ${value}`.split(' ').filter((one) => one.includes('='))) {
    const [name = '', limit = ''] = word.split('=');
    limits[name] = limit;
  }
  if (Object.values(limits).every((limit) => limit === 'max')) return undefined;
  return `${key} ${Object.entries(limits)
    .map(([name, limit]) => `${name}=${limit}`)
    .join(' ')}`;
}

const PROC_CGROUPS = `#subsys_name\thierarchy\tnum_cgroups\tenabled
cpuset\t1\t1\t1
cpu\t2\t1\t1
cpuacct\t2\t1\t1
blkio\t3\t1\t1
memory\t4\t1\t1
devices\t5\t1\t1
freezer\t6\t1\t1
hugetlb\t7\t1\t1
pids\t8\t1\t1
`;
