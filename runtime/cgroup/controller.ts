import type { HostFacts } from './cgroup-host.js';
import type { Limits } from './limits.js';

/** The controllers tsgov speaks of, in v2's words (`io` is v1's blkio); cpuacct has no v2 twin but its figures do. */
export const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'io', 'pids', 'freezer', 'devices', 'hugetlb'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** Whose directory a file is read from: a controller's, or the v2 twin that a container also has on a hybrid host. */
export type FileOwner = Controller | 'unified';

/** One write to an interface file, as planned by a controller. Plans are lists in the order the kernel wants. */
export interface CgroupWrite {
  readonly controller: Controller;
  readonly file: string;
  readonly value: string;
  /** The limit behind it in users' words, e.g. `memory.max`; names the field in errors. */
  readonly field: string;
  /** Errnos after which the plan goes on: the file has no meaning on this host (`ENOENT` for hugetlb's rsvd files). */
  readonly tolerate?: readonly string[];
  /** v1 checks some files against each other: refused with EINVAL, this write is made once more after that file of the plan. */
  readonly retryAfter?: string;
  /** For files with one line a key (io.max): this key's line is what rollback puts back … */
  readonly key?: string;
  /** … and this is written, after the key, where the key had no line. */
  readonly unset?: string;
  /** Written where the kernel refuses `value`, or refuses to put back an empty former value. */
  readonly fallback?: string;
  /** A file of the same cgroup that this write resets on the way (cpu.idle: the weight); rollback puts it back after this one. */
  readonly resets?: string;
  /** The file says more than it takes (`root invalid (why)`): what is put back is its first word. */
  readonly word?: boolean;
  /** A nested cgroup it goes to, relative to the container's. */
  readonly below?: string;
}

/** Something asked for that this host cannot do, or only in part; shown to the user, never skipped in silence. */
export interface Condition {
  readonly type: 'LimitUnsupported' | 'LimitPartial';
  /** In users' words: `memory.high`. */
  readonly field: string;
  /** Stable CamelCase word: `V1NoMemoryHigh`. */
  readonly reason: string;
  /** What is missing and what would carry it. */
  readonly message: string;
}

/**
 * Reads interface files of one cgroup. `undefined`: no such file (or the cgroup is gone). The Buffer is a view into memory that
 * the next read may overwrite.
 */
export interface InterfaceFiles {
  read(owner: FileOwner, file: string): Buffer | undefined;
}

/** Whether the cgroup has this interface file of the controller. */
export type HasFile = (file: string) => boolean;

export type LimitKey = Exclude<keyof Limits, 'state'>;
type Slice<K extends LimitKey> = NonNullable<Limits[K]>;

/** One cgroup version's half of a controller. All pure but for `read`, which only reads through `files`. */
export interface LimitHalf<L> {
  /** Writes, in order, that make `limits` true where `current` holds now; fields that `conditions` names are left out. */
  plan(limits: L, current: L, has: HasFile): CgroupWrite[];
  /** What the kernel's files say now; only the files that exist. */
  read(files: InterfaceFiles, facts: HostFacts): L;
  /** `current` (what is in force) matters where fields depend on each other. */
  conditions(limits: L, has: HasFile, current?: L): Condition[];
}

/** A controller: the slice of Limits it carries and how, on v1 and on v2. */
export interface LimitController<K extends LimitKey> {
  readonly key: K;
  readonly controller: Controller;
  readonly v1: LimitHalf<Slice<K>>;
  readonly v2: LimitHalf<Slice<K>>;
}
