import type { BpfMap } from '#native/bpf-map.js';
import type { CgroupOwners } from './cgroup-owners.js';
import type { SumSource } from './sum-source.js';

/** By container id, then by label: what was added up since the program was loaded. */
export type Totals = ReadonlyMap<string, ReadonlyMap<string, Float64Array>>;

/** An entry whose cgroup may be gone is looked at every so many passes: it costs a system call. */
const CHECK_EVERY = 30;
/** u64s as two u32s: no BigInt for each counter of each container. */
const HIGH = 2 ** 32;

/** An entry as it was last read; most are the same each time, and then so are these objects. */
interface Known {
  readonly id: string;
  readonly label: string;
  readonly sums: Float64Array;
  /** These sums alone. */
  readonly labels: ReadonlyMap<string, Float64Array>;
}

/**
 * Brings a program's map, by cgroup, to containers. Counters only rise: what a cgroup that is gone had is kept for its container, and the
 * entry is taken out of the map, so that the map does not fill with the dead.
 */
export class BpfSums {
  readonly #source: SumSource;
  readonly #map: BpfMap;
  readonly #owners: CgroupOwners;
  readonly #ended = new Map<string, ReadonlyMap<string, Float64Array>>();
  /** By place in the map, with the bytes that were there. */
  #known: (Known | undefined)[] = [];
  #keys = Buffer.alloc(0);
  #values = Buffer.alloc(0);
  #pass = 0;
  totals: Totals = new Map();

  constructor(source: SumSource, map: BpfMap, owners: CgroupOwners) {
    this.#source = source;
    this.#map = map;
    this.#owners = owners;
  }

  /** Reads the map into `totals`. `keep`: ids of containers whose ended cgroups still count. */
  collect(keep: ReadonlySet<string>): void {
    const { keyBytes, words, space, network } = this.#source;
    this.#pass += 1;
    for (const id of this.#ended.keys()) if (!keep.has(id)) this.#ended.delete(id);
    const { count, keys, values } = this.#map.entries();
    const totals = new Map(this.#ended);
    const known: (Known | undefined)[] = [];
    for (let index = 0; index < count; index += 1) {
      const key = keys.subarray(index * keyBytes, (index + 1) * keyBytes);
      const cgroup = key.readBigUInt64LE();
      const id =
        this.#owners.ownerId(space, cgroup) ??
        (network === undefined ? undefined : this.#owners.ownerOfNetwork(network(key))?.id);
      const entry = id === undefined ? undefined : this.#entry(index, id, key, values);
      known.push(entry);
      if (entry !== undefined) add(totals, entry);
      if ((index + this.#pass) % CHECK_EVERY !== 0) continue;
      // Of a network that no container has, the cgroup (the root, where sockets have no other) tells nothing, and the counts are nobody's.
      const nobodys = network !== undefined && id === undefined;
      if (!nobodys && this.#owners.directory(space, cgroup) !== undefined) continue;
      if (entry !== undefined) add(this.#ended, entry);
      this.#map.delete(Buffer.from(key));
    }
    this.#known = known;
    this.#keys = kept(this.#keys, keys, count * keyBytes);
    this.#values = kept(this.#values, values, count * words * 8);
    this.totals = totals;
  }

  #entry(index: number, id: string, key: Buffer, values: Buffer): Known {
    const known = this.#known[index];
    const { keyBytes, words } = this.#source;
    const [keyAt, valueAt, bytes] = [index * keyBytes, index * words * 8, words * 8];
    if (
      known?.id === id &&
      this.#keys.compare(key, 0, keyBytes, keyAt, keyAt + keyBytes) === 0 &&
      this.#values.compare(values, valueAt, valueAt + bytes, valueAt, valueAt + bytes) === 0
    )
      return known;
    const [label, sums] = [this.#source.label(key), numbers(values, valueAt, words)];
    return { id, label, sums, labels: new Map([[label, sums]]) };
  }
}

/** What is there already stays as it is: others have it. */
function add(totals: Map<string, ReadonlyMap<string, Float64Array>>, { id, label, sums, labels }: Known): void {
  const there = totals.get(id);
  if (there === undefined) {
    totals.set(id, labels);
    return;
  }
  const before = there.get(label);
  const sum = before === undefined ? sums : before.map((value, index) => value + (sums[index] ?? 0));
  totals.set(id, new Map(there).set(label, sum));
}

/** A copy, in the memory of the one before where that is large enough. */
function kept(memory: Buffer, bytes: Buffer, length: number): Buffer<ArrayBuffer> {
  const into = memory.length >= length ? (memory as Buffer<ArrayBuffer>) : Buffer.alloc(length * 2);
  bytes.copy(into, 0, 0, length);
  return into;
}

function numbers(values: Buffer, offset: number, words: number): Float64Array {
  const found = new Float64Array(words);
  for (let word = 0; word < words; word += 1) {
    const at = offset + word * 8;
    found[word] = values.readUInt32LE(at) + values.readUInt32LE(at + 4) * HIGH;
  }
  return found;
}
