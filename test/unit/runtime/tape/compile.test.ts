import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { validateConfig } from '#runtime/spec/validate.js';
import { compileLaunch } from '#runtime/tape/compile.js';
import { compileExec } from '#runtime/tape/compile-exec.js';
import { encodeTape } from '#runtime/tape/encode.js';
import type { Tape } from '#runtime/tape/ops.js';
import { printTape } from '#runtime/tape/print.js';
import { built, context } from '#test/support/compiled-spec.js';
import { assertGolden } from '#test/support/golden.js';

const V2 = { v1: [], v2Dir: '/sys/fs/cgroup/tsgov/abc' };
const USERNS = {
  uid: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gid: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

/** A bundle that asks for about everything. */
function fullBundle(): OciConfig {
  return validateConfig({
    ociVersion: '1.2.0',
    root: { path: 'rootfs' },
    hostname: 'full',
    domainname: 'example',
    process: {
      terminal: true,
      consoleSize: { height: 24, width: 80 },
      user: { uid: 1000, gid: 1001, umask: 0o77, additionalGids: [5, 6] },
      args: ['/init', '--all'],
      env: ['A=b'],
      cwd: '/home',
      noNewPrivileges: true,
      capabilities: {
        bounding: ['CAP_KILL', 'CAP_CHOWN'],
        permitted: ['CAP_KILL'],
        effective: ['CAP_KILL'],
        inheritable: ['CAP_KILL'],
        ambient: ['CAP_KILL'],
      },
      rlimits: [
        { type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096 },
        { type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64 },
      ],
      oomScoreAdj: 100,
      apparmorProfile: 'docker-default',
      scheduler: { policy: 'SCHED_BATCH', nice: -5, flags: ['SCHED_FLAG_RESET_ON_FORK'] },
      ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 4 },
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'ro', 'mode=755'] },
      { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance'] },
      { destination: '/data', type: 'bind', source: 'data', options: ['rbind', 'ro', 'rnosuid', 'rshared', 'slave'] },
      {
        destination: '/ids',
        type: 'none',
        source: '/srv/ids',
        options: ['bind', 'ridmap', 'rw', 'noatime'],
        uidMappings: USERNS.uid,
        gidMappings: USERNS.gid,
      },
      { destination: '/disk', type: 'ext4', source: '/dev/vdb', options: ['ro', 'sync', 'data=ordered', 'rprivate'] },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nosuid'] },
    ],
    hooks: {
      prestart: [{ path: '/hooks/prestart' }],
      createRuntime: [{ path: '/hooks/create', args: ['create', '-v'], env: ['X=y'], timeout: 3 }],
      createContainer: [{ path: '/hooks/container' }],
      startContainer: [{ path: '/hooks/start' }],
    },
    annotations: { 'tsgov.init': 'true' },
    linux: {
      namespaces: [
        { type: 'mount' },
        { type: 'pid' },
        { type: 'uts' },
        { type: 'ipc' },
        { type: 'network', path: '/run/netns/x' },
        { type: 'cgroup' },
        { type: 'time' },
      ],
      timeOffsets: { monotonic: { secs: -10, nanosecs: 5 }, boottime: { secs: 100 } },
      devices: [
        { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 },
        { path: '/dev/pipe', type: 'p' },
      ],
      sysctl: { 'net.ipv4.conf.eth0/1.rp_filter': '1', 'kernel.msgmax': '9' },
      rootfsPropagation: 'rslave',
      maskedPaths: ['/proc/kcore'],
      readonlyPaths: ['/proc/sys'],
      seccomp: { defaultAction: 'SCMP_ACT_ALLOW', flags: ['SECCOMP_FILTER_FLAG_LOG'] },
      personality: { domain: 'LINUX32' },
    },
  });
}

