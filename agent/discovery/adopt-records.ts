import type { ForeignRecord } from '#agent/store/foreign-record.js';
import type { ForeignStore } from '#agent/store/foreign-store.js';
import type { Foreign } from './foreign.js';

/** Takes up what an earlier agent left on record; a record whose cgroup is gone, or is another one of that path, is removed. */
export function adoptRecords(
  store: ForeignStore,
  find: (record: ForeignRecord) => Foreign | undefined,
  onFault: (what: string, error: unknown) => void,
): void {
  const { records, broken } = store.load();
  for (const { setAside, reason } of broken) onFault(`read record ${setAside}`, new Error(reason));
  for (const record of records) {
    const foreign = find(record);
    if (foreign?.isOf(record) === true) foreign.adopt(record);
    else store.remove(record);
  }
}
