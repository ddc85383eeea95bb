import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { assertFailed, assertRan, buildPlayer, type Played, playTape, type Step, straight } from '#test/support/play-tape.js';
import { AT_RECURSIVE, CLONE, MS_PRIVATE, O_PATH, shell } from '#test/support/small-root.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const ROOT = 1;
const OUT = 2;
const KEEP = 0xffffffff;
const NULL_DEVICE = 0x103;

before(() => buildPlayer());

/** A directory with `root` (the rootfs) and `outside` (what an attacker aims at, with a file and a directory). */
function hostile(t: Teardown): { dir: string; root: string; outside: string } {
  const dir = tempDir(t);
  const [root, outside] = [join(dir, 'root'), join(dir, 'outside')];
  mkdirSync(root);
  mkdirSync(join(outside, 'sub'), { recursive: true });
  writeFileSync(join(outside, 'file'), 'host');
  return { dir, root, outside };
}

/** Plays steps with the rootfs in slot ROOT; a step's index in the tape is its own plus one. */
function inRoot(t: Teardown, root: string, ...steps: Step[]): Promise<Played> {
  const open: Step = { op: 'open', dir: undefined, path: root, flags: O_PATH, mode: 0, resolve: 0, out: ROOT };
  return playTape(t, straight([open, ...steps, ...(steps.at(-1)?.op === 'exec' ? [] : [{ op: 'finish' } as const])]));
}

const mkdirAll = (path: string, change: { mode?: number; uid?: number; gid?: number } = {}): Step => ({
  ...{ op: 'mkdirAll', root: ROOT, path, mode: 0o755, uid: KEEP, gid: KEEP, out: OUT },
  ...change,
});
const like = (path: string): Step => ({ op: 'open', dir: undefined, path, flags: O_PATH, mode: 0, resolve: 0, out: 3 });
const makeTarget = (path: string): Step => ({ op: 'makeTarget', root: ROOT, path, like: 3, out: OUT });
const makeNode = (
  path: string,
  change: { mode?: number; dev?: number; uid?: number; gid?: number; fallback?: number } = {},
): Step => ({
  ...{ op: 'makeNode', root: ROOT, path, mode: 0o20666, dev: NULL_DEVICE, uid: 0, gid: 0, fallback: undefined },
  ...change,
});
const mode = (path: string): number => statSync(path).mode & 0o7777;
const untouched = (outside: string): void => {
  assert.deepEqual(readdirSync(outside), ['file', 'sub']);
  assert.deepEqual(readdirSync(join(outside, 'sub')), []);
  assert.equal(readFileSync(join(outside, 'file'), 'utf8'), 'host');
};

test('mkdirAll makes what is missing with mode and owner, and leaves the rest alone', async (t) => {
  const { root } = hostile(t);
  mkdirSync(join(root, 'there'), { mode: 0o700 });
  assertRan(await inRoot(t, root, mkdirAll('/there//a/./b/', { mode: 0o3770, uid: 12, gid: 34 })));
  for (const made of ['there/a', 'there/a/b']) {
    const { uid, gid } = statSync(join(root, made));
    assert.deepEqual([uid, gid, mode(join(root, made))], [12, 34, 0o3770]);
  }
  assert.deepEqual([mode(join(root, 'there')), statSync(join(root, 'there')).uid], [0o700, 0]);
  assertRan(
    await inRoot(t, root, mkdirAll('there/a/b'), { op: 'close', fd: OUT }, mkdirAll('/'), { op: 'close', fd: OUT }, mkdirAll('')),
  );
  assert.equal(mode(join(root, 'there/a/b')), 0o3770);
});

test('mkdirAll gives the directory it ended at', async (t) => {
  const { root } = hostile(t);
  const write: Step = { op: 'open', dir: OUT, path: 'f', flags: 0o101, mode: 0o600, resolve: 0, out: 4 };
  assertRan(await inRoot(t, root, mkdirAll('a/b'), write, { op: 'write', fd: 4, data: Buffer.from('x') }));
  assert.equal(readFileSync(join(root, 'a/b/f'), 'utf8'), 'x');
});

