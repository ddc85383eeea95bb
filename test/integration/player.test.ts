import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { errnoNumber } from '#native/kernel-error.js';
import { encodeTape } from '#runtime/tape/encode.js';
import { assertFailed, assertRan, buildPlayer, forked, PLAYER, playTape, type Step, straight } from '#test/support/play-tape.js';
import { shell } from '#test/support/small-root.js';
import { tempDir } from '#test/support/temp.js';

const FINISH: Step = { op: 'finish' };
const PIPE: Step = { op: 'pipe', read: 1, write: 2 };
const HOOK = {
  op: 'hook',
  path: '/bin/sh',
  envp: ['PATH=/usr/bin'],
  timeoutMs: 0,
  stateHead: '{"pid":',
  stateTail: '}',
} as const;
/** What the harness leaks into the player. */
const LEAKED_FD = 40;
const missing = (tolerate: string[], path = '/nowhere/at/all'): Step => ({
  ...{ op: 'open', dir: undefined, path, flags: 0, mode: 0, resolve: 0, out: 9 },
  tolerate,
});

before(() => buildPlayer());

test('a program is started with its arguments and environment, and its exit code comes back', async (t) => {
  const argv = ['sh', '-c', 'echo "$A $1"; exit 7', 'sh', 'b'];
  const played = await playTape(t, straight([{ op: 'exec', argv, envp: ['A=a', 'PATH=/nowhere:/usr/bin'] }]));
  assert.deepEqual(played.messages, []);
  assert.equal(played.stdout, 'a b\n');
  assertRan(played, 7);
});

test('a program that cannot be started is reported with its errno', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'plain'), 'text', { mode: 0o644 });
  writeFileSync(join(dir, 'format'), 'no program', { mode: 0o755 });
  const run = (name: string, path: string) => playTape(t, straight([{ op: 'exec', argv: [name], envp: [`PATH=${path}`] }]));
  assertFailed(await run('no-such-program', '/usr/bin:/bin'), 0, 'ENOENT', /^no-such-program$/);
  assertFailed(await run('', '/usr/bin'), 0, 'ENOENT');
  assertFailed(await run(`${dir}/plain`, ''), 0, 'EACCES');
  assertFailed(await run('plain', `${dir}:/nowhere:/usr/bin`), 0, 'EACCES');
  assertFailed(await run(dir, '/usr/bin'), 0, 'EACCES');
  assertFailed(await run('format', dir), 0, 'ENOEXEC');
  const failed = await run('no-such-program', '/usr/bin');
  assert.deepEqual(
    failed.exits.map(({ player, code }) => [player, code]),
    [[true, 1]],
  );
});

test('a program starts with default signals, none blocked, and no fd but 0 to 2', async (t) => {
  const steps: Step[] = [PIPE, { op: 'open', dir: undefined, path: '/etc', flags: 0, mode: 0, resolve: 0, out: 3 }];
  const played = await playTape(t, straight([...steps, shell('grep -E "^Sig(Blk|Ign)" /proc/self/status; ls /proc/$$/fd')]), {});
  assert.equal(played.stdout, `SigBlk:\t${'0'.repeat(16)}\nSigIgn:\t${'0'.repeat(16)}\n0\n1\n2\n`);
});

test('a tolerated errno warns and the tape goes on; another one ends it', async (t) => {
  const played = await playTape(t, straight([missing(['EPERM', 'ENOENT']), shell('echo on')]));
  assertRan(played);
  assert.equal(played.stdout, 'on\n');
  assert.deepEqual(
    played.messages.map(({ type, op, errno }) => ({ type, op, errno })),
    [{ type: 'warning', op: 0, errno: errnoNumber('ENOENT') }],
  );
  const ended = await playTape(t, straight([missing(['EPERM', 'EACCES', 'EIO']), shell('echo on')]));
  assertFailed(ended, 0, 'ENOENT');
  assert.equal(ended.stdout, '');
});

