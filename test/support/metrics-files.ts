import { join } from 'node:path';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';

type Files = [path: string, text: string][];

/** What the kernel says of two containers, in the files of cgroup v1 and of v2; CGROUP stands for the cgroup's path. */
export const METRICS_FILES: Readonly<Record<string, (host: CgroupHost) => Files>> = {
  web: (host) => (host.carriers.memory?.version === 1 ? v1Files(WEB_V1) : v2Files({ ...WEB_V2, ...PRESSURE })),
  ice: (host) => (host.carriers.memory?.version === 1 ? v1Files(ICE_V1) : v2Files(ICE_V2)),
};

const v1Files = (byHierarchy: Record<string, Record<string, string>>): Files =>
  Object.entries(byHierarchy).flatMap(([hierarchy, files]) =>
    Object.entries(files).map(([file, text]): [string, string] => [join('sys/fs/cgroup', hierarchy, 'CGROUP', file), text]),
  );
const v2Files = (files: Record<string, string>): Files =>
  Object.entries(files).map(([file, text]) => [join('sys/fs/cgroup/CGROUP', file), text]);

const WEB_V2: Record<string, string> = {
  'cgroup.procs': '100\n',
  'cpu.max': '25000 50000\n',
  'cpu.weight': '39\n',
  'cpu.stat': `usage_usec 12345678
user_usec 10000001
system_usec 2345677
core_sched.force_idle_usec 0
nr_periods 100
nr_throttled 40
throttled_usec 1500000
nr_bursts 3
burst_usec 250000
`,
  'memory.max': '67108864\n',
  'memory.low': '1048576\n',
  'memory.swap.max': '16777216\n',
  'memory.current': '50000000\n',
  'memory.peak': '67108864\n',
  'memory.swap.current': '4096\n',
  'memory.events': 'low 0\nhigh 5\nmax 7\noom 2\noom_kill 3\noom_group_kill 0\n',
  'memory.stat': `anon 30000000
file 20000000
kernel 1500000
kernel_stack 65536
shmem 0
file_mapped 3000000
file_dirty 0
inactive_anon 1
active_anon 2
inactive_file 10000000
active_file 9000000
unevictable 0
workingset_refault_anon 11
workingset_refault_file 22
pgscan 333
pgsteal 222
pgfault 4444
pgmajfault 55
`,
  'io.stat': '254:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n',
  'pids.current': '5\n',
  'pids.max': '64\n',
};

const PRESSURE = {
  'cpu.pressure': psi(2_500_000, 1),
  'memory.pressure': psi(1_000_000, 500_000),
  'io.pressure': psi(4_000_000, 3_000_000),
};

const ICE_V2: Record<string, string> = {
  'cgroup.freeze': '1\n',
  'cgroup.events': 'populated 1\nfrozen 1\n',
  'cpu.weight': '50\n',
  'cpu.stat': 'usage_usec 1000\nuser_usec 600\nsystem_usec 400\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n',
  'memory.current': '4096\n',
  'memory.events': 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n',
  'memory.stat': 'anon 4096\nfile 0\nkernel 0\nfile_mapped 0\ninactive_file 0\nactive_file 0\npgfault 9\npgmajfault 0\n',
  'pids.current': '1\n',
};

const WEB_V1: Record<string, Record<string, string>> = {
  pids: { 'cgroup.procs': '100\n', 'pids.current': '5\n', 'pids.max': '64\n' },
  'cpu,cpuacct': {
    'cpu.cfs_quota_us': '25000\n',
    'cpu.cfs_period_us': '50000\n',
    'cpu.shares': '400\n',
    'cpu.stat': 'nr_periods 100\nnr_throttled 40\nthrottled_time 1500000000\nnr_bursts 3\nburst_time 250000000\n',
    'cpuacct.usage': '12345678000\n',
    'cpuacct.stat': 'user 1000\nsystem 234\n',
  },
  memory: {
    'memory.limit_in_bytes': '67108864\n',
    'memory.memsw.limit_in_bytes': '83886080\n',
    'memory.soft_limit_in_bytes': '1048576\n',
    'memory.usage_in_bytes': '50000000\n',
    'memory.max_usage_in_bytes': '67108864\n',
    'memory.failcnt': '7\n',
    'memory.kmem.usage_in_bytes': '1500000\n',
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
    'memory.stat': `cache 20000000
rss 30000000
mapped_file 3000000
swap 4096
pgfault 4000
pgmajfault 50
inactive_file 10000000
active_file 9000000
total_cache 20000000
total_rss 30000000
total_mapped_file 3000000
total_swap 4096
total_pgfault 4444
total_pgmajfault 55
total_inactive_file 10000000
total_active_file 9000000
total_unevictable 0
total_workingset_refault_anon 11
total_workingset_refault_file 22
`,
  },
  blkio: {
    'blkio.throttle.io_service_bytes_recursive': '254:0 Read 4096\n254:0 Write 8192\n254:0 Total 12288\nTotal 12288\n',
    'blkio.throttle.io_serviced_recursive': '254:0 Read 1\n254:0 Write 2\n254:0 Total 3\nTotal 3\n',
  },
};

const ICE_V1: Record<string, Record<string, string>> = {
  freezer: { 'freezer.state': 'FROZEN\n' },
  pids: { 'pids.current': '1\n' },
  'cpu,cpuacct': { 'cpu.shares': '512\n', 'cpuacct.usage': '1000000\n', 'cpuacct.stat': 'user 0\nsystem 0\n' },
  memory: {
    'memory.usage_in_bytes': '4096\n',
    'memory.failcnt': '0\n',
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n',
    'memory.stat': 'total_rss 4096\ntotal_cache 0\ntotal_inactive_file 0\npgfault 9\ntotal_pgfault 9\n',
  },
};

function psi(some: number, full: number): string {
  return `some avg10=1.00 avg60=2.00 avg300=3.00 total=${some}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${full}\n`;
}