for (const [name, target, where] of [
  ['an absolute link out', 'OUTSIDE', 'OUTSIDE/new/dir'],
  ['a relative link out', '../outside', 'outside/new/dir'],
  ['a link of many dots', '../../../../../../etc', 'etc/new/dir'],
  ['a link to the root', '/', 'new/dir'],
] as const) {
  test(`mkdirAll through ${name} stays inside`, async (t) => {
    const { root, outside } = hostile(t);
    symlinkSync(target.replace('OUTSIDE', outside), join(root, 'link'));
    assertRan(await inRoot(t, root, mkdirAll('link/new/dir')));
    assert.ok(statSync(join(root, where.replace('OUTSIDE', outside))).isDirectory());
    untouched(outside);
    assert.ok(!existsSync('/etc/new'));
  });
}

test('dots do not lead out, and dangling links are made where they point inside', async (t) => {
  const { root, outside } = hostile(t);
  symlinkSync('one', join(root, 'chain'));
  symlinkSync('/run/two', join(root, 'one'));
  symlinkSync('deep/../../../three', join(root, 'dots'));
  mkdirSync(join(root, 'deep'));
  const close: Step = { op: 'close', fd: OUT };
  assertRan(await inRoot(t, root, mkdirAll('../outside/a'), close, mkdirAll('chain/b'), close, mkdirAll('dots/c')));
  for (const made of ['outside/a', 'run/two/b', 'three/c']) assert.ok(statSync(join(root, made)).isDirectory(), made);
  untouched(outside);
});

test('mkdirAll refuses loops, magic links and files in the way, naming the component', async (t) => {
  const { root } = hostile(t);
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync('b/x', join(root, 'a'));
  symlinkSync('a/x', join(root, 'b'));
  writeFileSync(join(root, 'file'), '');
  assertFailed(await inRoot(t, root, mkdirAll('loop/a')), 1, 'ELOOP', /^loop$/);
  assertFailed(await inRoot(t, root, mkdirAll('a')), 1, 'ELOOP');
  assertFailed(await inRoot(t, root, mkdirAll('file')), 1, 'ENOTDIR', /^file$/);
  assertFailed(await inRoot(t, root, mkdirAll('x/file/../../file/a')), 1, 'ENOTDIR');
  assertFailed(await inRoot(t, root, mkdirAll('x'.repeat(5000))), 1, 'ENAMETOOLONG');
  assertFailed(await inRoot(t, root, mkdirAll('x'.repeat(300))), 1, 'ENAMETOOLONG');
  assertFailed(await inRoot(t, '/', mkdirAll('proc/self/cwd/tsgov-must-not-be')), 1, 'ELOOP');
  assert.ok(!existsSync('tsgov-must-not-be'));
});

test('an attacker who swaps a directory for a link out all the time gets nothing outside', async (t) => {
  const { root, outside } = hostile(t);
  const swap = `const fs = require('fs');
    const attempt = (work) => { try { work(); } catch {} };
    for (let n = 0; ; n++) {
      attempt(() => fs.mkdirSync('a/sub', { recursive: true }));
      attempt(() => fs.renameSync('a', 'old' + n));
      attempt(() => fs.symlinkSync('${outside}', 'a'));
      attempt(() => fs.unlinkSync('a'));
    }`;
  const attacker = spawn(process.execPath, ['-e', swap], { cwd: root, stdio: 'inherit' });
  const ended = new Promise((resolve) => attacker.on('exit', (_, signal) => resolve(signal)));
  t.after(() => void attacker.kill('SIGKILL'));
  const tolerate = ['ENOENT', 'EEXIST', 'ELOOP'];
  const rounds = Array.from({ length: 100 }, (_, n): Step[] => [
    { ...mkdirAll(`a/sub/${n}`), tolerate },
    { op: 'close', fd: OUT, tolerate: ['EBADF'] },
    { ...makeTarget(`a/sub/f${n}`), tolerate },
    { op: 'close', fd: OUT, tolerate: ['EBADF'] },
    { ...makeNode(`a/null${n}`), tolerate },
  ]);
  assertRan(await inRoot(t, root, like('/etc/passwd'), ...rounds.flat()));
  attacker.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL', 'the attacker had stopped by itself');
  untouched(outside);
});

