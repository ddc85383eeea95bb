import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';

/** v1's controllers whose work every cgroup of a v2 tree does by itself. */
const V2_CORE = ['cpuacct', 'devices', 'freezer', 'perf_event'];

export type CgroupMode = 'v1' | 'v2' | 'hybrid';

/** What a test needs of the machine; every key given must hold. */
export interface Requirements {
  root?: true;
  /** One of these cgroup modes. */
  cgroup?: CgroupMode | readonly CgroupMode[];
  /** Controllers that some hierarchy carries, v2 names or v1's own (`blkio`). */
  controller?: string | readonly string[];
  /** Controllers (v2 names) that the v2 tree carries here. */
  v2?: string | readonly string[];
  /** Executables on PATH. */
  binary?: string | readonly string[];
  /** Paths that must exist, e.g. `/sys/kernel/btf/vmlinux`. */
  path?: string | readonly string[];
  /** A shared library the dynamic linker finds, e.g. `libbpf.so.1`. */
  library?: string;
  /** The host's root can be mounted with mapped ids (an overlay cannot). */
  idmappedRoot?: true;
  /** So many CPUs online. */
  cpus?: number;
  /** Minimum kernel, `6.1`. */
  kernel?: string;
}

/**
 * Options for `test()`: empty when the machine has what is asked, else a skip whose reason starts with `requires` and names what
 * lacks. scripts/test.mjs counts the reasons, and in CI fails on any that test/support/allowed-skips.json does not list.
 */
export function requires(needs: Requirements): { skip?: string } {
  const lacking = lacks(needs);
  return lacking === undefined ? {} : { skip: `requires ${lacking}` };
}

/** The machine's cgroup mode by what is mounted: v1 hierarchies, a v2 tree, or both. */
export function cgroupMode(): CgroupMode {
  const types = mounts().map((line) => line.split(' - ')[1]?.split(' ')[0]);
  const v2 = types.includes('cgroup2');
  return types.includes('cgroup') ? (v2 ? 'hybrid' : 'v1') : 'v2';
}

function lacks(needs: Requirements): string | undefined {
  if (needs.root && process.getuid?.() !== 0) return 'root';
  const modes = list(needs.cgroup);
  if (modes.length > 0 && !modes.includes(cgroupMode())) return `cgroup ${modes.join(' or ')} (this host: ${cgroupMode()})`;
  const controller = list(needs.controller).find((name) => !hasController(name));
  if (controller !== undefined) return `cgroup controller ${controller}`;
  const onV1 = list(needs.v2).find((name) => !v2Controllers().includes(name));
  if (onV1 !== undefined) return `the ${onV1} controller on cgroup v2`;
  const binary = list(needs.binary).find((name) => !onPath(name));
  if (binary !== undefined) return `binary ${binary}`;
  const path = list(needs.path).find((name) => !existsSync(name));
  if (path !== undefined) return `path ${path}`;
  if (needs.library !== undefined && !hasLibrary(needs.library)) return `library ${needs.library}`;
  if (needs.idmappedRoot && rootFilesystem() === 'overlay') return 'a root filesystem that takes id mappings (this one: overlay)';
  if (needs.cpus !== undefined && cpus().length < needs.cpus) return `${needs.cpus} CPUs`;
  if (needs.kernel !== undefined && olderThan(release(), needs.kernel)) return `kernel ${needs.kernel} (this host: ${release()})`;
  return undefined;
}

/** What the root of the v2 tree has. */
function v2Controllers(): string[] {
  const [, , , , dir] =
    mounts()
      .find((line) => line.includes(' - cgroup2 '))
      ?.split(' ') ?? [];
  return dir === undefined ? [] : readFileSync(join(dir, 'cgroup.controllers'), 'utf8').trim().split(' ');
}

function mounts(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
}

function rootFilesystem(): string | undefined {
  const root = mounts().findLast((line) => line.split(' ')[4] === '/');
  return root?.split(' - ')[1]?.split(' ')[0];
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

/** Whether a hierarchy that is mounted carries it, or the v2 tree does its work without a controller. */
function hasController(name: string): boolean {
  const v2Name = name === 'blkio' ? 'io' : name;
  if (v2Controllers().includes(v2Name)) return true;
  const row = readFileSync('/proc/cgroups', 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([controller]) => controller === name || (name === 'io' && controller === 'blkio'));
  const [, hierarchy, , enabled] = row ?? [];
  return enabled === '1' && (hierarchy !== '0' || (V2_CORE.includes(name) && cgroupMode() !== 'v1'));
}

function onPath(name: string): boolean {
  return `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':').some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasLibrary(name: string): boolean {
  const dirs = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu'];
  return [...dirs, '/lib/aarch64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].some((dir) => existsSync(join(dir, name)));
}

function olderThan(have: string, wanted: string): boolean {
  const [haveMajor = 0, haveMinor = 0] = have.split('.').map((part) => Number.parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return haveMajor < wantedMajor || (haveMajor === wantedMajor && haveMinor < wantedMinor);
}
