import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfig, joinsContainers } from '#agent/containers/create-config.js';
import type { CreateBody } from '#agent/contract/create.js';
import type { ContainerConfig } from '#runtime/spec/container-config.js';

const config = (body: Partial<CreateBody>): ContainerConfig =>
  createConfig(
    { image: 'host:', command: ['true'], ...body },
    { id: 'i', cgroupPath: '/tsgov/i', namespacePath: (ref, type) => `/ns/${ref}/${type}` },
  );
const plain = { id: 'i', image: { kind: 'host' }, args: ['true'], cgroupsPath: '/tsgov/i' };

for (const [name, body, expected] of [
  ['nothing but a command', {}, {}],
  ['entrypoint and command', { entrypoint: ['a', 'b'], command: ['c'] }, { args: ['a', 'b', 'c'] }],
  ['entrypoint as one word', { entrypoint: '/bin/x y', command: [] }, { args: ['/bin/x y'] }],
  ['an empty entrypoint is none', { entrypoint: '' }, {}],
  ['a rootfs', { image: 'rootfs:/srv/a' }, { image: { kind: 'rootfs', dir: '/srv/a' } }],
  [
    'namespaces',
    { pid: 'host', ipc: 'private', uts: 'container:x' },
    { pid: 'host', ipc: 'private', uts: { path: '/ns/x/uts' } },
  ],
  ['networks', { network: 'none' }, { network: 'none' }],
  ["another container's network", { network: 'container:x' }, { network: { path: '/ns/x/net' } }],
  [
    'a user namespace of its own, mapped',
    { userns: 'private' },
    {
      userns: 'private',
      idMappings: {
        uid: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
        gid: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
      },
    },
  ],
  [
    'a mount without a type is a bind',
    { mounts: [{ source: '/a', target: '/b' }] },
    { mounts: [{ type: 'bind', source: '/a', target: '/b' }] },
  ],
  ['a tmpfs mount', { mounts: [{ type: 'tmpfs', target: '/b' }] }, { mounts: [{ type: 'tmpfs', target: '/b' }] }],
  [
    'ulimits as text',
    { ulimits: ['nofile=1024:2048', 'nproc=-1'] },
    {
      ulimits: [
        { name: 'nofile', soft: 1024, hard: 2048 },
        { name: 'nproc', soft: -1, hard: -1 },
      ],
    },
  ],
  [
    'figures as numbers',
    { user: 1000, sysctls: { 'net.ipv4.ip_forward': 1 } },
    { user: '1000', sysctls: { 'net.ipv4.ip_forward': '1' } },
  ],
  ['a ulimit as a number', { ulimits: { nofile: 64 } }, { ulimits: [{ name: 'nofile', soft: 64, hard: 64 }] }],
  [
    'a read-only mount',
    { mounts: [{ source: '/a', target: '/b', options: ['rbind'], readOnly: true }] },
    { mounts: [{ type: 'bind', source: '/a', target: '/b', options: ['rbind', 'ro'] }] },
  ],
  ['ulimits by name', { ulimits: { core: '0' } }, { ulimits: [{ name: 'core', soft: 0, hard: 0 }] }],
  ['shm size', { shmSize: '8m' }, { shmSizeBytes: 8 << 20 }],
  [
    'what is handed on as it is',
    { readOnly: true, groupAdd: ['x'], capAdd: ['net_admin', 'ALL'] },
    { readonlyRootfs: true, groups: ['x'], capAdd: ['net_admin', 'ALL'] },
  ],
] as [string, Partial<CreateBody>, object][]) {
  test(`taken: ${name}`, () => assert.deepEqual(config(body), { ...plain, ...expected }));
}

for (const [name, body, field] of [
  ['no command', { command: [] }, 'command'],
  ['an unknown image', { image: 'docker.io/x' }, 'image'],
  ['a relative rootfs', { image: 'rootfs:a' }, 'image'],
  ['a namespace mode that is none', { pid: 'shared' }, 'pid'],
  ['an empty reference', { ipc: 'container:' }, 'ipc'],
  ['an unknown network', { network: 'bridge' }, 'network'],
  ['a bind without a source', { mounts: [{ source: '/a', target: '/b' }, { target: '/b' }] }, 'mounts[1].source'],
  ['a ulimit without a value', { ulimits: ['nofile'] }, 'ulimits[0]'],
  ['a ulimit that is no number', { ulimits: { nofile: 'lots' } }, 'ulimits.nofile'],
  ['a sysctl that JSON has rounded', { sysctls: { 'kernel.shmmax': 2 ** 64 } }, 'sysctls.kernel.shmmax'],
  ['a sysctl beyond all numbers', { sysctls: { 'kernel.shmmax': Number.POSITIVE_INFINITY } }, 'sysctls.kernel.shmmax'],
  ['no shared memory', { shmSize: 0 }, 'shmSize'],
  ['an unknown capability', { capDrop: ['CHOWN', 'FLY'] }, 'capDrop[1]'],
] as [string, Partial<CreateBody>, string][]) {
  test(`refused, naming the field: ${name}`, () => assert.throws(() => config(body), { field }));
}

test('a bundle has a command of its own', () => {
  assert.equal(config({ image: 'bundle:/b', command: [] }).args, undefined);
});

test('whether namespaces must be looked up at each start', () => {
  assert.equal(joinsContainers({ image: 'host:', pid: 'host' }), false);
  assert.equal(joinsContainers({ image: 'host:', network: 'container:x' }), true);
});