test('makeTarget is a directory for a directory, else an empty file; existing ones stay', async (t) => {
  const { root } = hostile(t);
  mkdirSync(join(root, 'd'));
  writeFileSync(join(root, 'f'), 'kept');
  const targets = (source: string, ...paths: string[]): Step[] => [
    like(source),
    ...paths.flatMap((path): Step[] => [makeTarget(path), { op: 'close', fd: OUT }]),
  ];
  assertRan(await inRoot(t, root, ...targets('/etc', 'd', 'p/q/dir')));
  assertRan(await inRoot(t, root, ...targets('/etc/passwd', 'f', 'p/r/file')));
  assertRan(await inRoot(t, root, ...targets('/dev/null', 'p/null')));
  assert.ok(statSync(join(root, 'p/q/dir')).isDirectory());
  assert.equal(readFileSync(join(root, 'f'), 'utf8'), 'kept');
  assert.deepEqual([readFileSync(join(root, 'p/r/file'), 'utf8'), mode(join(root, 'p/r/file'))], ['', 0o644]);
  assert.ok(statSync(join(root, 'p/null')).isFile());
  assertFailed(await inRoot(t, root, like('/etc'), makeTarget('f')), 2, 'ENOTDIR');
  assertFailed(await inRoot(t, root, like('/etc/passwd'), makeTarget('d')), 2, 'EISDIR');
});

test('makeTarget of a link out makes a file inside; the host file is neither opened nor changed', async (t) => {
  const { root, outside } = hostile(t);
  mkdirSync(join(root, 'etc'));
  symlinkSync('../run/stub/resolv.conf', join(root, 'etc/resolv.conf'));
  symlinkSync(join(outside, 'file'), join(root, 'etc/hosts'));
  symlinkSync('../../outside/new', join(root, 'etc/hostname'));
  const steps = ['etc/resolv.conf', 'etc/hosts', 'etc/hostname'].flatMap((path): Step[] => [
    makeTarget(path),
    { op: 'close', fd: OUT },
  ]);
  assertRan(await inRoot(t, root, like('/etc/passwd'), ...steps));
  for (const made of ['run/stub/resolv.conf', `${outside.slice(1)}/file`, 'outside/new'])
    assert.equal(readFileSync(join(root, made), 'utf8'), '', made);
  untouched(outside);
});

test('makeNode makes devices and FIFOs with mode and owner, again too', async (t) => {
  const { root } = hostile(t);
  const nodes = [makeNode('dev/null', { mode: 0o20640, uid: 5, gid: 6 }), makeNode('/dev/fifo', { mode: 0o10600, dev: 0 })];
  assertRan(await inRoot(t, root, ...nodes, ...nodes));
  const { mode: made, rdev, uid, gid } = statSync(join(root, 'dev/null'));
  assert.deepEqual([made, rdev, uid, gid], [0o20640, NULL_DEVICE, 5, 6]);
  assert.ok(statSync(join(root, 'dev/fifo')).isFIFO());
  assertFailed(await inRoot(t, root, makeNode('x', { mode: 0o666 })), 1, 'EINVAL');
  assertFailed(await inRoot(t, root, makeNode('dev/..')), 1, 'EINVAL');
  assertFailed(await inRoot(t, root, makeNode('/')), 1, 'EINVAL');
});

test('makeNode does not follow or replace what stands at its name', async (t) => {
  const { root, outside } = hostile(t);
  symlinkSync(join(outside, 'null'), join(root, 'null'));
  symlinkSync('/dev/null', join(root, 'real'));
  writeFileSync(join(root, 'file'), 'kept');
  symlinkSync(outside, join(root, 'dev'));
  for (const path of ['null', 'real', 'file']) assertFailed(await inRoot(t, root, makeNode(path)), 1, 'EEXIST');
  assertRan(await inRoot(t, root, makeNode('dev/null')));
  assert.ok(lstatSync(join(root, outside, 'null')).isCharacterDevice());
  assert.equal(readFileSync(join(root, 'file'), 'utf8'), 'kept');
  untouched(outside);
});

