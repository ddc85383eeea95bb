import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HostFeature } from '#agent/contract/node.js';
import { probeFeatures } from '#agent/node/features.js';
import { readHardware } from '#agent/node/hardware.js';
import { readNodeFacts } from '#agent/node/host-facts.js';
import { nodeViewer } from '#agent/node/node-view.js';
import { isAtLeast } from '#agent/node/probe-kernel.js';
import { BPF_PROGRAMS } from '#native/bpf-features.js';
import { kernelWith, perfectHost, v2Host } from '#test/support/probe-fixture.js';
import { tempDir } from '#test/support/temp.js';

const named = (features: HostFeature[], name: string): HostFeature =>
  features.find((feature) => feature.name === name) ?? assert.fail(`no feature ${name}`);

test('a host with everything lacks nothing but BTF, of which the fixture has no file', (t) => {
  const features = probeFeatures(perfectHost(tempDir(t)));
  const lacking = features.filter((feature) => feature.status !== 'ok').map((feature) => feature.name);
  assert.deepEqual(lacking, ['BTF', 'BPF programs', 'BPF tp_btf', ...BPF_PROGRAMS.map(({ name }) => `BPF ${name}`)]);
  assert.equal(new Set(features.map((feature) => feature.name)).size, features.length, 'names are unique');
});

test('what is lacking says what it costs and how to get it; what is there does not', (t) => {
  const root = tempDir(t);
  const host = perfectHost(root, {
    kernel: kernelWith({
      ...mapped(
        ['pidfd', 'openat2', 'cloneIntoCgroup', 'mountSetattr', 'idmappedMounts', 'fanotifyFilesystem', 'bpfProgram'],
        'ENOSYS',
      ),
      libseccomp: () => undefined,
      libbpf: () => undefined,
    }),
    overlayRefusal: () => 'ENODEV',
    cgroups: undefined,
  });
  rmSync(join(root, 'proc'), { recursive: true });
  mkdirSync(join(root, 'proc'));
  for (const feature of probeFeatures(host)) {
    const told = feature.cost !== '' && feature.remedy !== '';
    assert.equal(told, feature.status !== 'ok', `${feature.name}: ${feature.status}`);
    if (!['init system', 'I/O scheduler for weights'].includes(feature.name)) assert.notEqual(feature.status, 'ok', feature.name);
  }
});

function mapped(names: string[], refusal: string): object {
  return Object.fromEntries(names.map((name) => [name, () => refusal]));
}

test('a refused call names its errno and what that means', (t) => {
  const host = perfectHost(tempDir(t), { kernel: kernelWith({ openat2: () => 'EPERM' }) });
  const feature = named(probeFeatures(host), 'openat2');
  assert.deepEqual([feature.status, feature.essential], ['missing', true]);
  assert.match(feature.detail, /EPERM.*seccomp/);
});

test('an old kernel and lacking capabilities', (t) => {
  const root = tempDir(t);
  const host = perfectHost(root);
  writeFileSync(join(root, 'proc/sys/kernel/osrelease'), '5.10.0-8-amd64\n');
  writeFileSync(join(root, 'proc/self/status'), 'CapEff:\t0000000000200000\n');
  const features = probeFeatures(host);
  assert.equal(named(features, 'kernel version').status, 'missing');
  assert.equal(named(features, 'CAP_SYS_ADMIN').status, 'ok');
  assert.equal(named(features, 'CAP_SYS_RESOURCE').status, 'degraded');
});

test('namespaces: not in the kernel, none allowed, or for root only', (t) => {
  const root = tempDir(t);
  const host = perfectHost(root);
  mkdirSync(join(root, 'proc/sys/user'));
  writeFileSync(join(root, 'proc/sys/user/max_net_namespaces'), '0\n');
  writeFileSync(join(root, 'proc/sys/kernel/unprivileged_userns_clone'), '0\n');
  rmSync(join(root, 'proc/self/ns/time_for_children'));
  const features = probeFeatures(host);
  assert.match(named(features, 'network namespaces').remedy, /sysctl -w user.max_net_namespaces/);
  assert.equal(named(features, 'time namespaces').status, 'missing');
  assert.match(named(features, 'user namespaces').detail, /root only.*unprivileged_userns_clone/);
});

