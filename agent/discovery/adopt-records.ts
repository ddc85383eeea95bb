import type { ForeignRecord } from '#agent/store/foreign-record.js';
import type { ForeignStore } from '#agent/store/foreign-store.js';
import type { Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import type { Foreign } from './foreign.js';

/** Where the container of a record may be. */
export interface AdoptFrom {
  hierarchies: readonly Hierarchy[];
  /** By what its runtime called it then. */
  known(record: ForeignRecord): Foreign | undefined;
  /** By its cgroup's path. */
  at(path: string): Foreign | undefined;
}

/** Takes up what an earlier agent left on record; a record whose cgroup is gone, or is another one of that path, is removed. */
export function adoptRecords(store: ForeignStore, from: AdoptFrom, onFault: (what: string, error: unknown) => void): void {
  const { records, broken } = store.load();
  for (const { setAside, reason } of broken) onFault(`read record ${setAside}`, new Error(reason));
  for (const record of records) {
    const foreign = containerOf(record, from);
    if (foreign === undefined) store.remove(record);
    else foreign.adopt(record);
  }
}

/** As it was called then, or, where more or less is known of it now, by where it is. */
function containerOf(record: ForeignRecord, { hierarchies, known, at }: AdoptFrom): Foreign | undefined {
  const called = known(record);
  if (called?.isOf(record) === true) return called;
  for (const { mount } of hierarchies) {
    if (!record.cgroup.dir.startsWith(`${mount}/`)) continue;
    const there = at(record.cgroup.dir.slice(mount.length));
    if (there?.isOf(record) === true) return there;
  }
  return undefined;
}
