import type { BpfMap } from '#native/bpf-map.js';
import type { CgroupOwners } from './cgroup-owners.js';
import type { SumSource } from './sum-source.js';

/** By container id, then by label: what was added up since the program was loaded. */
export type Totals = ReadonlyMap<string, ReadonlyMap<string, Float64Array>>;

/** An entry whose cgroup may be gone is looked at every so many passes: it costs a system call. */
const CHECK_EVERY = 30;
/** u64s as two u32s: no BigInt for each counter of each container. */
const HIGH = 2 ** 32;

/**
 * Brings a program's map, by cgroup, to containers. Counters only rise: what a cgroup that is gone had is kept for its container, and the
 * entry is taken out of the map, so that the map does not fill with the dead.
 */
export class BpfSums {
  readonly #source: SumSource;
  readonly #map: BpfMap;
  readonly #owners: CgroupOwners;
  readonly #ended = new Map<string, Map<string, Float64Array>>();
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
    const totals = new Map<string, Map<string, Float64Array>>();
    for (const [id, labels] of this.#ended) for (const [label, sums] of labels) add(totals, id, label, sums);
    for (let index = 0; index < count; index += 1) {
      const key = keys.subarray(index * keyBytes, (index + 1) * keyBytes);
      const cgroup = key.readBigUInt64LE();
      const owner =
        this.#owners.owner(space, cgroup) ?? (network === undefined ? undefined : this.#owners.ownerOfNetwork(network(key)));
      const sums = owner === undefined ? undefined : numbers(values, index * words * 8, words);
      if (owner !== undefined && sums !== undefined) add(totals, owner.id, this.#source.label(key), sums);
      if ((index + this.#pass) % CHECK_EVERY !== 0) continue;
      // Of a network that no container has, the cgroup (the root, where sockets have no other) tells nothing, and the counts are nobody's.
      const nobodys = network !== undefined && owner === undefined;
      if (!nobodys && this.#owners.directory(space, cgroup) !== undefined) continue;
      if (owner !== undefined && sums !== undefined) add(this.#ended, owner.id, this.#source.label(key), sums);
      this.#map.delete(Buffer.from(key));
    }
    this.totals = totals;
  }
}

function add(totals: Map<string, Map<string, Float64Array>>, id: string, label: string, sums: Float64Array): void {
  let labels = totals.get(id);
  if (labels === undefined) {
    labels = new Map();
    totals.set(id, labels);
  }
  const before = labels.get(label);
  labels.set(label, before === undefined ? sums : before.map((value, index) => value + (sums[index] ?? 0)));
}

function numbers(values: Buffer, offset: number, words: number): Float64Array {
  const found = new Float64Array(words);
  for (let word = 0; word < words; word += 1) {
    const at = offset + word * 8;
    found[word] = values.readUInt32LE(at) + values.readUInt32LE(at + 4) * HIGH;
  }
  return found;
}