test('where mknod is refused the host node is bound over an empty file', async (t) => {
  const { root } = hostile(t);
  const allButMknod = ((1n << 41n) - 1n) & ~(1n << 27n) & ~(1n << 24n);
  const steps: Step[] = [
    { op: 'unshare', flags: CLONE.mnt },
    {
      op: 'mountSetattr',
      mount: undefined,
      path: '/',
      atFlags: AT_RECURSIVE,
      set: 0,
      clear: 0,
      propagation: MS_PRIVATE,
      userns: undefined,
    },
    { op: 'capSet', effective: allButMknod, permitted: allButMknod, inheritable: 0 },
    like('/dev/null'),
  ];
  const reopened: Step[] = [
    { op: 'close', fd: ROOT },
    { op: 'open', dir: undefined, path: root, flags: O_PATH, mode: 0, resolve: 0, out: ROOT },
  ];
  assertFailed(await inRoot(t, root, ...steps, ...reopened, makeNode('dev/null')), 7, 'EPERM');
  const twice = [makeNode('dev/null', { fallback: 3 }), shell(`cat ${root}/dev/null; stat -c %t:%T ${root}/dev/null`)];
  for (const _ of [1, 2]) {
    const played = await inRoot(t, root, ...steps, ...reopened, ...twice);
    assertRan(played);
    assert.equal(played.stdout, '1:3\n');
  }
  assert.deepEqual([statSync(join(root, 'dev/null')).isFile(), statSync(join(root, 'dev/null')).size], [true, 0]);
  // Another device under the name, as `--device /dev/null:/dev/sda` would find it: nothing is bound.
  const other = makeNode('dev/other', { fallback: 3, dev: (1 << 8) | 5 });
  assertFailed(await inRoot(t, root, ...steps, ...reopened, other), 7, 'ENODEV');
  assert.deepEqual(readdirSync(join(root, 'dev')).sort(), ['null']);
});

test('symlink makes a link inside; the same one may stand there already', async (t) => {
  const { root, outside } = hostile(t);
  const link = (target: string, path: string): Step => ({ op: 'symlink', root: ROOT, target, path });
  mkdirSync(join(root, 'dev'));
  assertRan(await inRoot(t, root, link('/proc/self/fd', '/dev/fd'), link('/proc/self/fd', '/dev/fd')));
  assert.equal(readlinkSync(join(root, 'dev/fd')), '/proc/self/fd');
  assertFailed(await inRoot(t, root, link('elsewhere', '/dev/fd')), 1, 'EEXIST');
  assertFailed(await inRoot(t, root, link('x', '/missing/x')), 1, 'ENOENT');
  symlinkSync(outside, join(root, 'out'));
  assertFailed(await inRoot(t, root, link('x', 'out/x')), 1, 'ENOENT');
  untouched(outside);
});

test('setOwner changes what an fd refers to, O_PATH or not', async (t) => {
  const { root } = hostile(t);
  for (const [name, flags] of [
    ['plain', 0],
    ['path', O_PATH],
  ] as const) {
    const path = join(root, name);
    writeFileSync(path, '', { mode: 0o600 });
    const open: Step = { op: 'open', dir: ROOT, path: name, flags, mode: 0, resolve: 0, out: OUT };
    assertRan(await inRoot(t, root, open, { op: 'setOwner', fd: OUT, mode: 0o4711, uid: 7, gid: KEEP }));
    assert.deepEqual([mode(path), statSync(path).uid, statSync(path).gid], [0o4711, 7, 0]);
    assertRan(await inRoot(t, root, open, { op: 'setOwner', fd: OUT, mode: KEEP, uid: KEEP, gid: 8 }));
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [7, 8]);
  }
});

test('open and writeFile resolve as they are told', async (t) => {
  const { root, outside } = hostile(t);
  symlinkSync('../outside/file', join(root, 'link'));
  const [IN_ROOT, NO_SYMLINKS, BENEATH] = [0x10, 4, 8];
  const open = (resolve: number): Step => ({ op: 'open', dir: ROOT, path: 'link', flags: 0, mode: 0, resolve, out: OUT });
  assertRan(await inRoot(t, root, open(0)));
  assertFailed(await inRoot(t, root, open(IN_ROOT)), 1, 'ENOENT');
  assertFailed(await inRoot(t, root, open(NO_SYMLINKS)), 1, 'ELOOP');
  assertFailed(await inRoot(t, root, open(BENEATH)), 1, 'EXDEV');
  const write = (resolve: number): Step => ({ op: 'writeFile', dir: ROOT, path: 'link', resolve, data: Buffer.from('evil') });
  assertFailed(await inRoot(t, root, write(IN_ROOT)), 1, 'ENOENT');
  assertFailed(
    await inRoot(t, root, {
      op: 'writeFile',
      dir: undefined,
      path: '/proc/self/oom_score_adj',
      resolve: 0,
      data: Buffer.from('x'),
    }),
    1,
    'EINVAL',
  );
  untouched(outside);
});
