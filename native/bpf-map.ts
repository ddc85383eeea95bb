import { errnoNumber } from './kernel-error.js';
import { BpfError, type Libbpf } from './libbpf.js';

/** Entries of a map: `count` keys and values, each as long as the map's, one after the other. */
export interface MapEntries {
  count: number;
  keys: Buffer;
  values: Buffer;
}

/** A map of a loaded object. */
export interface BpfMap {
  /** All entries, in batches of one system call each. Writers go on meanwhile: a value may be between two of their additions. */
  entries(): MapEntries;
  /** An array's value. */
  at(index: number): bigint;
  /** An entry that is not there is none to delete. */
  delete(key: Buffer): void;
}

const ENOENT = -errnoNumber('ENOENT');
const ENOSPC = -errnoNumber('ENOSPC');
const FIRST_ENTRIES = 256;

/** A hash map with keys and values of these sizes, or an array of u64. Needs Linux 5.6, as batches do. Source: bpf(2). */
export function bpfMap(lib: Libbpf, fd: number, name: string, sizes: { key: number; value: number }): BpfMap {
  let capacity = FIRST_ENTRIES;
  /** Kept from read to read. */
  let keys = Buffer.alloc(capacity * sizes.key);
  let values = Buffer.alloc(capacity * sizes.value);
  const grow = (): void => {
    capacity *= 2;
    keys = Buffer.concat([keys], capacity * sizes.key);
    values = Buffer.concat([values], capacity * sizes.value);
  };

  return {
    entries: () => {
      let found = 0;
      let from: Buffer | null = null;
      const count = new Uint32Array(1);
      for (;;) {
        // A cursor of a hash map is a number of 4 bytes; of others it is a key.
        const next = Buffer.alloc(Math.max(8, sizes.key));
        count[0] = capacity - found;
        const result: number = lib.lookupBatch(
          fd,
          from,
          next,
          keys.subarray(found * sizes.key),
          values.subarray(found * sizes.value),
          count,
        );
        if (result !== 0 && result !== ENOENT && result !== ENOSPC)
          throw new BpfError('KERNEL', `bpf_map_lookup_batch of ${name}: errno ${-result}`);
        // ENOSPC: the next bucket does not fit any more, and nothing was taken.
        if (result !== ENOSPC) found += count[0] ?? 0;
        if (result === ENOENT) return { count: found, keys, values };
        if (result === 0) from = next;
        if (result === ENOSPC || found === capacity) grow();
      }
    },
    at: (index) => {
      const key = Buffer.alloc(4);
      key.writeUInt32LE(index);
      const value = Buffer.alloc(8);
      const result = lib.lookup(fd, key, value);
      if (result < 0) throw new BpfError('KERNEL', `bpf_map_lookup_elem of ${name}[${index}]: errno ${-result}`);
      return value.readBigUInt64LE();
    },
    delete: (key) => {
      const result = lib.deleteElement(fd, key);
      if (result < 0 && result !== ENOENT) throw new BpfError('KERNEL', `bpf_map_delete_elem of ${name}: errno ${-result}`);
    },
  };
}
