import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ContainerBackend } from '#agent/contract/backend.js';
import type { ContainerView, StatsView } from '#agent/contract/container.js';
import { RUNTIMES } from '#agent/contract/runtimes.js';
import { TsgovError } from '#native/tsgov-error.js';
import { isAbsent } from '#runtime/cgroup/interface-file.js';
import { containerLabelName, label } from './exposition.js';
import { rootSample } from './root-sample.js';
import type { Subject } from './subject.js';

/** Everybody's; a plain cgroup is not a container. */
const CONTAINERS = RUNTIMES.filter((runtime) => runtime !== 'other');

export interface SubjectSources {
  backend: Pick<ContainerBackend, 'list' | 'stats'>;
  procRoot: string;
  sysRoot: string;
  /** Mount points of the cgroup hierarchies, to tell a cgroup's path from its directory. */
  cgroupMounts: readonly string[];
  cgroupParent: string;
  /** Keys of container labels that become metric labels. */
  labelAllow: readonly string[];
  clock: { nowMs(): number };
  /** A container that cannot be read; the others' figures are told all the same. */
  onFault(error: unknown): void;
}

/** The node's root and every container, as they are now; `collect` is called once a scrape. */
export function subjectCollector(sources: SubjectSources): { collect(): Subject[] } {
  const { backend, clock, labelAllow } = sources;
  const deviceName = deviceNames(sources.sysRoot);
  /** By container: its kills are still told when its cgroup is gone. */
  const oomKills = new Map<string, number>();

  const containerSubject = (view: ContainerView, nowSec: number): Subject => {
    const { stats, processes, failed } = figuresOf(view, sources);
    const kills = stats?.memory.oomKills ?? Math.max(oomKills.get(view.id) ?? 0, view.state.oomKilled ? 1 : 0);
    oomKills.set(view.id, kills);
    return {
      labels: labelsOf(cgroupPath(view, sources), view, labelAllow),
      view,
      stats,
      failed,
      limits: view.limits,
      processes,
      startedAtSec: view.state.startedAt === null ? undefined : Date.parse(view.state.startedAt) / 1000,
      oomKills: kills,
      nowSec,
      deviceName,
    };
  };

  return {
    collect: () => {
      const nowMs = clock.nowMs();
      const views = backend.list(CONTAINERS);
      const known = new Set(views.map((view) => view.id));
      for (const id of oomKills.keys()) if (!known.has(id)) oomKills.delete(id);
      const root = rootSubject(sources, nowMs, deviceName);
      return [root, ...views.map((view) => containerSubject(view, nowMs / 1000))];
    },
  };
}

function rootSubject(sources: SubjectSources, nowMs: number, deviceName: (device: string) => string): Subject {
  const stats = rootSample(sources.procRoot, sources.sysRoot, new Date(nowMs).toISOString());
  const bootSec = Number(/^btime (\d+)$/m.exec(readFileSync(join(sources.procRoot, 'stat'), 'utf8'))?.[1]);
  return {
    labels: labelsOf('/', { name: '', image: '', labels: {} }, sources.labelAllow),
    view: undefined,
    stats,
    failed: false,
    limits: { memory: { max: stats.memory.maxBytes ?? 0 } },
    processes: undefined,
    startedAtSec: Number.isNaN(bootSec) ? undefined : bootSec,
    oomKills: undefined,
    nowSec: nowMs / 1000,
    deviceName,
  };
}

function isLive(view: ContainerView): boolean {
  return view.state.status === 'running' || view.state.status === 'frozen';
}

/** What is read of its cgroup. One container's fault is told and leaves the others' figures alone. */
function figuresOf(view: ContainerView, { backend, onFault }: SubjectSources): Pick<Subject, 'stats' | 'processes' | 'failed'> {
  const none = { stats: undefined, processes: undefined };
  try {
    const stats = isLive(view) ? sampleOf(backend, view.id) : undefined;
    return stats === undefined ? { ...none, failed: false } : { stats, processes: processCount(view), failed: false };
  } catch (error) {
    onFault(new Error(`cannot read ${view.name} for /metrics`, { cause: error }));
    return { ...none, failed: true };
  }
}

/** undefined when it ended or went between listing and reading. */
function sampleOf(backend: Pick<ContainerBackend, 'stats'>, id: string): StatsView | undefined {
  try {
    return backend.stats(id);
  } catch (error) {
    if (error instanceof TsgovError && (error.code === 'STATE_CONFLICT' || error.code === 'CONTAINER_NOT_FOUND'))
      return undefined;
    throw error;
  }
}

function labelsOf(id: string, view: Pick<ContainerView, 'name' | 'image' | 'labels'>, allow: readonly string[]): string {
  const own = [label('id', id), label('name', view.name), label('image', view.image)];
  return [...own, ...allow.map((key) => label(containerLabelName(key), view.labels[key] ?? ''))].join(',');
}

function cgroupPath(view: ContainerView, sources: SubjectSources): string {
  for (const dir of Object.values(view.cgroups)) {
    const mount = sources.cgroupMounts.find((candidate) => dir.startsWith(`${candidate}/`));
    if (mount !== undefined) return dir.slice(mount.length);
  }
  return join(sources.cgroupParent, view.id);
}

function processCount(view: ContainerView): number | undefined {
  const dir = view.cgroups.pids ?? view.cgroups.unified ?? Object.values(view.cgroups)[0];
  if (dir === undefined) return undefined;
  try {
    return readFileSync(join(dir, 'cgroup.procs'), 'latin1').split('\n').length - 1;
  } catch (error) {
    // A threaded cgroup has no processes of its own: they count where its domain is.
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** `MAJ:MIN` → `/dev/NAME`, looked up once each; a device that is gone keeps its numbers. */
function deviceNames(sysRoot: string): (device: string) => string {
  const names = new Map<string, string>();
  return (device) => {
    let name = names.get(device);
    if (name === undefined) {
      name = /^\d+:\d+$/.test(device) ? lookUp(sysRoot, device) : device;
      names.set(device, name);
    }
    return name;
  };
}

function lookUp(sysRoot: string, device: string): string {
  try {
    return `/dev/${basename(readlinkSync(join(sysRoot, 'dev/block', device))).replaceAll('!', '/')}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return device;
    throw error;
  }
}
