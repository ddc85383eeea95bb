import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPS, type OpName, type TapeOp } from '#runtime/tape/ops.js';
import { describeOp, printOp } from '#runtime/tape/print.js';

const LINES: [op: TapeOp, line: string, description: string][] = [
  [{ op: 'fsopen', type: 'overlay', out: 3, origin: '' }, 'fsopen type="overlay" → s3', 'fsopen overlay'],
  [
    { op: 'fsconfig', fs: 3, cmd: 6, key: undefined, value: undefined, origin: '' },
    'fsconfig fs=s3 cmd=CREATE',
    'fsconfig create',
  ],
  [
    { op: 'fsconfig', fs: 3, cmd: 1, key: 'size', value: '1m', origin: '' },
    'fsconfig fs=s3 cmd=STRING key="size" value="1m"',
    'fsconfig size=1m',
  ],
  [
    {
      op: 'mountSetattr',
      mount: undefined,
      path: '/',
      atFlags: 0x8000,
      set: 0x23n,
      clear: 0x70n,
      propagation: 1n << 19n,
      userns: undefined,
      origin: '',
    },
    'mountSetattr path="/" atFlags=AT_RECURSIVE set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_STRICTATIME clear=MOUNT_ATTR__ATIME propagation=MS_SLAVE',
    'mountSetattr /',
  ],
  [
    { op: 'clone', flags: 0x20020000n, cgroup: 4, parent: 9, origin: '' },
    'clone flags=CLONE_NEWNS|CLONE_NEWPID cgroup=s4 parent=#9',
    'clone CLONE_NEWNS|CLONE_NEWPID',
  ],
  [{ op: 'unshare', flags: 0x80n, origin: '' }, 'unshare flags=CLONE_NEWTIME', 'unshare CLONE_NEWTIME'],
  [
    { op: 'rlimit', resource: 7, soft: 1n, hard: 0xffffffffffffffffn, tolerate: ['EPERM'], origin: '' },
    'rlimit resource=RLIMIT_NOFILE soft=1 hard=unlimited  (tolerates EPERM)',
    'rlimit RLIMIT_NOFILE',
  ],
  [
    { op: 'setUser', uid: 0, gid: 7, groups: new Uint8Array(Uint32Array.of(1, 2).buffer), setGroups: 1, origin: '' },
    'setUser uid=0 gid=7 groups=[1, 2] setGroups=1',
    'setUser 0:7',
  ],
  [{ op: 'capBounding', keep: 0x21n, origin: '' }, 'capBounding keep=CHOWN|KILL', 'capBounding'],
  [
    { op: 'makeNode', root: 1, path: '/dev/fuse', mode: 0o20666, dev: 0xae5n, uid: 0, gid: 0, fallback: undefined, origin: '' },
    'makeNode root=s1 path="/dev/fuse" mode=020666 dev=10:229',
    'makeNode /dev/fuse',
  ],
  [{ op: 'write', fd: 0, data: Buffer.from('a\u0000'), origin: '' }, 'write fd=ctl data=<2 bytes>', 'write'],
  [
    { op: 'scheduler', policy: 3, flags: 0, nice: 0xfffffffb, priority: 0, runtime: 0, deadline: 0, period: 0, origin: '' },
    'scheduler policy=SCHED_BATCH nice=-5',
    'scheduler',
  ],
  [
    { op: 'open', dir: 1, path: 'x', flags: 0o10200000, mode: 0, resolve: 0x14, out: 2, origin: '' },
    'open dir=s1 path="x" flags=O_PATH|O_DIRECTORY resolve=RESOLVE_NO_SYMLINKS|RESOLVE_IN_ROOT → s2',
    'open x',
  ],
  [
    { op: 'writeFile', dir: 1, path: 'sys/x', resolve: 0, data: Buffer.from('1'), origin: '' },
    'writeFile dir=s1 path="sys/x" data="1"',
    'write /proc/sys/x "1"',
  ],
  [{ op: 'clone', flags: 0n, cgroup: 1, parent: 9, origin: '' }, 'clone cgroup=s1 parent=#9', 'clone'],
  [{ op: 'exec', argv: ['/a', 'b c'], envp: [], origin: '' }, 'exec argv=["/a", "b c"] envp=[]', 'exec /a'],
  [
    { op: 'seccomp', flags: 4, program: new Uint8Array(16), origin: '' },
    'seccomp flags=SECCOMP_FILTER_FLAG_SPEC_ALLOW program=<2 instructions>',
    'seccomp',
  ],
];

for (const [op, line, description] of LINES) {
  test(line, () => {
    assert.equal(printOp(op), line);
    assert.equal(describeOp(op), description);
  });
}

test('every op can be printed and described', () => {
  const value = {
    slot: 1,
    'slot?': undefined,
    out: 2,
    str: 'x',
    'str?': undefined,
    bytes: new Uint8Array(8),
    strv: ['x'],
    u32: 1,
    u64: 1n,
    op: 3,
  };
  for (const name of Object.keys(OPS) as OpName[]) {
    const args = Object.fromEntries(Object.entries(OPS[name].args).map(([arg, kind]) => [arg, value[kind]]));
    const op = { op: name, origin: '', ...args } as unknown as TapeOp;
    assert.match(printOp(op), new RegExp(`^${name}`));
    assert.notEqual(describeOp(op), '');
  }
});
