import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSpec } from '#runtime/spec/build.js';
import { DEFAULT_CAPABILITIES } from '#runtime/spec/capabilities.js';
import { type ContainerConfig, parseImage } from '#runtime/spec/container-config.js';
import { validateConfig } from '#runtime/spec/validate.js';
import { builtSpec, destinations, ID, namespaceTypes } from '#test/support/built-spec.js';
import { specHost } from '#test/support/spec-host.js';

test("a container without wishes is Docker's default", () => {
  const spec = builtSpec();
  assert.deepEqual(namespaceTypes(spec), ['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts']);
  assert.equal(spec.hostname, '0123456789ab');
  assert.deepEqual(spec.process.env, [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOSTNAME=0123456789ab',
    'HOME=/',
  ]);
  const { bounding, effective, permitted, inheritable, ambient } = spec.process.capabilities ?? {};
  for (const set of [bounding, effective, permitted]) assert.deepEqual([...(set ?? [])].sort(), [...DEFAULT_CAPABILITIES]);
  assert.deepEqual([inheritable, ambient], [[], []]);
  assert.deepEqual(destinations(spec), ['/', '/proc', '/dev', '/dev/pts', '/sys', '/sys/fs/cgroup', '/dev/mqueue', '/dev/shm']);
  assert.deepEqual(spec.linux.sysctl, {
    'net.ipv4.ip_unprivileged_port_start': '0',
    'net.ipv4.ping_group_range': '0 2147483647',
  });
  assert.equal(spec.process.noNewPrivileges, false);
  assert.equal(spec.process.oomScoreAdj, undefined);
  assert.equal(spec.linux.resources?.devices?.[0]?.allow, false);
});

const BAD: [Partial<ContainerConfig>, string][] = [
  [{ args: [] }, 'command'],
  [{ mounts: [{ type: 'bind', source: 'rel', target: '/x' }] }, 'mounts[0].source'],
  [{ mounts: [{ type: 'bind', source: '/a', target: 'x' }] }, 'mounts[0].target'],
  [{ mounts: [{ type: 'bind', source: '/a', target: '/..' }] }, 'mounts[0].target'],
  [{ mounts: [{ type: 'bind', source: '/a', target: '/x', options: ['size=1'] }] }, 'mounts[0].options'],
  [{ mounts: [{ type: 'tmpfs', target: '/x' }], tmpfs: ['/x'] }, 'mounts'],
  [{ tmpfs: ['x'] }, 'tmpfs[0].target'],
  [{ ulimits: [{ name: 'nofiles', soft: 1, hard: 1 }] }, 'ulimits[0]'],
  [{ ulimits: [{ name: 'nofile', soft: 2, hard: 1 }] }, 'ulimits[0]'],
  [{ ulimits: [{ name: 'nofile', soft: -1, hard: 1 }] }, 'ulimits[0]'],
  [{ securityOpt: ['nonsense'] }, 'securityOpt[0]'],
  [{ securityOpt: ['label=type:x'] }, 'securityOpt[0]'],
  [{ securityOpt: ['apparmor=x'] }, 'securityOpt'],
  [{ sysctls: { 'kernel.panic': '1' } }, 'linux.sysctl["kernel.panic"]'],
  [{ workdir: 'tmp' }, 'process.cwd'],
];

for (const [config, field] of BAD) {
  test(`refused: ${JSON.stringify(config)}`, () => {
    assert.throws(() => builtSpec(config), { field });
  });
}

test('a bundle keeps what it says; what the user says is on top', () => {
  const bundle = validateConfig({
    ociVersion: '1.0.2',
    root: { path: 'rootfs', readonly: true },
    process: {
      user: { uid: 5, gid: 6 },
      args: ['/app'],
      env: ['A=1', 'B=2'],
      cwd: '/srv',
      capabilities: { bounding: ['CAP_KILL'], permitted: ['CAP_KILL'], effective: ['CAP_KILL'] },
    },
    hostname: 'own',
    mounts: [
      { destination: '/proc', type: 'proc' },
      { destination: '/d', source: 'data', options: ['bind'] },
    ],
    linux: {
      namespaces: [{ type: 'mount' }, { type: 'uts' }, { type: 'pid' }],
      maskedPaths: ['/proc/kcore'],
      resources: { memory: { limit: 1 } },
    },
    annotations: { a: 'b' },
  });
  const image = { kind: 'bundle', dir: '/b' } as const;
  const of = (config: Partial<ContainerConfig>) =>
    buildSpec({ id: ID, image, ...config }, specHost('/data/c', { readBundle: () => bundle }));
  const plain = of({});
  assert.equal(plain.root.path, '/b/rootfs');
  assert.equal(plain.mounts?.[1]?.source, '/b/data');
  assert.deepEqual(plain.process.args, ['/app']);
  assert.deepEqual(plain.process.env, ['A=1', 'B=2']);
  assert.deepEqual([plain.process.user.uid, plain.process.cwd, plain.hostname, plain.root.readonly], [5, '/srv', 'own', true]);
  assert.deepEqual(plain.process.capabilities?.bounding, ['CAP_KILL']);
  assert.equal(plain.linux.seccomp, undefined);
  assert.deepEqual(plain.linux.maskedPaths, ['/proc/kcore']);
  assert.deepEqual(plain.linux.resources?.memory, { limit: 1 });
  assert.deepEqual(plain.linux.sysctl, {});
  assert.deepEqual(namespaceTypes(plain), ['mount', 'pid', 'uts']);

  const over = of({
    args: ['sh'],
    env: ['A=9'],
    workdir: '/',
    hostname: 'new',
    capAdd: ['chown'],
    network: 'private',
    readonlyRootfs: false,
    tmpfs: ['/tmp'],
    init: true,
    annotations: { c: 'd' },
    user: '0',
  });
  assert.deepEqual(over.process.args, ['sh']);
  assert.deepEqual(over.process.env, ['A=9', 'B=2']);
  assert.deepEqual([over.hostname, over.root.readonly, over.process.user.uid], ['new', false, 0]);
  assert.deepEqual(over.process.capabilities?.bounding, ['CAP_CHOWN', 'CAP_KILL']);
  assert.deepEqual(over.annotations, { a: 'b', c: 'd', 'tsgov.init': 'true' });
  assert.ok(namespaceTypes(over).includes('network') && destinations(over).includes('/tmp'));
});

test('images', () => {
  assert.deepEqual(parseImage('host:'), { kind: 'host' });
  assert.deepEqual(parseImage('rootfs:/a b'), { kind: 'rootfs', dir: '/a b' });
  assert.deepEqual(parseImage('bundle:/x'), { kind: 'bundle', dir: '/x' });
  for (const bad of ['', 'alpine', 'host:/x', 'rootfs:', 'rootfs:rel', 'bundle:/a\0'])
    assert.throws(() => parseImage(bad), { code: 'IMAGE_INVALID', field: 'image' }, bad);
});
