import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { assertUntouched, hostileRoot } from '#test/support/hostile-root.js';
import { assertFailed, assertRan, buildPlayer, type Step } from '#test/support/play-tape.js';
import { inRoot, KEEP, like, makeNode, makeTarget, NULL_DEVICE, OUT, ROOT } from '#test/support/root-steps.js';
import { AT_RECURSIVE, CLONE, MS_PRIVATE, O_PATH, shell } from '#test/support/small-root.js';

before(() => buildPlayer());

const mode = (path: string): number => statSync(path).mode & 0o7777;

test('makeTarget is a directory for a directory, else an empty file; existing ones stay', async (t) => {
  const { root } = hostileRoot(t);
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
  const { root, outside } = hostileRoot(t);
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
  assertUntouched(outside);
});

test('makeNode makes devices and FIFOs with mode and owner, again too', async (t) => {
  const { root } = hostileRoot(t);
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
  const { root, outside } = hostileRoot(t);
  symlinkSync(join(outside, 'null'), join(root, 'null'));
  symlinkSync('/dev/null', join(root, 'real'));
  writeFileSync(join(root, 'file'), 'kept');
  symlinkSync(outside, join(root, 'dev'));
  for (const path of ['null', 'real', 'file']) assertFailed(await inRoot(t, root, makeNode(path)), 1, 'EEXIST');
  assertRan(await inRoot(t, root, makeNode('dev/null')));
  assert.ok(lstatSync(join(root, outside, 'null')).isCharacterDevice());
  assert.equal(readFileSync(join(root, 'file'), 'utf8'), 'kept');
  assertUntouched(outside);
});

test('where mknod is refused the host node is bound over an empty file', async (t) => {
  const { root } = hostileRoot(t);
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
  const { root, outside } = hostileRoot(t);
  const link = (target: string, path: string): Step => ({ op: 'symlink', root: ROOT, target, path });
  mkdirSync(join(root, 'dev'));
  assertRan(await inRoot(t, root, link('/proc/self/fd', '/dev/fd'), link('/proc/self/fd', '/dev/fd')));
  assert.equal(readlinkSync(join(root, 'dev/fd')), '/proc/self/fd');
  assertFailed(await inRoot(t, root, link('elsewhere', '/dev/fd')), 1, 'EEXIST');
  assertFailed(await inRoot(t, root, link('x', '/missing/x')), 1, 'ENOENT');
  symlinkSync(outside, join(root, 'out'));
  assertFailed(await inRoot(t, root, link('x', 'out/x')), 1, 'ENOENT');
  assertUntouched(outside);
});

test('setOwner changes what an fd refers to, O_PATH or not', async (t) => {
  const { root } = hostileRoot(t);
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
  const { root, outside } = hostileRoot(t);
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
  assertUntouched(outside);
});
