import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateConfig } from '#runtime/spec/validate.js';

type Json = Record<string, unknown>;

/** The least a config.json must have. */
function minimal(): Json {
  return {
    ociVersion: '1.0.2',
    root: { path: 'rootfs' },
    process: { user: { uid: 0, gid: 0 }, args: ['sh'], cwd: '/' },
    linux: { namespaces: [{ type: 'mount' }] },
  };
}

/** minimal() with the value at a dotted path set; undefined takes it out. */
function withField(path: string, value: unknown): Json {
  const config = minimal();
  const keys = path.split('.');
  const last = keys.pop() as string;
  const object = keys.reduce<Json>((at, key) => {
    at[key] ??= {};
    return at[key] as Json;
  }, config);
  object[last] = value;
  return config;
}

const ns = (...types: string[]): { type: string }[] => ['mount', ...types].map((type) => ({ type }));
const map = [{ containerID: 0, hostID: 1000, size: 10 }];

/** What to set where, the field the error must name, and what it must say. */
const INVALID: [path: string, value: unknown, field: string, reason: RegExp][] = [
  ['ociVersion', undefined, 'ociVersion', /must be a string, not nothing/],
  ['ociVersion', '2.0.0', 'ociVersion', /must be 1\.x/],
  ['root', undefined, 'root', /must be an object/],
  ['root.path', '', 'root.path', /must not be empty/],
  ['root.path', 'a\0b', 'root.path', /NUL/],
  ['root.readonly', 'yes', 'root.readonly', /true or false/],
  ['process', undefined, 'process', /must be an object/],
  ['process.args', [], 'process.args', /must name a command/],
  ['process.args', 'sh', 'process.args', /must be a list/],
  ['process.args', ['sh', 1], 'process.args[1]', /must be a string/],
  ['process.cwd', 'tmp', 'process.cwd', /absolute/],
  ['process.env', [1], 'process.env[0]', /string/],
  ['process.terminal', 1, 'process.terminal', /true or false/],
  ['process.consoleSize', { height: -1, width: 1 }, 'process.consoleSize.height', /from 0 to 65535/],
  ['process.user', { uid: -1, gid: 0 }, 'process.user.uid', /whole number/],
  ['process.user', { uid: 0xffffffff, gid: 0 }, 'process.user.uid', /to 4294967294/],
  ['process.user', { uid: 0, gid: 0, umask: 0o1000 }, 'process.user.umask', /to 511/],
  ['process.user', { uid: 0, gid: 0, additionalGids: ['x'] }, 'process.user.additionalGids[0]', /number/],
  ['process.capabilities', { bounding: ['CAP_NOPE'] }, 'process.capabilities.bounding[0]', /one of CAP_CHOWN/],
  [
    'process.capabilities',
    { effective: ['CAP_KILL'] },
    'process.capabilities.effective',
    /CAP_KILL is not in process.capabilities.permitted/,
  ],
  ['process.capabilities', { inheritable: ['CAP_KILL'] }, 'process.capabilities.inheritable', /bounding/],
  ['process.rlimits', [{ type: 'RLIMIT_X', soft: 1, hard: 1 }], 'process.rlimits[0].type', /RLIMIT_NOFILE/],
  ['process.rlimits', [{ type: 'RLIMIT_CORE', soft: 2, hard: 1 }], 'process.rlimits[0].soft', /above the hard limit/],
  [
    'process.rlimits',
    [
      { type: 'RLIMIT_CORE', soft: 1, hard: 1 },
      { type: 'RLIMIT_CORE', soft: 1, hard: 1 },
    ],
    'process.rlimits[1].type',
    /twice/,
  ],
  ['process.oomScoreAdj', 1001, 'process.oomScoreAdj', /-1000 to 1000/],
  ['process.scheduler', { policy: 'FAST' }, 'process.scheduler.policy', /SCHED_OTHER/],
  ['process.scheduler', { policy: 'SCHED_OTHER', priority: 3 }, 'process.scheduler.priority', /no priorities/],
  ['process.scheduler', { policy: 'SCHED_OTHER', runtime: 3 }, 'process.scheduler.runtime', /SCHED_DEADLINE/],
  ['process.scheduler', { policy: 'SCHED_RR', flags: ['X'] }, 'process.scheduler.flags[0]', /SCHED_FLAG/],
  ['process.ioPriority', { class: 'X', priority: 0 }, 'process.ioPriority.class', /IOPRIO_CLASS_RT/],
  ['process.ioPriority', { class: 'IOPRIO_CLASS_RT', priority: 8 }, 'process.ioPriority.priority', /0 to 7/],
  ['process.execCPUAffinity', { initial: 'all' }, 'process.execCPUAffinity.initial', /CPU list/],
  ['hostname', 'x', 'hostname', /uts namespace/],
  ['domainname', 'x', 'domainname', /uts namespace/],
  ['mounts', [{ type: 'tmpfs' }], 'mounts[0].destination', /string/],
  ['mounts', [{ destination: 'tmp', type: 'tmpfs' }], 'mounts[0].destination', /absolute/],
  ['mounts', [{ destination: '/tmp' }], 'mounts[0].type', /unless the options say bind/],
  ['mounts', [{ destination: '/a', options: ['bind'] }], 'mounts[0].source', /needs a source/],
  [
    'mounts',
    [{ destination: '/a', source: '/b', options: ['bind', 'size=1'] }],
    'mounts[0].options',
    /no option of a bind mount: size/,
  ],
  ['mounts', [{ destination: '/a', source: '/b', options: ['bind'], uidMappings: map }], 'mounts[0]', /together/],
  ['mounts', [{ destination: '/a', source: '/b', options: ['bind', 'idmap'] }], 'mounts[0].options', /user namespace/],
  [
    'mounts',
    [
      {
        destination: '/a',
        source: '/b',
        options: ['bind'],
        uidMappings: [{ containerID: 0, hostID: 0, size: 0 }],
        gidMappings: map,
      },
    ],
    'mounts[0].uidMappings[0].size',
    /1 to/,
  ],
  [
    'mounts',
    [{ destination: '/proc', type: 'bind', source: '/x', options: ['bind'] }],
    'mounts[0].destination',
    /only a proc filesystem/,
  ],
  [
    'mounts',
    [{ destination: '/proc', type: 'proc', source: '/x', options: ['rbind'] }],
    'mounts[0].destination',
    /only a proc filesystem/,
  ],
  ['mounts', [{ destination: '/x/../proc', type: 'tmpfs' }], 'mounts[0].destination', /only a proc filesystem/],
  ['mounts', [{ destination: '/proc/self/attr', type: 'tmpfs' }], 'mounts[0].destination', /inside \/proc/],
  [
    'mounts',
    [
      { destination: '/a', type: 'tmpfs' },
      { destination: '/', type: 'tmpfs' },
    ],
    'mounts[1].destination',
    /before all others/,
  ],
  ['hooks', { prestart: [{ path: 'x' }] }, 'hooks.prestart[0].path', /absolute/],
  ['hooks', { poststop: [{ path: '/x', timeout: 0 }] }, 'hooks.poststop[0].timeout', /from 1/],
  ['annotations', { a: 1 }, 'annotations["a"]', /string/],
  ['linux', undefined, 'linux', /object/],
  ['linux.namespaces', [{ type: 'mnt' }], 'linux.namespaces[0].type', /one of user/],
  ['linux.namespaces', [{ type: 'mount' }, { type: 'mount' }], 'linux.namespaces[1].type', /twice/],
  ['linux.namespaces', [{ type: 'mount' }, { type: 'pid', path: 'x' }], 'linux.namespaces[1].path', /absolute/],
  ['linux.namespaces', ns('user'), 'linux.uidMappings', /needs uidMappings/],
  ['linux.uidMappings', map, 'linux.uidMappings', /user namespace/],
  ['linux.timeOffsets', { monotonic: { secs: 1 } }, 'linux.timeOffsets', /time namespace/],
  ['linux.devices', [{ type: 'x', path: '/dev/x' }], 'linux.devices[0].type', /one of c, b, u, p/],
  ['linux.devices', [{ type: 'c', path: '/dev/x' }], 'linux.devices[0].major', /number/],
  ['linux.devices', [{ type: 'p', path: 'x' }], 'linux.devices[0].path', /absolute/],
  ['linux.cgroupsPath', '/a/../b', 'linux.cgroupsPath', /must not have '..'/],
  ['linux.maskedPaths', ['proc'], 'linux.maskedPaths[0]', /absolute/],
  ['linux.readonlyPaths', ['proc'], 'linux.readonlyPaths[0]', /absolute/],
  ['linux.rootfsPropagation', 'constructor', 'linux.rootfsPropagation', /private, shared/],
  ['linux.rootfsPropagation', 'public', 'linux.rootfsPropagation', /private, shared/],
  ['linux.sysctl', { 'net.ipv4.ip_forward': '1' }, 'linux.sysctl["net.ipv4.ip_forward"]', /network namespace/],
  ['linux.sysctl', { 'kernel.shmmax': '1' }, 'linux.sysctl["kernel.shmmax"]', /ipc namespace/],
  ['linux.sysctl', { 'kernel.panic': '1' }, 'linux.sysctl["kernel.panic"]', /not kept apart/],
  ['linux.sysctl', { 'kernel.hostname': 'x' }, 'linux.sysctl["kernel.hostname"]', /set hostname/],
  ['linux.sysctl', { 'net/../kernel/panic': 'x' }, 'linux.sysctl["net/../kernel/panic"]', /no sysctl name/],
  ['linux.sysctl', { 'net.ipv4.ip_forward': 1 }, 'linux.sysctl["net.ipv4.ip_forward"]', /string/],
  ['linux.seccomp', {}, 'linux.seccomp.defaultAction', /string/],
  ['linux.seccomp', { defaultAction: 'ALLOW' }, 'linux.seccomp.defaultAction', /SCMP_ACT_ALLOW/],
  [
    'linux.seccomp',
    { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['amd64'] },
    'linux.seccomp.architectures[0]',
    /SCMP_ARCH_X86/,
  ],
  ['linux.seccomp', { defaultAction: 'SCMP_ACT_ALLOW', flags: ['X'] }, 'linux.seccomp.flags[0]', /SECCOMP_FILTER_FLAG/],
  [
    'linux.seccomp',
    {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['a'], action: 'SCMP_ACT_ERRNO', args: [{ index: 6, value: 0, op: 'SCMP_CMP_EQ' }] }],
    },
    'linux.seccomp.syscalls[0].args[0].index',
    /0 to 5/,
  ],
  ['linux.personality', { domain: 'BSD' }, 'linux.personality.domain', /LINUX/],
  ['linux.resources', { pids: { limit: 'many' } }, 'linux.resources.pids.limit', /number/],
  ['linux.resources', { devices: [{ allow: true, access: 'x' }] }, 'linux.resources.devices[0].access', /r, w and m/],
  ['linux.resources', { hugepageLimits: [{ pageSize: 'big', limit: 1 }] }, 'linux.resources.hugepageLimits[0].pageSize', /2MB/],
  ['linux.resources', { blockIO: { weight: 2000 } }, 'linux.resources.blockIO.weight', /0 to 1000/],
];

