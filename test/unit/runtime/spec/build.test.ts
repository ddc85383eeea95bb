import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSpec } from '#runtime/spec/build.js';
import { DEFAULT_CAPABILITIES } from '#runtime/spec/capabilities.js';
import { type ContainerConfig, parseImage } from '#runtime/spec/container-config.js';
import { DEFAULT_DEVICE_RULES } from '#runtime/spec/defaults.js';
import type { OciConfig, OciDeviceRule } from '#runtime/spec/oci.js';
import type { SpecHost } from '#runtime/spec/spec-host.js';
import { validateConfig } from '#runtime/spec/validate.js';
import { specHost } from '#test/support/spec-host.js';

const ID = '0123456789abcdef0123';
const build = (config: Partial<ContainerConfig> = {}, facts: Partial<SpecHost> = {}): OciConfig =>
  buildSpec({ id: ID, image: { kind: 'host' }, args: ['sh'], ...config }, specHost('/data/c', facts));
const destinations = (spec: OciConfig): string[] => (spec.mounts ?? []).map((mount) => mount.destination);
const types = (spec: OciConfig): string[] => (spec.linux.namespaces ?? []).map((entry) => entry.type).sort();

test("a bundle's device list never takes the default devices away: runc spec writes deny all and nothing more", () => {
  const rulesOf = (devices: OciDeviceRule[] | undefined, config: Partial<ContainerConfig> = {}): OciDeviceRule[] => {
    const base = build();
    const bundle = { ...base, linux: { ...base.linux, resources: { devices } } } as OciConfig;
    const readBundle = () => bundle;
    return build({ image: { kind: 'bundle', dir: '/b' }, ...config }, { readBundle }).linux.resources?.devices ?? [];
  };
  const denyAll = { allow: false, access: 'rwm' };
  assert.deepEqual(rulesOf([denyAll]), DEFAULT_DEVICE_RULES);
  const fuse = { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' } as const;
  assert.deepEqual(rulesOf([denyAll, fuse]).slice(0, 2), [denyAll, fuse]);
  assert.deepEqual(rulesOf([denyAll, fuse]).slice(2), DEFAULT_DEVICE_RULES.slice(1));
  assert.deepEqual(rulesOf([{ allow: true, access: 'rwm' }]), [{ allow: true, access: 'rwm' }]);
  assert.deepEqual(rulesOf(undefined), []);
});

test("a container without wishes is Docker's default", () => {
  const spec = build();
  assert.deepEqual(types(spec), ['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts']);
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

test('host: is an overlay on the node, with its separate filesystems, and without tsgov itself', () => {
  const spec = build(
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
  const memory = build({}, { upper: 'tmpfs' });
  assert.deepEqual(destinations(memory).slice(0, 2), ['/', '/']);
  assert.deepEqual(memory.mounts?.[1]?.options, ['lowerdir=/', 'upperdir=/data/c/rootfs/upper', 'workdir=/data/c/rootfs/work']);
  const idMappings = { uid: [{ containerID: 0, hostID: 9, size: 9 }], gid: [{ containerID: 0, hostID: 9, size: 9 }] };
  const mapped = build({ userns: 'private', idMappings });
  assert.deepEqual(destinations(mapped).slice(0, 3), ['/', '/lower', '/']);
  assert.deepEqual(mapped.linux.uidMappings, idMappings.uid);
  assert.deepEqual(mapped.linux.sysctl, {}, 'no groups are there to ping');
  assert.throws(() => build({ userns: 'private' }), { code: 'BODY_INVALID', field: 'userns' });
  assert.throws(() => build({ userns: 'private', idMappings }, { kernel: [5, 15] }), {
    code: 'SPEC_UNSUPPORTED',
    message: /5\.19/,
  });
  const netHost = build({ userns: 'private', idMappings, network: 'host' });
  assert.equal(netHost.mounts?.find((mount) => mount.destination === '/sys')?.type, 'bind');
});

test('layer paths with colons are escaped', () => {
  const spec = buildSpec({ id: ID, image: { kind: 'host' }, args: ['sh'] }, specHost('/data/a:b\\c'));
  assert.deepEqual(spec.mounts?.[0]?.options?.slice(1), ['upperdir=/data/a\\:b\\\\c/upper', 'workdir=/data/a\\:b\\\\c/work']);
});

test("namespaces: the node's, another container's, none", () => {
  assert.deepEqual(types(build({ pid: 'host', network: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' })), ['mount']);
  assert.deepEqual(
    build({ network: { path: '/proc/7/ns/net' } }).linux.namespaces?.find((entry) => entry.type === 'network'),
    { type: 'network', path: '/proc/7/ns/net' },
  );
  assert.deepEqual(build({ network: { path: '/proc/7/ns/net' } }).linux.sysctl, {}, "its sysctls are the other's");
  assert.deepEqual(types(build({ network: 'none' })), types(build()));
  assert.equal(build({ uts: 'host' }).hostname, undefined);
  assert.ok(build({ uts: 'host' }).process.env?.includes('HOSTNAME=node'));
  assert.equal(build({ ipc: 'host' }).mounts?.find((mount) => mount.destination === '/dev/shm')?.type, 'bind');
  assert.throws(() => build({ uts: 'host', hostname: 'x' }), { code: 'SPEC_INVALID', field: 'hostname' });
  assert.ok(types(build({ timeOffsets: { monotonic: { secs: 1, nanosecs: 0 } } })).includes('time'));
});

const CAPS: [string, Partial<ContainerConfig>, string[]][] = [
  ['drop all, add one', { capDrop: ['all'], capAdd: ['net_raw'] }, ['CAP_NET_RAW']],
  ['drop one of the defaults', { capDrop: ['CAP_CHOWN'] }, DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_CHOWN')],
  ['add one', { capAdd: ['sys_time'] }, [...DEFAULT_CAPABILITIES, 'CAP_SYS_TIME']],
];
for (const [name, config, expected] of CAPS) {
  test(`capabilities: ${name}`, () => {
    assert.deepEqual([...(build(config).process.capabilities?.bounding ?? [])].sort(), [...expected].sort());
  });
}

test('capabilities: all is what the host has; one it lacks is refused by name', () => {
  const all = build({ capAdd: ['ALL'], capDrop: ['mknod'] }).process.capabilities?.bounding ?? [];
  assert.ok(all.includes('CAP_SYS_ADMIN') && !all.includes('CAP_MKNOD') && !all.includes('CAP_SYS_RESOURCE'));
  assert.throws(() => build({ capAdd: ['NET_RAW', 'SYS_RESOURCE'] }), { code: 'SPEC_UNSUPPORTED', field: 'capAdd[1]' });
  assert.throws(() => build({ capDrop: ['NONSENSE'] }), { code: 'BODY_INVALID', field: 'capDrop[0]' });
});

test('privileged: everything the host has, no filter, nothing masked, its devices', () => {
  const vda = { path: '/dev/vda', type: 'b' as const, major: 254, minor: 0, fileMode: 0o660, uid: 0, gid: 6 };
  const own = { ...vda, path: '/dev/pts/3' };
  const spec = build({ privileged: true }, { devices: () => [vda, own] });
  assert.equal(spec.linux.seccomp, undefined);
  assert.deepEqual([spec.linux.maskedPaths, spec.linux.readonlyPaths], [[], []]);
  assert.deepEqual(
    spec.linux.devices?.map((device) => device.path),
    ['/dev/vda'],
  );
  assert.deepEqual(spec.linux.resources?.devices, [{ allow: true, access: 'rwm' }]);
  assert.ok(!spec.mounts?.find((mount) => mount.destination === '/sys')?.options?.includes('ro'));
  assert.ok(spec.process.capabilities?.bounding?.includes('CAP_SYS_ADMIN'));
});

test('devices: default access, renamed, directories, and what is none', () => {
  const node = (path: string) => ({ path, type: 'c' as const, major: 10, minor: 1, fileMode: 0o600, uid: 0, gid: 0 });
  const devices = (path: string) =>
    path === '/dev/snd' ? [node('/dev/snd/a'), node('/dev/snd/b')] : path === '/dev/x' ? [node('/dev/x')] : [];
  const spec = build({ devices: ['/dev/x', '/dev/x:/dev/y:r', '/dev/snd:/dev/sound:rw', '/dev/x:m'] }, { devices });
  assert.deepEqual(
    spec.linux.devices?.map((device) => device.path),
    ['/dev/x', '/dev/y', '/dev/sound/a', '/dev/sound/b'],
  );
  assert.deepEqual(
    spec.linux.resources?.devices?.slice(-5).map((rule) => rule.access),
    ['rwm', 'r', 'rw', 'rw', 'm'],
  );
  assert.throws(() => build({ devices: ['/dev/none'] }), { code: 'BODY_INVALID', field: 'devices[0]' });
  for (const bad of ['x', '/dev/x:y', '/dev/x:/dev/y:q', '/a:/b:r:w'])
    assert.throws(() => build({ devices: [bad] }, { devices }), { field: 'devices[0]' }, bad);
});

test('environment: order kept, the last one wins, a bare name takes one out', () => {
  const spec = build({ env: ['A=1', 'PATH=/x', 'A=2', 'HOSTNAME', 'HOME=/h', 'E='], tty: true });
  assert.deepEqual(spec.process.env, ['PATH=/x', 'TERM=xterm', 'A=2', 'HOME=/h', 'E=']);
  assert.throws(() => build({ env: ['=x'] }), { code: 'BODY_INVALID', field: 'env[0]' });
});

test('users of the image: names, numbers, groups, home', () => {
  const files: Record<string, string> = {
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n# comment\napp:x:1000:100::/home/app:/bin/sh\n7:x:70:71::/seven:/bin/sh\n',
    '/etc/group': 'users:x:100:\nwheel:x:10:root,app\naudio:x:63:app\n',
  };
  const readRootFile = (root: string, path: string) => (root === '/' ? files[path] : undefined);
  const user = (text: string | undefined, groups?: string[]) => {
    const { process } = build(
      { ...(text === undefined ? {} : { user: text }), ...(groups === undefined ? {} : { groups }) },
      { readRootFile },
    );
    return [process.user.uid, process.user.gid, process.user.additionalGids, process.env?.at(-1)];
  };
  assert.deepEqual(user(undefined), [0, 0, [10], 'HOME=/root']);
  assert.deepEqual(user('app'), [1000, 100, [10, 63], 'HOME=/home/app']);
  assert.deepEqual(user('1000'), [1000, 100, [10, 63], 'HOME=/home/app']);
  assert.deepEqual(user('app:audio'), [1000, 63, [], 'HOME=/home/app']);
  assert.deepEqual(user('4242:4243', ['wheel', '99']), [4242, 4243, [10, 99], 'HOME=/']);
  assert.deepEqual(user('7'), [70, 71, [], 'HOME=/seven'], 'a name that is a number');
  for (const bad of ['nobody', 'app:nogroup', '4294967295', '-1'])
    assert.throws(() => user(bad), { code: 'BODY_INVALID', field: 'user' }, bad);
  assert.throws(() => user('app', ['wheel', 'nogroup']), { code: 'BODY_INVALID', field: 'groups[1]' });
});

test('mounts of the user: defaults, order, replacing one of ours', () => {
  const spec = build({
    mounts: [
      { type: 'bind', source: '/a', target: '/deep/in/here', options: ['ro', 'z'] },
      { type: 'bind', source: '/b', target: '/deep//../deep/', options: ['bind', 'shared'] },
      { type: 'tmpfs', target: '/dev/shm', options: ['size=1k', 'exec'] },
    ],
    tmpfs: ['/run:size=64m,mode=700', '/tmp'],
  });
  const find = (path: string) => spec.mounts?.find((mount) => mount.destination === path);
  assert.deepEqual(find('/deep/in/here')?.options, ['rbind', 'rro', 'rprivate']);
  assert.deepEqual(find('/deep')?.options, ['bind', 'shared']);
  assert.ok(destinations(spec).indexOf('/deep') < destinations(spec).indexOf('/deep/in/here'));
  assert.deepEqual(find('/dev/shm')?.options, ['nosuid', 'nodev', 'size=1k', 'exec']);
  assert.equal(destinations(spec).filter((path) => path === '/dev/shm').length, 1);
  assert.deepEqual(find('/run')?.options, ['noexec', 'nosuid', 'nodev', 'size=64m', 'mode=700']);
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
    assert.throws(() => build(config), { field });
  });
}

test('ulimits, with unlimited as the kernel has it', () => {
  const { rlimits } = build({ ulimits: [{ name: 'nofile', soft: 1, hard: -1 }] }).process;
  assert.deepEqual(rlimits, [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 ** 64 }]);
});

test('security options', () => {
  assert.equal(build({ securityOpt: ['no-new-privileges'] }).process.noNewPrivileges, true);
  assert.equal(build({ securityOpt: ['no-new-privileges:false'] }).process.noNewPrivileges, false);
  assert.equal(build({ securityOpt: ['seccomp=unconfined'] }).linux.seccomp, undefined);
  assert.deepEqual(build({ securityOpt: ['systempaths=unconfined'] }).linux.maskedPaths, []);
  assert.equal(build({ securityOpt: ['apparmor=x'] }, { apparmor: true }).process.apparmorProfile, 'x');
  assert.equal(build({}, { seccomp: false }).linux.seccomp, undefined);
  assert.throws(() => build({ securityOpt: ['seccomp=/p.json'] }, { seccomp: false }), { code: 'SPEC_UNSUPPORTED' });
});

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
  assert.deepEqual(types(plain), ['mount', 'pid', 'uts']);

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
  assert.ok(types(over).includes('network') && destinations(over).includes('/tmp'));
});

test('images', () => {
  assert.deepEqual(parseImage('host:'), { kind: 'host' });
  assert.deepEqual(parseImage('rootfs:/a b'), { kind: 'rootfs', dir: '/a b' });
  assert.deepEqual(parseImage('bundle:/x'), { kind: 'bundle', dir: '/x' });
  for (const bad of ['', 'alpine', 'host:/x', 'rootfs:', 'rootfs:rel', 'bundle:/a\0'])
    assert.throws(() => parseImage(bad), { code: 'IMAGE_INVALID', field: 'image' }, bad);
});
