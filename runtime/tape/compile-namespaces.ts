import type { OciConfig, OciIdMapping, OciNamespaceType } from '#runtime/spec/oci.js';
import type { TapeBuilder } from './compile-builder.js';
import { CLONE, RESOLVE } from './kernel-words.js';

export interface NamespaceChoice {
  type: OciNamespaceType;
  /** The field of config.json that asks for it. */
  origin: string;
  /** Its own or another's, that is: not the node's. */
  wanted: boolean;
  /** A new one. */
  fresh: boolean;
  /** Another's. */
  path: string | undefined;
}

export type NamespacePlan = Record<OciNamespaceType, NamespaceChoice> & {
  /** CLONE_NEW… of those made by the clone itself. */
  cloneFlags: bigint;
};

export const NAMESPACE_FLAGS: Readonly<Record<OciNamespaceType, number>> = {
  user: CLONE.NEWUSER,
  cgroup: CLONE.NEWCGROUP,
  ipc: CLONE.NEWIPC,
  uts: CLONE.NEWUTS,
  network: CLONE.NEWNET,
  pid: CLONE.NEWPID,
  mount: CLONE.NEWNS,
  time: CLONE.NEWTIME,
};

/** Which namespaces are the container's own, another's or the node's. */
export function namespacePlan(spec: OciConfig): NamespacePlan {
  const entries = spec.linux.namespaces ?? [];
  const choices = (Object.keys(NAMESPACE_FLAGS) as OciNamespaceType[]).map((type): [OciNamespaceType, NamespaceChoice] => {
    const index = entries.findIndex((entry) => entry.type === type);
    const path = entries[index]?.path || undefined;
    const origin = index < 0 ? 'linux.namespaces' : `linux.namespaces[${index}]`;
    return [type, { type, origin, wanted: index >= 0, fresh: index >= 0 && path === undefined, path }];
  });
  // A cgroup namespace's root is where its maker is, so it is made after joining; a time namespace gets its clocks before.
  const byClone = choices.filter(([type, choice]) => choice.fresh && type !== 'cgroup' && type !== 'time');
  const cloneFlags = byClone.reduce((flags, [type]) => flags | BigInt(NAMESPACE_FLAGS[type]), 0n);
  return { ...(Object.fromEntries(choices) as Record<OciNamespaceType, NamespaceChoice>), cloneFlags };
}

export interface EnteredNamespaces {
  /** The user namespace that is joined. */
  userSlot: number | undefined;
  /** The cgroup namespace that is joined, by the child, after its cgroups. */
  cgroupSlot: number | undefined;
  /** Enters those that are joined; after it the node's rights may be gone. */
  join(): void;
}

/** Parent half: opens the namespaces to join, and makes the time namespace (its clocks must be set before anyone is in it). */
export function enterNamespaces(tape: TapeBuilder, plan: NamespacePlan, spec: OciConfig, proc: number): EnteredNamespaces {
  const slots = new Map<OciNamespaceType, number>();
  for (const type of Object.keys(NAMESPACE_FLAGS) as OciNamespaceType[]) {
    const { path, origin } = plan[type];
    if (path === undefined) continue;
    const out = tape.slot(origin);
    tape.add(origin, { op: 'open', dir: undefined, path, flags: 0, mode: 0, resolve: 0, out });
    slots.set(type, out);
  }
  if (plan.time.fresh) makeTimeNamespace(tape, plan, spec, proc);
  return {
    userSlot: slots.get('user'),
    cgroupSlot: slots.get('cgroup'),
    join() {
      // The user namespace last: in it, the rights to enter those of others are gone.
      const order = [...slots]
        .filter(([type]) => type !== 'cgroup')
        .sort(([a], [b]) => Number(a === 'user') - Number(b === 'user'));
      for (const [type, slot] of order) {
        tape.add(plan[type].origin, { op: 'setns', fd: slot, flags: NAMESPACE_FLAGS[type] });
        tape.close(plan[type].origin, slot);
      }
    },
  };
}

function makeTimeNamespace(tape: TapeBuilder, plan: NamespacePlan, spec: OciConfig, proc: number): void {
  tape.add(plan.time.origin, { op: 'unshare', flags: BigInt(CLONE.NEWTIME) });
  for (const [clock, { secs = 0, nanosecs = 0 }] of Object.entries(spec.linux.timeOffsets ?? {})) {
    tape.add(`linux.timeOffsets.${clock}`, {
      op: 'writeFile',
      dir: proc,
      path: 'self/timens_offsets',
      resolve: RESOLVE.NO_MAGICLINKS,
      data: Buffer.from(`${clock} ${secs} ${nanosecs}\n`),
    });
  }
}

/** Parent half: the maps of the child's new user namespace. */
export function writeIdMaps(tape: TapeBuilder, spec: OciConfig): void {
  for (const [name, field] of [
    ['uid_map', 'uidMappings'],
    ['gid_map', 'gidMappings'],
  ] as const) {
    tape.add(`linux.${field}`, { op: 'writeChild', name, data: idMap(spec.linux[field] ?? []) });
  }
}

/** Lines of uid_map and gid_map. Source: user_namespaces(7). */
export function idMap(mappings: readonly OciIdMapping[]): Buffer {
  return Buffer.from(mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join(''));
}
