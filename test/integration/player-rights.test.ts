import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import {
  assertFailed,
  assertRan,
  buildPlayer,
  forked,
  type Played,
  playTape,
  type Step,
  straight,
} from '#test/support/play-tape.js';
import { requires } from '#test/support/requires.js';
import { CLONE, O_PATH, shell } from '#test/support/small-root.js';
import { type Teardown, tempCgroupParent } from '#test/support/temp.js';

const PR_SET_KEEPCAPS = 8;
const PR_SET_NO_NEW_PRIVS = 38;
const CAP_CHOWN = 1n << 0n;
const CAP_KILL = 1n << 5n;
const CAP_SETGID = 1n << 6n;
const CAP_SETUID = 1n << 7n;
const CAP_SYS_ADMIN = 1n << 21n;

before(() => buildPlayer());

const prctl = (option: number, arg2: number): Step => ({ op: 'prctl', option, arg2, arg3: 0, arg4: 0, arg5: 0 });
const ids = (...list: number[]): Uint8Array => new Uint8Array(Uint32Array.from(list).buffer);
const status = (pattern: string): Step => shell(`grep -E '^(${pattern}):' /proc/self/status`);

/** What a shell script prints after the steps. */
async function after(t: Teardown, steps: readonly Step[], script: string | Step): Promise<string> {
  const played = await playTape(t, straight([...steps, typeof script === 'string' ? shell(script) : script]));
  assertRan(played);
  return played.stdout.trim();
}

function fields(text: string): Record<string, string> {
  return Object.fromEntries(text.split('\n').map((line) => line.split(':').map((part) => part.trim()) as [string, string]));
}

test('user, group and groups are set for real, effective and saved', async (t) => {
  const user: Step = { op: 'setUser', uid: 1234, gid: 5678, groups: ids(7, 8, 9), setGroups: 1 };
  const read = fields(await after(t, [user], status('Uid|Gid|Groups')));
  assert.equal(read.Uid, Array(4).fill(1234).join('\t'));
  assert.equal(read.Gid, Array(4).fill(5678).join('\t'));
  assert.equal(read.Groups, '7 8 9');
  assert.equal(fields(await after(t, [user, prctl(4, 1)], status('CapEff'))).CapEff, '0000000000000000');
  const kept = fields(await after(t, [{ ...user, groups: ids(), setGroups: 0 }], status('Groups')));
  assert.equal(kept.Groups, fields(await after(t, [], status('Groups'))).Groups);
  assertFailed(await playTape(t, straight([{ ...user, groups: Buffer.from('abc') }, shell('')])), 0, 'EINVAL');
});

test('all five capability sets', async (t) => {
  const caps = CAP_CHOWN | CAP_KILL;
  const steps: Step[] = [
    { op: 'capBounding', keep: caps | CAP_SETUID },
    prctl(PR_SET_KEEPCAPS, 1),
    { op: 'setUser', uid: 1000, gid: 1000, groups: ids(), setGroups: 1 },
    { op: 'capSet', effective: caps, permitted: caps, inheritable: CAP_CHOWN },
    { op: 'capAmbient', raise: CAP_CHOWN },
    prctl(PR_SET_NO_NEW_PRIVS, 1),
  ];
  const read = fields(await after(t, steps, status('Cap...|NoNewPrivs')));
  const hex = (value: bigint): string => value.toString(16).padStart(16, '0');
  assert.deepEqual(read, {
    CapInh: hex(CAP_CHOWN),
    CapPrm: hex(CAP_CHOWN),
    CapEff: hex(CAP_CHOWN),
    CapBnd: hex(caps | CAP_SETUID),
    CapAmb: hex(CAP_CHOWN),
    NoNewPrivs: '1',
  });
});

test('a capability that is not there is refused, and an ambient one that is not inheritable', async (t) => {
  const drop: Step = { op: 'capSet', effective: CAP_SETGID, permitted: CAP_SETGID, inheritable: 0 };
  const raise: Step = { op: 'capSet', effective: CAP_SYS_ADMIN, permitted: CAP_SYS_ADMIN, inheritable: 0 };
  assertFailed(await playTape(t, straight([drop, raise, shell('')])), 1, 'EPERM');
  assertFailed(await playTape(t, straight([{ op: 'capAmbient', raise: CAP_KILL }, shell('')])), 0, 'EPERM');
});

