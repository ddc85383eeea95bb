import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessOptions, ProcessView } from '#agent/contract/processes.js';
import type { ReadInRoot } from '#native/open-in-root.js';
import { containerUserNames } from './container-names.js';
import { openFiles } from './open-files.js';
import type { Pause } from './pause.js';
import { procText } from './proc-files.js';
import { processTree } from './process-tree.js';
import { type ProcessSurroundings, type ProcessTexts, processView, USEC_PER_TICK } from './process-view.js';
import { parseStat } from './stat.js';
import { namespacedPids, parseStatus } from './status.js';
import { userNames } from './users.js';
import { withZombies } from './zombies.js';

export interface ProcessHost {
  procRoot: string;
  etcRoot: string;
  readInRoot: ReadInRoot;
  pause: Pause;
  monotonicMs: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** The processes of a container, of ours or not. */
export interface ProcessSource {
  /** Those it has now, ascending. */
  pids: () => readonly number[];
  /** Its first process, whose pid namespace says which pid the others have inside; undefined: nobody knows. */
  init: number | undefined;
}

/** A container's processes by pid, or as a tree. Those that end meanwhile are left out. Some 100 µs a process. */
export async function readProcesses(host: ProcessHost, source: ProcessSource, options: ProcessOptions): Promise<ProcessView[]> {
  const before = options.intervalMs === undefined ? undefined : await cpuSample(host, source.pids(), options.intervalMs);
  const pids = await withZombies(host.procRoot, source.pids(), host.pause);
  const around = surroundings(host, source.init ?? pids[0]);
  const views: ProcessView[] = [];
  for (const pid of pids) {
    const texts = readTexts(host.procRoot, pid);
    if (texts !== undefined) {
      const view = processView(texts, around);
      if (options.pss) view.pssBytes = pssBytes(host.procRoot, pid);
      if (options.files) Object.assign(view, openFiles(host.procRoot, pid));
      if (before !== undefined) view.cpuPercent = before.percentSince(view);
      views.push(view);
    }
    const waiting = host.pause();
    if (waiting !== undefined) await waiting;
  }
  return options.tree ? processTree(views) : views;
}

function readTexts(procRoot: string, pid: number): ProcessTexts | undefined {
  const text = (name: string): string | undefined => procText(`${procRoot}/${pid}/${name}`);
  const stat = text('stat');
  const status = text('status');
  if (stat === undefined || stat === '' || status === undefined || status === '') return undefined;
  return {
    stat,
    status,
    cmdline: text('cmdline') ?? '',
    cgroup: text('cgroup') ?? '',
    wchan: text('wchan') ?? '',
    uidMap: text('uid_map') ?? '',
  };
}

function surroundings(host: ProcessHost, init: number | undefined): ProcessSurroundings {
  const { procRoot, etcRoot } = host;
  const bootSec = Number(/^btime (\d+)$/m.exec(procText(`${procRoot}/stat`) ?? '')?.[1] ?? 0);
  const status = init === undefined ? undefined : procText(`${procRoot}/${init}/status`);
  return {
    bootMs: bootSec * 1000,
    uptimeSec: Number.parseFloat(procText(`${procRoot}/uptime`) ?? '0'),
    level: status === undefined ? 0 : Math.max(namespacedPids(parseStatus(status)).length - 1, 0),
    containerUsers: init === undefined ? new Map() : containerUserNames(procRoot, init, host.readInRoot),
    hostUsers: userNames(() => readFileSync(join(etcRoot, 'passwd'), 'utf8')),
  };
}

/** Source: proc_pid_smaps(5), smaps_rollup; a kernel thread or zombie has none. */
function pssBytes(procRoot: string, pid: number): number | null {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(procText(`${procRoot}/${pid}/smaps_rollup`) ?? '')?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** A first sample; the second is what percentSince is given, of the same process or a new one that has the pid by now. */
async function cpuSample(host: ProcessHost, pids: readonly number[], intervalMs: number) {
  const first = new Map<number, { usec: number; atMs: number }>();
  for (const pid of pids) {
    const text = procText(`${host.procRoot}/${pid}/stat`);
    if (text === undefined || text === '') continue;
    const { userTicks, systemTicks } = parseStat(text);
    first.set(pid, { usec: (userTicks + systemTicks) * USEC_PER_TICK, atMs: host.monotonicMs() });
  }
  await host.sleep(intervalMs);
  return {
    percentSince: (view: ProcessView): number => {
      const sample = first.get(view.pid);
      // What started meanwhile used all it did in this time.
      const usec = sample === undefined || sample.usec > view.cpuUsec ? view.cpuUsec : view.cpuUsec - sample.usec;
      const elapsedMs = sample === undefined ? intervalMs : Math.max(host.monotonicMs() - sample.atMs, 1);
      return usec / 10 / elapsedMs;
    },
  };
}
