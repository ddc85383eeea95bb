import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSpec } from '#runtime/spec/build.js';
import { builtSpec, destinations, ID } from '#test/support/built-spec.js';
import { specHost } from '#test/support/spec-host.js';

test('host: is an overlay on the node, with its separate filesystems, and without tsgov itself', () => {
  const spec = builtSpec(
    {},
    { hiddenPaths: ['/var/lib/tsgov'], mountPoints: ['/', '/usr', '/usr/local', '/home', '/opt/app', '/etcetera', '/proc'] },
  );
  assert.deepEqual(spec.mounts?.[0], {
    destination: '/',
    type: 'overlay',
    source: 'overlay',
    options: ['lowerdir=/', 'upperdir=/data/c/upper', 'workdir=/data/c/work'],
  });
  assert.deepEqual(destinations(spec).slice(1, 3), ['/opt/app', '/usr']);
  assert.deepEqual(spec.mounts?.[1]?.options, ['rbind', 'rprivate', 'rro']);
  assert.ok(spec.linux.maskedPaths?.includes('/var/lib/tsgov'));
  assert.equal(spec.root.path, '/data/c/rootfs');
});

test('an overlay in memory, and in a user namespace, is put together in the root itself', () => {
  const memory = builtSpec({}, { upper: 'tmpfs' });
  assert.deepEqual(destinations(memory).slice(0, 2), ['/', '/']);
  assert.deepEqual(memory.mounts?.[1]?.options, ['lowerdir=/', 'upperdir=/data/c/rootfs/upper', 'workdir=/data/c/rootfs/work']);
  const idMappings = { uid: [{ containerID: 0, hostID: 9, size: 9 }], gid: [{ containerID: 0, hostID: 9, size: 9 }] };
  const mapped = builtSpec({ userns: 'private', idMappings });
  assert.deepEqual(destinations(mapped).slice(0, 3), ['/', '/lower', '/']);
  assert.deepEqual(mapped.linux.uidMappings, idMappings.uid);
  assert.deepEqual(mapped.linux.sysctl, {}, 'no groups are there to ping');
  assert.throws(() => builtSpec({ userns: 'private' }), { code: 'BODY_INVALID', field: 'userns' });
  assert.throws(() => builtSpec({ userns: 'private', idMappings }, { kernel: [5, 15] }), {
    code: 'SPEC_UNSUPPORTED',
    message: /5\.19/,
  });
  const netHost = builtSpec({ userns: 'private', idMappings, network: 'host' });
  assert.equal(netHost.mounts?.find((mount) => mount.destination === '/sys')?.type, 'bind');
});

test('layer paths with colons are escaped', () => {
  const spec = buildSpec({ id: ID, image: { kind: 'host' }, args: ['sh'] }, specHost('/data/a:b\\c'));
  assert.deepEqual(spec.mounts?.[0]?.options?.slice(1), ['upperdir=/data/a\\:b\\\\c/upper', 'workdir=/data/a\\:b\\\\c/work']);
});
