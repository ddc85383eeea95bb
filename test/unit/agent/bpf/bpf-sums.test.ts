import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BpfSums } from '#agent/bpf/bpf-sums.js';
import type { CgroupOwners } from '#agent/bpf/cgroup-owners.js';
import type { SumSource } from '#agent/bpf/sum-source.js';
import type { BpfMap } from '#native/bpf-map.js';

/** Key: cgroup id, network. Value: two counters. */
const SOURCE: SumSource = {
  name: 'test',
  object: 'test.bpf.o',
  map: 'test',
  space: 'tasks',
  keyBytes: 16,
  words: 2,
  label: (key) => String(key.readUInt32LE(12)),
  network: (key) => key.readUInt32LE(8),
  help: '',
};

type Row = [cgroup: number, network: number, label: number, counts: [number, bigint]];

/** A map and its owners in memory: what is here is how entries come to containers, not the kernel's part. */
function world(rows: Row[], owners: Record<number, string>, networks: Record<number, string>, gone: Set<number>) {
  const map: BpfMap = {
    entries: () => {
      const keys = Buffer.alloc(rows.length * 16);
      const values = Buffer.alloc(rows.length * 16);
      for (const [index, [cgroup, network, label, [first, second]]] of rows.entries()) {
        keys.writeBigUInt64LE(BigInt(cgroup), index * 16);
        keys.writeUInt32LE(network, index * 16 + 8);
        keys.writeUInt32LE(label, index * 16 + 12);
        values.writeBigUInt64LE(BigInt(first), index * 16);
        values.writeBigUInt64LE(second, index * 16 + 8);
      }
      return { count: rows.length, keys, values };
    },
    at: () => 0n,
    delete: (key) => {
      const index = rows.findIndex(
        ([cgroup, network]) => BigInt(cgroup) === key.readBigUInt64LE() && network === key.readUInt32LE(8),
      );
      rows.splice(index, 1);
    },
  };
  const named = (id: string | undefined) => (id === undefined ? undefined : { id, name: id, image: '', runtime: 'tsgov' });
  const known: Pick<CgroupOwners, 'ownerId' | 'ownerOfNetwork' | 'directory'> = {
    ownerId: (_, id) => owners[Number(id)],
    ownerOfNetwork: (inode) => named(networks[inode]),
    directory: (_, id) => (gone.has(Number(id)) ? undefined : '/there'),
  };
  return new BpfSums(SOURCE, map, known as CgroupOwners);
}

const plain = (sums: BpfSums) =>
  Object.fromEntries([...sums.totals].map(([id, labels]) => [id, Object.fromEntries([...labels].map(([l, v]) => [l, [...v]]))]));

test('what did not change is the same object; what was read before stays as it was', () => {
  const rows: Row[] = [
    [1, 0, 7, [1, 2n]],
    [2, 0, 7, [10, 20n]],
    [3, 0, 7, [5, 5n]],
  ];
  const sums = world(rows, { 1: 'a', 2: 'a', 3: 'b' }, {}, new Set());
  const keep = new Set(['a', 'b']);
  sums.collect(keep);
  const [first, text] = [sums.totals, plain(sums)];
  rows[1] = [2, 0, 7, [11, 20n]];
  sums.collect(keep);
  assert.equal(sums.totals.get('b'), first.get('b'));
  assert.deepEqual(plain(sums), { a: { 7: [12, 22] }, b: { 7: [5, 5] } });
  // In other places, and some of them others: by cgroup all the same.
  rows.splice(0, 3, [3, 0, 7, [5, 5n]], [1, 0, 7, [1, 2n]], [2, 0, 8, [11, 20n]]);
  sums.collect(keep);
  assert.deepEqual(plain(sums), { b: { 7: [5, 5] }, a: { 7: [1, 2], 8: [11, 20] } });
  assert.deepEqual(plain({ totals: first } as BpfSums), text);
});

test('cgroups of one container are added up, by label; large counters keep their digits', () => {
  const rows: Row[] = [
    [1, 0, 7, [1, 2n ** 40n + 1n]],
    [2, 0, 7, [2, 1n]],
    [2, 0, 8, [5, 0n]],
    [3, 0, 7, [9, 9n]],
  ];
  const sums = world(rows, { 1: 'a', 2: 'a' }, {}, new Set());
  sums.collect(new Set(['a']));
  assert.deepEqual(plain(sums), { a: { 7: [3, 2 ** 40 + 2], 8: [5, 0] } });
});

test('where the cgroup tells nothing the network does; what is nobody’s is taken out', () => {
  const rows: Row[] = [
    [1, 100, 0, [1, 1n]],
    [1, 200, 0, [2, 2n]],
  ];
  const sums = world(rows, {}, { 100: 'a' }, new Set());
  for (let pass = 0; pass < 40; pass += 1) sums.collect(new Set(['a']));
  assert.deepEqual(plain(sums), { a: { 0: [1, 1] } });
  assert.deepEqual(rows, [[1, 100, 0, [1, 1n]]]);
});

test('what an ended cgroup had stays with its container, and goes with it', () => {
  const rows: Row[] = [
    [1, 0, 0, [4, 4n]],
    [2, 0, 0, [1, 1n]],
  ];
  const gone = new Set([1]);
  const sums = world(rows, { 1: 'a', 2: 'a' }, {}, gone);
  for (let pass = 0; pass < 40; pass += 1) {
    sums.collect(new Set(['a']));
    assert.deepEqual(plain(sums), { a: { 0: [5, 5] } }, 'never less, never twice');
  }
  assert.deepEqual(rows, [[2, 0, 0, [1, 1n]]], 'the dead one is out of the map');
  sums.collect(new Set());
  assert.deepEqual(plain(sums), { a: { 0: [1, 1] } });
});