test('a slot must hold an fd where one is used, and be empty where one is made', async (t) => {
  const empty = await playTape(t, straight([missing(['ENOENT']), { op: 'setns', fd: 9, flags: 0 }, FINISH]));
  assertFailed(empty, 1, 'EBADF', /^slot 9 is empty$/);
  const closed = await playTape(t, straight([PIPE, { op: 'close', fd: 1 }, { op: 'close', fd: 1 }, FINISH]));
  assertFailed(closed, 2, 'EBADF', /^slot 1 is empty$/);
  const taken = await playTape(t, straight([PIPE, missing([], '/etc'), { op: 'pipe', read: 3, write: 2 }, FINISH]));
  assertFailed(taken, 2, 'EBUSY', /^slot 2 is in use$/);
  assertRan(await playTape(t, straight([PIPE, { op: 'close', fd: 1 }, { op: 'pipe', read: 1, write: 3 }, FINISH])));
});

test('inherited fds are slots; what else the starter leaked is closed', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  const write: Step = { op: 'writeFile', dir: 1, path: 'file', resolve: 0, data: Buffer.from('by fd') };
  const listing: Step = { ...HOOK, argv: ['sh', '-c', `ls /proc/$PPID/fd > ${dir}/fds`] };
  assertRan(await playTape(t, straight([write, listing, FINISH], 1), { inherit: [dir] }));
  assert.equal(readFileSync(join(dir, 'file'), 'utf8'), 'by fd');
  const fds = readFileSync(join(dir, 'fds'), 'utf8').trim().split('\n').map(Number);
  assert.ok(fds.includes(5) && !fds.includes(LEAKED_FD), fds.join());
  const short = await playTape(t, straight([FINISH], 2), { inherit: [dir] });
  assertFailed(short, 0xffffffff, 'EINVAL', /inherited fd is missing/);
});

test('a gate is reported and opens; a closed socket there ends the player in silence', async (t) => {
  const tape = straight([{ op: 'gate', id: 5 }, shell('echo through')]);
  const open = await playTape(t, tape);
  assert.deepEqual(
    open.messages.map(({ type, op, value }) => ({ type, op, value })),
    [{ type: 'gate', op: 0, value: 5 }],
  );
  assert.equal(open.stdout, 'through\n');
  const shut = await playTape(t, tape, { gate: 'shut' });
  assert.equal(shut.stdout, '');
  assert.equal(shut.error, undefined);
  assert.equal(shut.exits[0]?.code, 1);
});

test("both halves play; the child is the starter's, and each learns the pid", async (t) => {
  const dir = tempDir(t);
  const record = (name: string): Step => ({ ...HOOK, argv: ['sh', '-c', `cat > ${dir}/${name}`] });
  const played = await playTape(
    t,
    forked(0, {
      before: [PIPE, { op: 'pipe', read: 3, write: 4 }, record('before')],
      child: [{ op: 'waitPeer', read: 1 }, record('child'), { op: 'signalPeer', write: 4 }, shell('echo $$ $PPID; exit 3')],
      parent: [
        { op: 'reportPid' },
        { op: 'writeChild', name: 'oom_score_adj', data: Buffer.from('123') },
        { op: 'signalPeer', write: 2 },
        { op: 'waitPeer', read: 3 },
        record('parent'),
        FINISH,
      ],
    }),
  );
  const pid = played.messages.find(({ type }) => type === 'pid')?.value;
  const [own, parent] = played.stdout.trim().split(' ').map(Number);
  assert.equal(own, pid);
  assert.notEqual(parent, played.exits.find(({ player }) => player)?.pid, 'the player is not the parent');
  assert.deepEqual(
    ['before', 'child', 'parent'].map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8'))),
    [{ pid: 0 }, { pid }, { pid }],
  );
  assert.deepEqual(played.exits.map(({ player, code }) => [player, code]).sort(), [
    [false, 3],
    [true, 0],
  ]);
});