test('a seccomp filter is installed without no_new_privs while CAP_SYS_ADMIN is there', async (t) => {
  const filter: Step = { op: 'seccomp', flags: 0, program: denyMkdir() };
  const read = await after(t, [filter], 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status; mkdir /tmp/tsgov-denied 2>&1; true');
  assert.match(read, /NoNewPrivs:\t0\nSeccomp:\t2\nmkdir: cannot create directory .*: File name too long$/);
});

test('a seccomp program that is none is refused, and so is a listener', async (t) => {
  const run = (flags: number, program: Uint8Array): Promise<Played> =>
    playTape(t, straight([{ op: 'seccomp', flags, program }, shell('')]));
  assertFailed(await run(0, Buffer.from('odd')), 0, 'EINVAL');
  assertFailed(await run(0, Buffer.alloc(0)), 0, 'EINVAL');
  assertFailed(await run(0, Buffer.alloc(8 * 4097)), 0, 'EINVAL');
  assertFailed(await run(8, denyMkdir()), 0, 'EINVAL');
});

test('rlimits, umask, personality, priority, affinity', async (t) => {
  const steps: Step[] = [
    { op: 'rlimit', resource: 7, soft: 77, hard: 99 },
    { op: 'rlimit', resource: 4, soft: 0, hard: -1 },
    { op: 'umask', mask: 0o27 },
    { op: 'personality', persona: 0x0040000 },
    { op: 'scheduler', policy: 3, flags: 0, nice: 5, priority: 0, runtime: 0, deadline: 0, period: 0 },
    { op: 'ioprio', value: (2 << 13) | 6 },
    { op: 'affinity', mask: Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]) },
  ];
  const script =
    'ulimit -Sn; ulimit -Hn; umask; cat /proc/self/personality; nice; ionice -p $$; chrt -p $$ | head -1; grep -w Cpus_allowed_list /proc/self/status';
  const lines = (await after(t, steps, script)).split('\n');
  assert.deepEqual(lines.slice(0, 6), ['77', '99', '0027', '00040000', '5', 'best-effort: prio 6']);
  assert.match(lines[6] ?? '', /SCHED_BATCH$/);
  assert.equal(lines[7], 'Cpus_allowed_list:\t0');
});

test('an rlimit above the hard one warns when that is tolerated', async (t) => {
  const lower: Step = { op: 'rlimit', resource: 7, soft: 10, hard: 10 };
  const noResource: Step = { op: 'capSet', effective: 0, permitted: 0, inheritable: 0 };
  const raise: Step = { op: 'rlimit', resource: 7, soft: 20, hard: 20 };
  assertFailed(await playTape(t, straight([lower, noResource, raise, shell('')])), 2, 'EPERM');
  assert.equal(await after(t, [lower, noResource, { ...raise, tolerate: ['EPERM'] }], 'ulimit -n'), '10');
});

test('names, loopback and namespaces of its own', async (t) => {
  const steps: Step[] = [
    { op: 'unshare', flags: CLONE.uts | CLONE.net },
    { op: 'hostname', name: 'inner' },
    { op: 'domainname', name: 'example' },
    { op: 'loopbackUp' },
  ];
  const script = 'cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname; grep -c 127.0.0.1 /proc/net/fib_trie';
  const [name, domain, loopback] = (await after(t, steps, script)).split('\n');
  assert.deepEqual([name, domain], ['inner', 'example']);
  assert.ok(Number(loopback) > 0);
  assert.equal(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim(), hostname());
  assertFailed(await playTape(t, straight([steps[0]!, { op: 'hostname', name: 'x'.repeat(65) }, shell('')])), 1, 'EINVAL');
});

test('setns enters the namespace of an inherited fd', async (t) => {
  const steps: Step[] = [
    { op: 'unshare', flags: CLONE.uts },
    { op: 'hostname', name: 'inner' },
    { op: 'setns', fd: 1, flags: CLONE.uts },
  ];
  const tape = straight([...steps, shell('cat /proc/sys/kernel/hostname')], 1);
  const played = await playTape(t, tape, { inherit: ['/proc/self/ns/uts'] });
  assertRan(played);
  assert.equal(played.stdout.trim(), hostname());
});

test('a session keyring and a session of its own', async (t) => {
  const read = await after(
    t,
    [
      { op: 'joinKeyring', name: '_ses.tsgov-test' },
      { op: 'setsid', tolerate: ['EPERM'] },
    ],
    'cat /proc/keys; ps -o sid= -p $$; echo $$',
  );
  assert.match(read, /keyring\s+_ses\.tsgov-test/);
  const [sid, pid] = read
    .split('\n')
    .slice(-2)
    .map((line) => line.trim());
  assert.equal(sid, pid);
});