test('controllers: on v1, absent, disabled', (t) => {
  const root = tempDir(t);
  const v2 = v2Host(join(root, 'cg'));
  const memory = { version: 1 as const, mount: join(root, 'v1/memory'), controllers: ['memory' as const] };
  mkdirSync(memory.mount, { recursive: true });
  const { io: _io, pids: _pids, ...carriers } = v2.carriers;
  const cgroups = { ...v2, mode: 'hybrid' as const, carriers: { ...carriers, memory }, disabled: ['pids' as const] };
  const features = probeFeatures(perfectHost(root, { cgroups }));
  const about = (name: string) => named(features, name);
  assert.deepEqual([about('memory controller').status, about('memory controller').detail], ['degraded', `v1 at ${memory.mount}`]);
  assert.match(about('memory controller').cost, /memory\.high/);
  assert.equal(about('io controller').status, 'missing');
  assert.match(about('pids controller').remedy, /cgroup_disable=pids/);
  assert.equal(about('swap accounting').status, 'missing');
});

test('overlay: what the refusal means, and nothing is left behind', (t) => {
  const root = tempDir(t);
  const status = (refusal: string | undefined) => {
    let tried: string[] = [];
    const host = perfectHost(root, {
      overlayRefusal: (...dirs) => {
        tried = dirs;
        mkdirSync(join(dirs[2], 'work'));
        return refusal;
      },
    });
    const features = probeFeatures(host);
    assert.equal(tried[0], '/');
    assert.deepEqual(readdirSync(join(root, 'data')), ['x']);
    return ['overlay', 'overlay on the data directory'].map((name) => named(features, name).status);
  };
  assert.deepEqual(status(undefined), ['ok', 'ok']);
  assert.deepEqual(status('EINVAL'), ['ok', 'degraded']);
  assert.deepEqual(status('ENODEV'), ['missing', 'missing']);
});

test('disks: only real ones count, and every one must have bfq', (t) => {
  const root = tempDir(t);
  const host = perfectHost(root);
  mkdirSync(join(root, 'sys/block/sda/queue'), { recursive: true });
  writeFileSync(join(root, 'sys/block/sda/queue/scheduler'), '[mq-deadline] none\n');
  const feature = named(probeFeatures(host), 'I/O scheduler for weights');
  assert.deepEqual([feature.status, feature.detail], ['degraded', 'sda: mq-deadline, vda: bfq']);
});

test('versions compare by number', () => {
  assert.deepEqual(
    ['5.12', '5.9.1', '6.0', '5.100-x', '', 'x'].map((release) => isAtLeast(release, [5, 12])),
    [true, false, true, true, false, false],
  );
});

test('facts of the node', (t) => {
  assert.deepEqual(readNodeFacts(perfectHost(tempDir(t))), {
    hostname: 'box',
    kernel: '6.12.1-test',
    architecture: 'x86_64',
    os: 'Test Linux 1',
    cpus: 2,
    memoryBytes: 2048 * 1024,
    swapBytes: 1024 * 1024,
  });
});

test('the view probes once, and again after a probe that failed', async (t) => {
  const host = perfectHost(tempDir(t));
  let probed = 0;
  const view = nodeViewer({
    facts: readNodeFacts(host),
    cgroups: v2Host('/cg'),
    agent: () => ({
      version: '1',
      root: '/r',
      state: '/s',
      cgroupParent: '/tsgov',
      socket: '/s/x',
      listen: null,
      pid: 1,
      startedAt: 'then',
    }),
    containers: () => [],
    conditions: () => [],
    hardware: () => readHardware({ procRoot: '/nowhere', sysRoot: '/nowhere' }),
    features: async () => {
      probed += 1;
      if (probed === 1) throw new Error('once');
      return [];
    },
  });
  await assert.rejects(view(), /once/);
  assert.equal((await view()).cgroup.controllers.cpu, 'v2');
  await view();
  assert.equal(probed, 2);
});
