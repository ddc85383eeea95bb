import { dirname } from 'node:path';
import type { CgroupSet } from './cgroup-set.js';
import { directoryOf, hasFile, pathFiles } from './cgroup-set.js';
import type { CgroupWrite, Condition, Controller, HasFile, InterfaceFiles, LimitController, LimitKey } from './controller.js';
import { hostConditions } from './host-conditions.js';
import { readInterfaceFile } from './interface-file.js';
import { condition } from './limit-conditions.js';
import { LIMIT_CONTROLLERS, LIMIT_KEYS } from './limit-controllers.js';
import type { Limits } from './limits.js';
import { v2Controllers } from './v2-enable.js';

export interface LimitPlan {
  readonly writes: readonly CgroupWrite[];
  readonly conditions: readonly Condition[];
}

/**
 * The writes that make `limits` true for a cgroup whose files say `current`, in order, and what this host cannot carry of them.
 * `unavailable`: controllers that exist but could not be enabled for this cgroup, with the reason. `state` is the freezer's business.
 */
export function planLimits(
  set: CgroupSet,
  limits: Limits,
  current: Limits,
  unavailable: ReadonlyMap<Controller, string> = new Map(),
): LimitPlan {
  const writes: CgroupWrite[] = [];
  const conditions: Condition[] = [];
  for (const key of LIMIT_KEYS) {
    const { controller } = LIMIT_CONTROLLERS[key];
    if (limits[key] === undefined) continue;
    const why = unavailable.get(controller) ?? missing(set, controller);
    if (why !== undefined) {
      conditions.push(...fieldsOf(limits, key).map((field) => notCarried(field, key, why)));
      continue;
    }
    const planned = planOne(key, set, limits, current);
    writes.push(...planned.writes);
    conditions.push(...planned.conditions);
  }
  return { writes, conditions: [...conditions, ...hostConditions(set, limits)] };
}

/** What of these limits this host cannot carry for that cgroup; nothing is written. */
export function limitConditions(set: CgroupSet, limits: Limits): readonly Condition[] {
  const asked = LIMIT_KEYS.filter((key) => limits[key] !== undefined);
  return planLimits(set, limits, readSlices(set, asked, pathFiles(set))).conditions;
}

/** The slices of Limits that `keys` name, as the kernel's files say them now; a slice without a carrier here is absent. */
export function readSlices(set: CgroupSet, keys: readonly LimitKey[], files: InterfaceFiles): Limits {
  const limits: Limits = {};
  for (const key of keys) readOne(key, set, files, limits);
  return limits;
}

function readOne<K extends LimitKey>(key: K, set: CgroupSet, files: InterfaceFiles, into: Limits): void {
  const entry: LimitController<K> = LIMIT_CONTROLLERS[key];
  const carrier = set.host.carriers[entry.controller];
  if (carrier === undefined) return;
  const slice = (carrier.version === 1 ? entry.v1 : entry.v2).read(files, set.host.facts);
  if (Object.keys(slice).length > 0) into[key] = slice;
}

function planOne<K extends LimitKey>(key: K, set: CgroupSet, limits: Limits, current: Limits): LimitPlan {
  const entry: LimitController<K> = LIMIT_CONTROLLERS[key];
  const half = set.host.carriers[entry.controller]?.version === 1 ? entry.v1 : entry.v2;
  const has: HasFile = hasFile(set, entry.controller);
  type Slice = NonNullable<Limits[K]>;
  const asked = limits[key] as Slice;
  return {
    writes: half.plan(asked, (current[key] ?? {}) as Slice, has),
    conditions: half.conditions(asked, has, (current[key] ?? {}) as Slice),
  };
}

function missing(set: CgroupSet, controller: Controller): string | undefined {
  const dir = directoryOf(set, controller);
  if (dir !== undefined) return set.places === undefined ? undefined : notEnabled(set, controller, dir);
  if (set.places !== undefined && set.host.carriers[controller] !== undefined)
    return `${set.path} is not in the hierarchy that has it, and whoever made it would have to put it there`;
  if (set.host.disabled.includes(controller))
    return `it is switched off on this kernel's command line (cgroup_disable=${controller})`;
  const { delegated } = set.host;
  if (delegated !== undefined) return `it is not handed down to ${delegated}, which is all of the cgroup tree that is ours`;
  return 'no mounted cgroup hierarchy of this host has it';
}

/** What somebody else's v2 cgroup was not handed; enabling it would change the cgroups above, which are not ours. */
function notEnabled(set: CgroupSet, controller: Controller, dir: string): string | undefined {
  if (set.host.carriers[controller]?.version !== 2 || !v2Controllers(set.host).includes(controller)) return undefined;
  const enabled = readInterfaceFile(`${dir}/cgroup.controllers`, Buffer.allocUnsafe(4096))?.toString('latin1').trim().split(' ');
  if (enabled === undefined || enabled.includes(controller)) return undefined;
  return `it is not enabled for ${set.path}, and the cgroups above are somebody else's: have its manager enable it (systemd: systemctl set-property), or echo +${controller} > ${dirname(dir)}/cgroup.subtree_control`;
}

function notCarried(field: string, controller: LimitKey, why: string): Condition {
  const reason = `No${capitalized(controller)}Controller` as const;
  return condition(reason, { field, message: `needs the ${controller} controller: ${why}` });
}

function capitalized<T extends string>(word: T): Capitalize<T> {
  return `${word[0]?.toUpperCase()}${word.slice(1)}` as Capitalize<T>;
}

/** What was asked of a slice, in users' words. */
function fieldsOf(limits: Limits, key: LimitKey): string[] {
  return Object.entries(limits[key] ?? {})
    .filter(([name, value]) => value !== undefined && !isUnset(name, value))
    .map(([name]) => `${key}.${USERS_WORDS[name] ?? name}`);
}

/** What every cgroup starts with asks nothing of a host. */
function isUnset(name: string, value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : value === (name in UNSET ? UNSET[name] : 'max');
}

const UNSET: Readonly<Record<string, unknown>> = {
  periodUsec: 100_000,
  burstUsec: 0,
  weight: 100,
  shares: 1024,
  idle: false,
  cpus: '',
  mems: '',
  partition: 'member',
  lowBytes: 0,
  minBytes: 0,
  oomGroup: false,
  blkioWeight: 100,
};

const USERS_WORDS: Readonly<Record<string, string>> = {
  maxCores: 'max',
  periodUsec: 'period',
  burstUsec: 'burst',
  maxBytes: 'max',
  highBytes: 'high',
  lowBytes: 'low',
  minBytes: 'min',
  swapMaxBytes: 'swap',
  blkioWeight: 'weight',
};
