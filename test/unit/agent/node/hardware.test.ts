import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readHardware } from '#agent/node/hardware.js';
import { parseMemoryDevice } from '#agent/node/hardware-memory.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

function tree(t: Teardown, files: Record<string, string | Buffer>): { procRoot: string; sysRoot: string } {
  const root = tempDir(t);
  for (const [path, data] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), data);
  }
  return { procRoot: join(root, 'proc'), sysRoot: join(root, 'sys') };
}

/** A structure of type 17 (SMBIOS 3.2): 40 bytes, then its strings. */
function memoryDevice(size: number, extended = 0): Buffer {
  const raw = Buffer.alloc(0x28);
  raw.writeUInt8(17, 0);
  raw.writeUInt8(raw.length, 1);
  raw.writeUInt16LE(size, 0x0c);
  raw.writeUInt8(1, 0x10);
  raw.writeUInt8(0x1a, 0x12);
  raw.writeUInt16LE(2933, 0x15);
  raw.writeUInt8(2, 0x17);
  raw.writeUInt8(3, 0x1a);
  raw.writeUInt32LE(extended, 0x1c);
  return Buffer.concat([raw, Buffer.from('DIMM 0\0Maker\0PN-1  \0\0')]);
}

test('a server: sockets, cores and threads, modules, disks and what is no disk', (t) => {
  const cpu = (n: number, socket: number, core: number) =>
    `processor\t: ${n}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon: 9\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n\n`;
  const roots = tree(t, {
    'proc/cpuinfo': cpu(0, 0, 0) + cpu(1, 0, 0) + cpu(2, 1, 0),
    'sys/class/dmi/id/sys_vendor': 'ACME\n',
    'sys/class/dmi/id/product_name': '\n',
    'sys/firmware/dmi/entries/17-10/raw': memoryDevice(0x7fff, 65536),
    'sys/firmware/dmi/entries/17-2/raw': memoryDevice(8192),
    'sys/firmware/dmi/entries/17-3/raw': memoryDevice(0),
    'sys/firmware/dmi/entries/4-0/raw': 'x',
    'sys/block/sda/size': '2048\n',
    'sys/block/sda/device/model': 'Disk One  \n',
    'sys/block/sda/queue/rotational': '1\n',
    'sys/block/loop0/size': '9\n',
  });
  const hardware = readHardware(roots);
  assert.deepEqual([hardware.vendor, hardware.product], ['ACME', null]);
  assert.deepEqual(hardware.cpu, { model: 'Xeon: 9', vendor: 'GenuineIntel', sockets: 2, cores: 2, threads: 3 });
  const each = { slot: 'DIMM 0', type: 'DDR4', megatransfersPerSecond: 2933, manufacturer: 'Maker', partNumber: 'PN-1' };
  assert.deepEqual(hardware.memoryModules, [
    { ...each, sizeBytes: 8 * 2 ** 30 },
    { ...each, sizeBytes: 64 * 2 ** 30 },
  ]);
  assert.deepEqual(hardware.disks, [{ name: 'sda', sizeBytes: 1 << 20, model: 'Disk One', rotational: true, removable: false }]);
});

test('a module of KiB; a structure of old firmware, and one cut off', () => {
  assert.equal(parseMemoryDevice(memoryDevice(0x8000 | 512))?.sizeBytes, 512 * 1024);
  const old = memoryDevice(1024).subarray(0, 0x15);
  old.writeUInt8(0x15, 1);
  assert.deepEqual(parseMemoryDevice(old), {
    slot: null,
    sizeBytes: 2 ** 30,
    type: 'DDR4',
    megatransfersPerSecond: null,
    manufacturer: null,
    partNumber: null,
  });
  for (const length of [0, 1, 5]) assert.equal(parseMemoryDevice(memoryDevice(1024).subarray(0, length)), undefined);
});

test('a host that says nothing', (t) => {
  const cpu = { model: null, vendor: null, sockets: null, cores: null, threads: 0 };
  assert.deepEqual(readHardware(tree(t, {})), { vendor: null, product: null, cpu, memoryModules: [], disks: [] });
});

test('this machine', () => {
  const { cpu, disks } = readHardware({ procRoot: '/proc', sysRoot: '/sys' });
  assert.equal(cpu.threads, cpus().length);
  assert.ok(disks.every(({ name, sizeBytes }) => !name.startsWith('loop') && sizeBytes >= 0));
});