const GOLDEN: Record<string, () => Tape> = {
  'host-default': () =>
    compileLaunch(built({ image: { kind: 'host' }, args: ['sh'] }, { hiddenPaths: ['/var/lib/tsgov'] }), context()),
  'host-v2': () => compileLaunch(built({ image: { kind: 'host' }, args: ['sh'] }), context({ cgroup: V2 })),
  'host-tmpfs-upper': () =>
    compileLaunch(
      built({ image: { kind: 'host' }, args: ['sh'], securityOpt: ['seccomp=unconfined'] }, { upper: 'tmpfs' }),
      context({ cgroup: V2 }),
    ),
  'rootfs-readonly-user-caps': () =>
    compileLaunch(
      built({
        image: { kind: 'rootfs', dir: '/srv/root' },
        args: ['/app'],
        user: '1000:1000',
        readonlyRootfs: true,
        tmpfs: ['/tmp:size=1m'],
        mounts: [{ type: 'bind', source: '/data', target: '/mnt/data', options: ['ro'] }],
        capDrop: ['ALL'],
        capAdd: ['net_bind_service'],
        workdir: '/app/data',
        ulimits: [{ name: 'nofile', soft: 64, hard: -1 }],
      }),
      context({ cgroup: V2 }),
    ),
  userns: () =>
    compileLaunch(
      built({ image: { kind: 'rootfs', dir: '/srv/root' }, args: ['/app'], userns: 'private', idMappings: USERNS, user: '5:6' }),
      context({ cgroup: V2 }),
    ),
  'userns-host-image': () =>
    compileLaunch(
      built({ image: { kind: 'host' }, args: ['/app'], userns: 'private', idMappings: USERNS }),
      context({ cgroup: V2 }),
    ),
  'host-namespaces': () =>
    compileLaunch(
      built({ image: { kind: 'host' }, args: ['sh'], network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' }),
      context({ cgroup: V2 }),
    ),
  'joined-namespaces': () =>
    compileLaunch(
      built({
        image: { kind: 'host' },
        args: ['sh'],
        network: { path: '/proc/7/ns/net' },
        userns: { path: '/proc/7/ns/user' },
        cgroupns: { path: '/proc/7/ns/cgroup' },
        pid: { path: '/proc/7/ns/pid' },
      }),
      context({ cgroup: V2 }),
    ),
  privileged: () =>
    compileLaunch(
      built({ image: { kind: 'host' }, args: ['sh'], privileged: true, init: true, tty: true }),
      context({ cgroup: V2 }),
    ),
  'bundle-full': () => compileLaunch(fullBundle(), context()),
  exec: () => {
    const spec = built({ image: { kind: 'host' }, args: ['sh'], user: '7:8' });
    const process = {
      ...spec.process,
      args: ['id'],
      terminal: true,
      execCPUAffinity: { initial: '0', final: '0-1,9' },
      oomScoreAdj: 3,
    };
    return compileExec(spec, process, context());
  },
  'exec-userns': () => {
    const spec = built({
      image: { kind: 'rootfs', dir: '/srv/root' },
      args: ['sh'],
      userns: 'private',
      idMappings: USERNS,
      user: '7:8',
      network: 'host',
    });
    return compileExec(spec, spec.process, context({ cgroup: V2 }));
  },
};

for (const [name, compile] of Object.entries(GOLDEN)) {
  test(`tape: ${name}`, () => {
    const tape = compile();
    assertGolden(`tapes/${name}.txt`, printTape(tape));
    assertSlots(tape);
    assert.ok(encodeTape(tape).length > 0);
  });
}

/** Follows both halves: a slot is filled once, used while it is open, and never closed twice. */
function assertSlots(tape: Tape): void {
  const clone = tape.ops.findIndex((op) => op.op === 'clone');
  const jump = tape.ops[clone];
  assert.ok(jump?.op === 'clone');
  const before = tape.ops.slice(0, clone);
  for (const half of [tape.ops.slice(clone + 1, jump.parent), tape.ops.slice(jump.parent)]) {
    const open = new Set(Array.from({ length: tape.inherited + 1 }, (_, slot) => slot));
    for (const op of [...before, ...half]) {
      const values = op as unknown as Record<string, unknown>;
      for (const key of ['dir', 'fd', 'root', 'like', 'fallback', 'fs', 'from', 'to', 'mount', 'userns', 'file', 'slave'].filter(
        (each) => typeof values[each] === 'number',
      )) {
        if (op.op === 'openPty') continue;
        assert.ok(open.has(values[key] as number), `${op.op} of ${op.origin}: slot ${values[key]} (${key}) is not open`);
      }
      if (op.op === 'close') open.delete(op.fd);
      for (const key of ['out', ...(op.op === 'pipe' ? ['read', 'write'] : []), ...(op.op === 'openPty' ? ['slave'] : [])]) {
        const slot = values[key];
        if (typeof slot !== 'number') continue;
        assert.ok(!open.has(slot), `${op.op} of ${op.origin}: slot ${slot} is taken`);
        open.add(slot);
      }
    }
  }
}

test('the seccomp filter comes last but for what has to drop CAP_SYS_ADMIN after it', () => {
  const names = (config: Partial<ContainerConfig>): string[] => {
    const ops = compileLaunch(built({ image: { kind: 'host' }, args: ['sh'], ...config }), context()).ops.map((op) => op.op);
    return ops.slice(ops.indexOf('seccomp'), ops.indexOf('exec') + 1);
  };
  assert.deepEqual(names({}), ['seccomp', 'capSet', 'exec']);
  assert.deepEqual(names({ securityOpt: ['no-new-privileges'] }), ['seccomp', 'exec']);
  assert.deepEqual(names({ capAdd: ['SYS_ADMIN'] }), ['seccomp', 'exec']);
  assert.deepEqual(names({ init: true }), ['seccomp', 'capSet', 'reaper', 'exec']);
});

test('what this host cannot hand on is refused by field', () => {
  const spec = built({ image: { kind: 'host' }, args: ['sh'], privileged: true });
  assert.throws(() => compileLaunch(spec, context({ hostCapabilities: 0x1n })), {
    code: 'SPEC_UNSUPPORTED',
    field: 'process.capabilities.bounding',
  });
  assert.throws(() => compileLaunch(spec, context({ kernel: [5, 10] })), {
    code: 'SPEC_UNSUPPORTED',
    message: /Linux 5.12/,
  });
});

test('more binds than a tape has slots are refused', () => {
  const mounts = Array.from({ length: 300 }, (_, index) => ({ type: 'bind' as const, source: '/data', target: `/d${index}` }));
  const spec = built({ image: { kind: 'host' }, args: ['sh'], mounts });
  assert.throws(() => compileLaunch(spec, context()), { code: 'SPEC_UNSUPPORTED', message: /slots/ });
});