for (const [path, value, field, reason] of INVALID) {
  test(`invalid: ${path} = ${JSON.stringify(value)}`, () => {
    assert.throws(() => validateConfig(withField(path, value)), { code: 'SPEC_INVALID', field, message: reason });
  });
}

const UNSUPPORTED: [path: string, value: unknown, field: string][] = [
  ['vm', {}, 'vm'],
  ['windows', {}, 'windows'],
  ['process.selinuxLabel', 'x', 'process.selinuxLabel'],
  ['linux.mountLabel', 'x', 'linux.mountLabel'],
  ['linux.intelRdt', { closID: 'x' }, 'linux.intelRdt'],
  ['linux.namespaces', [{ type: 'pid' }], 'linux.namespaces'],
  ['linux.namespaces', [{ type: 'mount', path: '/proc/1/ns/mnt' }], 'linux.namespaces'],
  ['linux.seccomp', { defaultAction: 'SCMP_ACT_NOTIFY' }, 'linux.seccomp.defaultAction'],
  ['linux.seccomp', { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/x' }, 'linux.seccomp.listenerPath'],
  ['linux.resources', { unified: { 'memory.high': '1' } }, 'linux.resources.unified'],
  ['linux.resources', { network: { classID: 1 } }, 'linux.resources.network'],
  ['linux.resources', { cpu: { realtimeRuntime: 1 } }, 'linux.resources.cpu.realtimeRuntime'],
  ['linux.resources', { memory: { disableOOMKiller: true } }, 'linux.resources.memory.disableOOMKiller'],
  ['linux.resources', { blockIO: { weightDevice: [{}] } }, 'linux.resources.blockIO.weightDevice'],
  ['linux.personality', { domain: 'LINUX', flags: ['X'] }, 'linux.personality.flags'],
  ['mounts', [{ destination: '/a', type: 'tmpfs', options: ['tmpcopyup'] }], 'mounts[0].options'],
  ['mounts', [{ destination: '/a', type: 'tmpfs', uidMappings: map, gidMappings: map }], 'mounts[0]'],
];

for (const [path, value, field] of UNSUPPORTED) {
  test(`unsupported: ${path} = ${JSON.stringify(value)}`, () => {
    assert.throws(() => validateConfig(withField(path, value)), { code: 'SPEC_UNSUPPORTED', field });
  });
}

test('what the spec does not know, and nulls where Go writes them, are fine', () => {
  for (const config of [
    minimal(),
    withField('linux.devices', null),
    withField('mounts', null),
    withField('process.future', { a: 1 }),
    withField('linux.resources', { memory: { limit: -1 }, unified: {} }),
  ]) {
    assert.equal(validateConfig(config), config);
  }
});

test('values at the edges are taken', () => {
  const fine: [string, unknown][] = [
    ['process.rlimits', [{ type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64 }]],
    ['process.user', { uid: 0xfffffffe, gid: 0xfffffffe, umask: 0o777 }],
    [
      'mounts',
      [
        { destination: '/', type: 'tmpfs' },
        { destination: '/', type: 'overlay' },
        { destination: '/proc/cpuinfo', type: 'bind', source: '/x', options: ['bind'] },
      ],
    ],
    [
      'linux.namespaces',
      [
        { type: 'mount', path: '' },
        { type: 'user', path: '/proc/1/ns/user' },
      ],
    ],
  ];
  for (const [path, value] of fine) validateConfig(withField(path, value));
});

test('overlapping and wrapping id ranges are refused', () => {
  const twice = [
    { containerID: 0, hostID: 10, size: 5 },
    { containerID: 4, hostID: 20, size: 5 },
  ];
  const past = [{ containerID: 0, hostID: 0xfffffff0, size: 100 }];
  for (const [maps, reason] of [
    [twice, /overlap/],
    [past, /past the last id/],
  ] as const) {
    const config = withField('linux.uidMappings', maps);
    (config.linux as Json).gidMappings = map;
    (config.linux as Json).namespaces = ns('user');
    assert.throws(() => validateConfig(config), { code: 'SPEC_INVALID', message: reason });
  }
});
