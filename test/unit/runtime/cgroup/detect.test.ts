import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { CONTROLLERS } from '#runtime/cgroup/controller.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { type FixtureMode, fixtureHost } from '#test/support/cgroup-fixture.js';
import { tempDir } from '#test/support/temp.js';

const VERSIONS: Record<FixtureMode, Record<string, string | undefined>> = {
  v1: { cpu: 'v1', cpuacct: 'v1', cpuset: 'v1', memory: 'v1', io: 'v1', pids: 'v1', freezer: 'v1', devices: 'v1', hugetlb: 'v1' },
  v2: {
    cpu: 'v2',
    cpuacct: undefined,
    cpuset: 'v2',
    memory: 'v2',
    io: 'v2',
    pids: 'v2',
    freezer: 'v2',
    devices: 'v2',
    hugetlb: 'v2',
  },
  hybrid: {
    cpu: 'v1',
    cpuacct: 'v1',
    cpuset: 'v1',
    memory: 'v1',
    io: 'v1',
    pids: 'v1',
    freezer: 'v1',
    devices: 'v1',
    hugetlb: 'v2',
  },
};

for (const mode of ['v1', 'v2', 'hybrid'] as const)
  test(`${mode}: each controller where its mount says`, (t) => {
    const { host } = fixtureHost(t, mode);
    assert.equal(host.mode, mode);
    assert.deepEqual(
      Object.fromEntries(CONTROLLERS.map((controller) => [controller, carrierVersion(host, controller)])),
      VERSIONS[mode],
    );
    assert.deepEqual(host.facts, { cpus: [0, 1, 2, 3], mems: [0], hugePageSizes: ['2MB', '1GB'], pageSizeBytes: 4096 });
  });

test('controllers mounted together share one hierarchy', (t) => {
  const { host, root } = fixtureHost(t, 'v1');
  assert.equal(host.carriers.cpu, host.carriers.cpuacct);
  assert.equal(host.carriers.cpu?.mount, `${root}/sys/fs/cgroup/cpu,cpuacct`);
});

test('a v2 tree without controllers beside v1 is hybrid and still gets every container', (t) => {
  const { host } = detectFrom(
    t,
    ['30 1 0:30 / /cg/memory rw - cgroup cgroup rw,memory', '31 1 0:31 / /cg/v2 rw - cgroup2 none rw'],
    {
      '/cg/v2/cgroup.controllers': '\n',
    },
  );
  assert.equal(host.mode, 'hybrid');
  assert.equal(host.hierarchies.length, 2);
  assert.equal(carrierVersion(host, 'memory'), 'v1');
  assert.equal(carrierVersion(host, 'freezer'), 'v2');
  assert.equal(carrierVersion(host, 'cpu'), undefined);
});

test('mounts in unusual places, hidden ones and bind mounts of a subtree', (t) => {
  const { host, root } = detectFrom(t, [
    '30 1 0:30 /docker/x /elsewhere/cpu rw - cgroup cgroup rw,cpu',
    '31 1 0:30 / /odd\\040place/cpu rw - cgroup cgroup rw,cpu',
    '32 1 0:32 / /hidden/memory rw - cgroup cgroup rw,memory',
    '33 1 0:33 / /hidden rw - tmpfs tmpfs rw',
    '34 1 0:34 / /names rw - cgroup cgroup rw,xattr,name=systemd',
  ]);
  assert.equal(host.carriers.cpu?.mount, `${root}/odd place/cpu`);
  assert.equal(host.carriers.memory, undefined);
  assert.equal(host.mode, 'v1');
  assert.equal(host.hierarchies.length, 1, 'systemd’s own tree is left alone while this process is in its root');
});

test('a service’s process also keeps containers apart in systemd’s named hierarchy', (t) => {
  const { host, root } = detectFrom(
    t,
    ['30 1 0:30 / /cg/memory rw - cgroup cgroup rw,memory', '34 1 0:34 / /cg/systemd rw - cgroup cgroup rw,xattr,name=systemd'],
    { '/proc/self/cgroup': '4:memory:/\n1:name=systemd:/system.slice/tsgov.service\n' },
  );
  assert.deepEqual(
    host.hierarchies.map(({ mount }) => mount),
    [`${root}/cg/memory`, `${root}/cg/systemd`],
  );
});

test('a controller switched off at boot is remembered', (t) => {
  const { host } = detectFrom(t, ['31 1 0:31 / /cg rw - cgroup2 none rw'], {
    '/cg/cgroup.controllers': 'cpu pids\n',
    '/proc/cgroups': '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t1\t1\nmemory\t0\t1\t0\n',
  });
  assert.deepEqual(host.disabled, ['memory']);
});

test('no cgroup filesystem at all is said', (t) => {
  assert.throws(() => detectFrom(t, []), { code: 'UNSUPPORTED', message: /mount cgroup2/ });
});

function detectFrom(t: Parameters<typeof tempDir>[0], mounts: string[], files: Record<string, string> = {}) {
  const root = tempDir(t);
  const all = {
    '/proc/self/mountinfo': ['1 0 8:1 / / rw - ext4 /dev/sda1 rw', ...mounts, ''].join('\n'),
    '/proc/cgroups': '#subsys_name\thierarchy\tnum_cgroups\tenabled\n',
    '/proc/self/cgroup': '0::/\n',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, text);
  }
  return { root, host: detectCgroups({ procRoot: join(root, 'proc'), sysRoot: join(root, 'sys'), mountPrefix: root }) };
}
