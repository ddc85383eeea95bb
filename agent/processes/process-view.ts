import type { ProcessView } from '#agent/contract/processes.js';
import { capabilityNames } from './capability-names.js';
import { cgroupPathOf } from './cgroup-path.js';
import { commandText } from './command-line.js';
import { insideId } from './id-map.js';
import { parseStat } from './stat.js';
import { idOf, namespacedPids, parseStatus } from './status.js';

/** USER_HZ, which is 100 on every architecture Node runs on (time(7), sysconf(3) _SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;
export const USEC_PER_TICK = 1_000_000 / TICKS_PER_SECOND;
const MS_PER_TICK = 1000 / TICKS_PER_SECOND;

/** The files of `/proc/PID` of one process. */
export interface ProcessTexts {
  stat: string;
  status: string;
  cmdline: string;
  cgroup: string;
  wchan: string;
  uidMap: string;
}

export interface ProcessSurroundings {
  /** When the node booted, milliseconds since the epoch. */
  bootMs: number;
  /** Seconds since. */
  uptimeSec: number;
  /** How many pid namespaces the container's is below ours; 0: it is ours. */
  level: number;
  containerUsers: ReadonlyMap<number, string>;
  hostUsers: ReadonlyMap<number, string>;
}

const SECCOMP = ['disabled', 'strict', 'filter'] as const;

/** A process as the API shows it. Pure. Sources: proc_pid_stat(5), proc_pid_status(5). */
export function processView(texts: ProcessTexts, around: ProcessSurroundings): ProcessView {
  const stat = parseStat(texts.stat);
  const status = parseStatus(texts.status);
  const uid = idOf(status, 'Uid');
  const inside = insideId(texts.uidMap, uid);
  const cpuUsec = (stat.userTicks + stat.systemTicks) * USEC_PER_TICK;
  const ageSec = Math.max(around.uptimeSec - stat.startTicks / TICKS_PER_SECOND, 1 / TICKS_PER_SECOND);
  return {
    pid: stat.pid,
    containerPid: around.level > 0 ? (namespacedPids(status)[around.level] ?? null) : null,
    ppid: stat.ppid,
    user: uid,
    containerUser: inside ?? null,
    userName: (inside === undefined ? undefined : around.containerUsers.get(inside)) ?? null,
    hostUserName: around.hostUsers.get(uid) ?? null,
    group: idOf(status, 'Gid'),
    state: stat.state,
    threads: stat.threads,
    kernelThread: stat.kernelThread,
    rssBytes: kibOf(status, 'VmRSS'),
    swapBytes: kibOf(status, 'VmSwap'),
    cpuUsec,
    cpuPercent: cpuUsec / 10_000 / ageSec,
    startedAt: new Date(around.bootMs + stat.startTicks * MS_PER_TICK).toISOString(),
    name: stat.name,
    command: commandText(texts.cmdline, stat.name),
    wchan: texts.wchan === '' || texts.wchan === '0' ? null : texts.wchan,
    capabilities: capabilityNames(status.get('CapEff') ?? '0'),
    seccomp: SECCOMP[Number(status.get('Seccomp') ?? Number.NaN)] ?? null,
    noNewPrivs: status.get('NoNewPrivs') === '1',
    cgroup: cgroupPathOf(texts.cgroup),
  };
}

/** Of `VmRSS:	2048 kB`; a kernel thread or zombie has none. */
function kibOf(status: ReadonlyMap<string, string>, key: string): number {
  return Number.parseInt(status.get(key) ?? '0', 10) * 1024;
}