test('only stdio that is a pipe or socket changes its owner', async (t) => {
  const script = 'stat -L -c %u:%g /proc/self/fd/1; stat -c %u:%g /dev/null';
  const read = await after(t, [{ op: 'ownStdio', uid: 1000, gid: 1001 }], script);
  assert.equal(read, '1000:1001\n0:0');
});

test('closeRest keeps a tape op that leaks from passing on, and from being a way for the path of exec', async (t) => {
  assert.equal(await after(t, [{ op: 'pipe', read: 1, write: 2 }, { op: 'closeRest' }], 'ls -m /proc/$$/fd'), '0, 1, 2');
  const open = { op: 'open', dir: undefined, path: '/', flags: 0o10000000, mode: 0, resolve: 0, out: 1 } as const;
  for (let fd = 3; fd < 8; fd++) {
    const exec = { op: 'exec', argv: [`/proc/self/fd/${fd}/bin/sh`, '-c', 'echo out'], envp: [] } as const;
    assert.equal((await playTape(t, straight([open, { op: 'closeRest' }, exec]))).stdout, '', `through fd ${fd}`);
  }
});

test('the child is in its cgroup from the first instruction', requires({ root: true, cgroup: ['v2', 'hybrid'] }), async (t) => {
  const parent = tempCgroupParent(t);
  const { dir } = cgroupMounts().find(({ version }) => version === 2)!;
  mkdirSync(join(dir, parent));
  const open: Step = { op: 'open', dir: undefined, path: join(dir, parent), flags: O_PATH, mode: 0, resolve: 0, out: 1 };
  const halves = { child: [shell("sed -n 's/^0:://p' /proc/self/cgroup")], parent: [{ op: 'finish' } as const] };
  const tape = forked(0, { before: [open], ...halves });
  const ops = tape.ops.map((op) => (op.op === 'clone' ? { ...op, cgroup: 1 } : op));
  const played = await playTape(t, { ...tape, ops });
  assertRan(played);
  assert.equal(played.stdout.trim(), parent);
});

test('a user namespace: the parent maps its ids, the child is its root', async (t) => {
  const map = Buffer.from('0 100000 1000\n');
  const child: Step[] = [
    { op: 'waitPeer', read: 1 },
    { op: 'setUser', uid: 0, gid: 0, groups: ids(), setGroups: 1 },
    shell('id -u; id -g; cat /proc/self/uid_map | xargs; touch /etc/tsgov-not-mine 2>&1; true'),
  ];
  const parent: Step[] = [
    { op: 'writeChild', name: 'uid_map', data: map },
    { op: 'writeChild', name: 'gid_map', data: map },
    { op: 'signalPeer', write: 2 },
    { op: 'finish' },
  ];
  const played = await playTape(t, forked(CLONE.user, { before: [{ op: 'pipe', read: 1, write: 2 }], child, parent }));
  assertRan(played);
  assert.match(played.stdout, /^0\n0\n0 100000 1000\ntouch: .*Permission denied\n$/);
});

test(
  'a time namespace whose clocks are set before anyone is in it',
  requires({ path: '/proc/self/timens_offsets' }),
  async (t) => {
    const CLONE_NEWTIME = 0x80;
    const offsets: Step = {
      ...{ op: 'writeFile', dir: undefined, path: '/proc/self/timens_offsets', resolve: 0 },
      data: Buffer.from('boottime 1000000000 0\n'),
    };
    const halves = { before: [{ op: 'unshare', flags: CLONE_NEWTIME }, offsets] as const, parent: [{ op: 'finish' }] as const };
    const played = await playTape(t, forked(0, { ...halves, child: [shell('cat /proc/uptime')] }));
    assertRan(played);
    assert.ok(Number.parseFloat(played.stdout) > 1_000_000_000, played.stdout);
  },
);

/** BPF: mkdir(2) and mkdirat(2) are ENAMETOOLONG, all else is allowed. */
function denyMkdir(): Uint8Array {
  const numbers = process.arch === 'arm64' ? [34, 34] : [83, 258];
  const [LOAD, JUMP_EQUAL, RETURN] = [0x20, 0x15, 0x06];
  const program = [
    [LOAD, 0, 0, 0],
    [JUMP_EQUAL, 2, 0, numbers[0]!],
    [JUMP_EQUAL, 1, 0, numbers[1]!],
    [RETURN, 0, 0, 0x7fff0000],
    [RETURN, 0, 0, 0x00050000 | 36],
  ] as const;
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, whenTrue, whenFalse, k], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenTrue, index * 8 + 2);
    bytes.writeUInt8(whenFalse, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  });
  return bytes;
}