test('a parent that fails ends its waiting child, and a child that fails its waiting parent', async (t) => {
  const failing = missing([]);
  const parentFails = forked(0, {
    before: [PIPE],
    child: [{ op: 'waitPeer', read: 1 }, shell('echo on')],
    parent: [failing, FINISH],
  });
  const one = await playTape(t, parentFails);
  assertFailed(one, 4, 'ENOENT');
  assert.equal(one.messages.length, 1);
  assert.deepEqual(
    one.exits.map(({ code }) => code),
    [1, 1],
  );
  const childFails = forked(0, {
    before: [PIPE],
    child: [failing, shell('echo on')],
    parent: [{ op: 'waitPeer', read: 1 }, FINISH],
  });
  const two = await playTape(t, childFails);
  assertFailed(two, 2, 'ENOENT');
  assert.deepEqual(
    two.exits.map(({ code }) => code),
    [1, 1],
  );
});

test('what needs a child is refused before there is one', async (t) => {
  assertFailed(await playTape(t, straight([{ op: 'reportPid' }, FINISH])), 0, 'ESRCH');
  assertFailed(await playTape(t, straight([{ op: 'writeChild', name: 'uid_map', data: Buffer.from('x') }, FINISH])), 0, 'ESRCH');
  assertFailed(await playTape(t, straight([{ op: 'unshare', flags: 0x100 }, FINISH])), 0, 'EINVAL');
  assertFailed(await playTape(t, forked(0x100, { child: [shell('')], parent: [FINISH] })), 0, 'EINVAL');
});

test('started by hand it says so', () => {
  const run = spawnSync(PLAYER, { encoding: 'utf8' });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /started by tsgov-shim/);
});

const OPEN_AND_EXEC: Step[] = [
  missing([], '/'),
  { op: 'pipe', read: 1, write: 2 },
  { op: 'writeFile', dir: undefined, path: 'p', resolve: 0, data: Buffer.from('d') },
  { op: 'exec', argv: ['true'], envp: [] },
];
const NO_OP = 0xffffffff;
const record = (op: number, offset: number): number => 32 + op * 64 + offset;
const arg = (op: number, index: number): number => record(op, 8 + index * 8);

