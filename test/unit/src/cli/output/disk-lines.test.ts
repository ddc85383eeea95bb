import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskLines } from '#src/cli/output/disk-lines.js';

test('a path is said to be on its disk, a disk named itself is not', () => {
  const disk = (name: string, via: string[]) => ({ number: '254:0', name, via });
  const devices = [
    { device: '/data', disk: disk('vda', ['/data', 'overlay at /data', 'vda1', 'vda']), readBps: 5 },
    { device: '/dev/vda', disk: disk('vda', ['/dev/vda', 'vda']) },
    { device: '254:0', disk: { number: '254:0' } },
    { device: '/dev/vda1', disk: disk('vda', ['/dev/vda1', 'vda']) },
  ];
  assert.equal(
    diskLines('w', { io: { devices } }),
    'tsgov: w: /data is on disk vda (254:0), through overlay at /data, vda1\ntsgov: w: /dev/vda1 is on disk vda (254:0)\n',
  );
  assert.equal(diskLines('w', {}), '');
});
