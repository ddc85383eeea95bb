import assert from 'node:assert/strict';
import { mkdirSync, type Stats, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type BlockRoots, resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

/** sysfs of: vda with vda1; nvme0n1 with p2; dm-0 (crypt) on nvme0n1p2; dm-1 striped over vda and nvme; loop0 and loop1. */
const DISKS: Record<string, { number: string; partition?: true; slaves?: string[]; backing?: string }> = {
  'devices/pci/vda': { number: '254:0' },
  'devices/pci/vda/vda1': { number: '254:1', partition: true },
  'devices/pci/nvme0n1': { number: '259:0' },
  'devices/pci/nvme0n1/nvme0n1p2': { number: '259:2', partition: true },
  'devices/virtual/block/dm-0': { number: '253:0', slaves: ['devices/pci/nvme0n1/nvme0n1p2'] },
  'devices/virtual/block/dm-1': { number: '253:1', slaves: ['devices/pci/vda', 'devices/pci/nvme0n1'] },
  'devices/virtual/block/dm-2': { number: '253:2', slaves: ['devices/virtual/block/dm-0'] },
  'devices/virtual/block/loop0': { number: '7:0', backing: '/images/disk.img' },
  'devices/virtual/block/loop1': { number: '7:1', backing: '/gone.img (deleted)' },
};

const MOUNTS = `1 0 254:1 / / rw - ext4 /dev/vda1 rw
2 1 253:0 / /data rw - xfs /dev/mapper/data rw
3 1 0:40 / /merged rw - overlay overlay rw,lowerdir=/lower:/lower2,upperdir=/data/up\\040per,workdir=/data/work
4 1 0:41 / /readonly rw - overlay overlay rw,lowerdir=/data/lower
5 1 0:42 /sub /pool rw - btrfs /dev/nvme0n1p2 rw,subvol=/sub
6 1 0:43 / /run rw - tmpfs tmpfs rw
7 3 0:44 / /merged/nfs rw - nfs4 server:/export rw
8 1 0:45 / /loop rw - overlay overlay rw,upperdir=/loop/upper
`;

/** st_dev by path; device nodes by rdev. */
const PATHS: Record<string, { dev?: [number, number]; rdev?: [number, number]; kind?: 'block' | 'char' }> = {
  '/': { dev: [254, 1] },
  '/data/file': { dev: [253, 0] },
  '/data/up per': { dev: [253, 0] },
  '/data/lower': { dev: [253, 0] },
  '/merged/x': { dev: [0, 40] },
  '/merged/nfs/x': { dev: [0, 44] },
  '/readonly': { dev: [0, 41] },
  '/pool/x': { dev: [0, 42] },
  '/run/x': { dev: [0, 43] },
  '/loop': { dev: [0, 45] },
  '/loop/upper': { dev: [0, 45] },
  '/link-to-merged': { dev: [0, 40] },
  '/striped': { dev: [253, 1] },
  '/images/disk.img': { dev: [259, 2] },
  '/dev/vda1': { rdev: [254, 1], kind: 'block' },
  '/dev/nvme0n1p2': { rdev: [259, 2], kind: 'block' },
  '/dev/loop0': { rdev: [7, 0], kind: 'block' },
  '/dev/loop1': { rdev: [7, 1], kind: 'block' },
  '/dev/null': { rdev: [1, 3], kind: 'char' },
  '/absent-disk': { dev: [8, 0] },
};

const FOUND: readonly [asked: string, disk: string, name: string][] = [
  ['254:0', '254:0', 'vda'],
  ['254:1', '254:0', 'vda'],
  ['/', '254:0', 'vda'],
  ['/dev/vda1', '254:0', 'vda'],
  ['/data/file', '259:0', 'nvme0n1'],
  ['253:2', '259:0', 'nvme0n1'],
  ['/merged/x', '259:0', 'nvme0n1'],
  ['/link-to-merged', '259:0', 'nvme0n1'],
  ['/readonly', '259:0', 'nvme0n1'],
  ['/pool/x', '259:0', 'nvme0n1'],
  ['/striped', '253:1', 'dm-1'],
  ['/dev/loop0', '7:0', 'loop0'],
  ['/dev/loop1', '7:1', 'loop1'],
];
for (const [asked, disk, name] of FOUND)
  test(`${asked} is on ${name}`, (t) => {
    const found = resolveBlockDevice(asked, fixture(t), 'io.devices[0].device');
    assert.equal(`${found.major}:${found.minor}`, disk);
    assert.equal(found.name, name);
    assert.equal(found.via[0], asked);
    assert.ok(found.via.includes(name));
  });

const REFUSED: readonly [asked: string, why: RegExp][] = [
  ['8:0', /no block device 8:0/],
  ['/absent-disk', /no block device 8:0/],
  ['/nowhere', /\/nowhere does not exist/],
  ['/dev/null', /character device/],
  ['/run/x', /tmpfs \(mounted at \/run\), which is on no disk/],
  ['/merged/nfs/x', /nfs4/],
  ['/loop', /layers/],
  ['vda', /neither MAJ:MIN nor an absolute path/],
  ['', /neither/],
];
for (const [asked, why] of REFUSED)
  test(`${JSON.stringify(asked)} is refused`, (t) => {
    assert.throws(() => resolveBlockDevice(asked, fixture(t), 'limits.io.devices[3].device'), {
      code: 'DEVICE_UNKNOWN',
      field: 'limits.io.devices[3].device',
      message: why,
    });
  });

function fixture(t: Teardown): BlockRoots {
  const root = tempDir(t);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const link = (target: string, path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(join(root, 'sys', target), join(root, path));
  };
  put('proc/self/mountinfo', MOUNTS);
  for (const [dir, { number, partition, slaves = [], backing }] of Object.entries(DISKS)) {
    put(`sys/${dir}/dev`, `${number}\n`);
    if (partition) put(`sys/${dir}/partition`, '1\n');
    if (backing !== undefined) put(`sys/${dir}/loop/backing_file`, `${backing}\n`);
    link(dir, `sys/dev/block/${number}`);
    for (const slave of slaves) link(slave, `sys/${dir}/slaves/${slave.slice(slave.lastIndexOf('/') + 1)}`);
  }
  return {
    procRoot: join(root, 'proc'),
    sysRoot: join(root, 'sys'),
    files: { stat: statOf, realpath: (path) => (path === '/link-to-merged' ? '/merged/x' : path) },
  };
}

function statOf(path: string): Stats {
  const known = PATHS[path];
  if (known === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  return {
    dev: packed(known.dev),
    rdev: packed(known.rdev),
    isBlockDevice: () => known.kind === 'block',
    isCharacterDevice: () => known.kind === 'char',
  } as Stats;
}

function packed([major, minor]: [number, number] = [0, 0]): number {
  return (major << 8) | minor;
}