/** name → [change of a good tape, op index reported, text] */
const BAD_TAPES: Record<string, [(b: Buffer) => Buffer | undefined, number, RegExp]> = {
  'an empty file': [() => Buffer.alloc(0), NO_OP, /size is out of range/],
  'a file too large': [() => Buffer.alloc(5 << 20), NO_OP, /size is out of range/],
  'half a header': [(b) => b.subarray(0, 16), NO_OP, /shorter than its header/],
  'other magic': [(b) => void b.write('TSGX'), NO_OP, /not a tape/],
  'another version': [(b) => void b.writeUInt32LE(2, 4), NO_OP, /version/],
  'no ops': [(b) => void b.writeUInt32LE(0, 8), NO_OP, /op count/],
  'too many ops': [(b) => void b.writeUInt32LE(4097, 8), NO_OP, /op count/],
  'fewer ops than records': [(b) => void b.writeUInt32LE(3, 8), NO_OP, /length does not match/],
  'no slots': [(b) => void b.writeUInt32LE(0, 12), NO_OP, /slot count/],
  'too many slots': [(b) => void b.writeUInt32LE(256, 12), NO_OP, /slot count/],
  'more inherited than slots': [(b) => void b.writeUInt32LE(64, 16), NO_OP, /inherited/],
  'a huge arena': [(b) => void b.writeUInt32LE(0xffffffff, 20), NO_OP, /arena too large/],
  'reserved bytes': [(b) => void b.writeUInt32LE(1, 28), NO_OP, /reserved/],
  'a byte too many': [(b) => Buffer.concat([b, Buffer.alloc(1)]), NO_OP, /length does not match/],
  'a byte too few': [(b) => b.subarray(0, -1), NO_OP, /length does not match/],
  'an unterminated arena': [(b) => void b.write('x', b.length - 1), NO_OP, /does not end in NUL/],
  'code 0': [(b) => void b.writeUInt16LE(0, record(1, 0)), 1, /unknown op code/],
  'a code between ops': [(b) => void b.writeUInt16LE(10, record(1, 0)), 1, /unknown op code/],
  'a code past the table': [(b) => void b.writeUInt16LE(0xffff, record(1, 0)), 1, /unknown op code/],
  'an impossible errno': [(b) => void b.writeUInt16LE(4096, record(2, 6)), 2, /errno out of range/],
  'the control socket as a slot': [(b) => void b.writeUInt32LE(0, arg(1, 0)), 1, /^pipe\.read: slot out of range/],
  'a slot out of range': [(b) => void b.writeUInt32LE(64, arg(1, 1)), 1, /^pipe\.write: slot out of range/],
  'one slot for two fds': [(b) => void b.writeUInt32LE(1, arg(1, 1)), 1, /both ends in one slot/],
  'an optional slot out of range': [(b) => void b.writeUInt32LE(0xfffffffe, arg(2, 0)), 2, /^writeFile\.dir: slot/],
  'a path out of the arena': [(b) => void b.writeUInt32LE(0x10000, arg(2, 1)), 2, /^writeFile\.path: string out/],
  'a path that may not be absent': [(b) => void b.writeUInt32LE(0xffffffff, arg(2, 1)), 2, /^writeFile\.path: string out/],
  'bytes that end outside': [(b) => void b.writeUInt32LE(0x10000, arg(2, 3) + 4), 2, /^writeFile\.data: bytes out/],
  'bytes whose end wraps': [(b) => void b.writeUInt32LE(0xffffffff, arg(2, 3) + 4), 2, /^writeFile\.data: bytes out/],
  'a number over 32 bits': [(b) => void b.writeUInt32LE(1, arg(2, 2) + 4), 2, /^writeFile\.resolve: number/],
  'an unused argument': [(b) => void b.writeUInt32LE(1, arg(1, 6)), 1, /^pipe\.\(none\): unused argument/],
  'an unaligned list': [(b) => void b.writeUInt32LE(b.readUInt32LE(arg(3, 0)) + 1, arg(3, 0)), 3, /^exec\.argv: string list/],
  'a list out of the arena': [(b) => void b.writeUInt32LE(0x10000, arg(3, 1)), 3, /^exec\.envp: string list/],
  'a list longer than the arena': [(b) => void b.writeUInt32LE(0x7fffffff, listAt(b)), 3, /^exec\.argv: string list/],
  'a list of strings outside': [(b) => void b.writeUInt32LE(0x10000, listAt(b) + 4), 3, /^exec\.argv: string list/],
  'an end that is none': [
    (b) => void b.fill(0, record(3, 0), record(4, 0)).writeUInt16LE(48, record(3, 0)),
    3,
    /neither exec nor finish/,
  ],
  'a jump back': [(b) => clone(b, 1, 1), 1, /^clone\.parent: jump/],
  'a jump past the end': [(b) => clone(b, 1, 4), 1, /^clone\.parent: jump/],
  'a child that runs into its parent': [(b) => clone(b, 1, 3), 1, /child's half does not end/],
};

for (const [name, [change, op, text]] of Object.entries(BAD_TAPES)) {
  test(`a bad tape is refused whole: ${name}`, async (t) => {
    const good = encodeTape(straight(OPEN_AND_EXEC));
    const bytes = change(good) ?? good;
    assertFailed(await playTape(t, bytes), op, 'EINVAL', text);
  });
}

/** Where the argv list of the last op begins. */
function listAt(bytes: Buffer): number {
  return record(4, bytes.readUInt32LE(arg(3, 0)));
}

function clone(bytes: Buffer, op: number, parent: number): undefined {
  bytes.fill(0, record(op, 0), record(op + 1, 0)).writeUInt16LE(34, record(op, 0));
  bytes.writeUInt32LE(0xffffffff, arg(op, 1));
  bytes.writeUInt32LE(parent, arg(op, 2));
}
