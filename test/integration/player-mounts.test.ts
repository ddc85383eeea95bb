import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
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
import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  CLONE,
  filesystem,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  NAMESPACES,
  O_PATH,
  OPEN_TREE_CLONE,
  ROOT_SLOT,
  SMALL_ROOT_BEFORE,
  SMALL_ROOT_PARENT,
  shell,
  smallRoot,
} from '#test/support/small-root.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const MOUNT_ATTR_IDMAP = 0x100000;
const FSCONFIG_STRING = 1;
const ROOT = 1;

before(() => buildPlayer());

const open = (path: string, out: number): Step => ({ op: 'open', dir: undefined, path, flags: O_PATH, mode: 0, resolve: 0, out });
const clone = (dir: number | undefined, path: string, out: number): Step => ({
  ...{ op: 'openTree', dir, path, flags: OPEN_TREE_CLONE | AT_RECURSIVE | (path === '' ? AT_EMPTY_PATH : 0), out },
});
const setattr = (
  mount: number | undefined,
  change: { path?: string; set?: number; propagation?: number; userns?: number; clear?: number },
): Step => ({
  ...{
    op: 'mountSetattr',
    mount,
    path: '',
    atFlags: AT_RECURSIVE | AT_EMPTY_PATH,
    set: 0,
    clear: 0,
    propagation: 0,
    userns: undefined,
  },
  ...change,
});
/** A mount namespace of its own, private, with the directory `root` bound onto itself in slot ROOT. */
const ownMounts = (root: string): Step[] => [
  { op: 'unshare', flags: CLONE.mnt },
  setattr(undefined, { path: '/', propagation: MS_PRIVATE }),
  clone(undefined, root, ROOT),
  open(root, 2),
  { op: 'moveMount', from: ROOT, to: 2 },
];
const BEFORE = 5;

function mounted(t: Teardown, root: string, ...steps: Step[]): Promise<Played> {
  return playTape(
    t,
    straight([...ownMounts(root), ...steps, ...(steps.at(-1)?.op === 'exec' ? [] : [{ op: 'finish' } as const])]),
  );
}

/** A rootfs with a secret file and directory, links to them, and links that lead to the same names outside. */
function secrets(t: Teardown): { root: string; outside: string } {
  const dir = tempDir(t);
  const [root, outside] = [join(dir, 'root'), join(dir, 'outside')];
  for (const top of [root, outside]) {
    mkdirSync(join(top, 'keys'), { recursive: true });
    writeFileSync(join(top, 'secret'), top);
    writeFileSync(join(top, 'keys/key'), top);
  }
  symlinkSync(join(outside, 'secret'), join(root, 'out-file'));
  symlinkSync('../outside/keys', join(root, 'out-dir'));
  symlinkSync('/secret', join(root, 'in-file'));
  symlinkSync('loop', join(root, 'loop'));
  return { root, outside };
}

/** /dev/null in slot 3 and an empty read-only directory, mounted nowhere, in slot 4. */
const COVERS: Step[] = [open('/dev/null', 3), ...filesystem('tmpfs', 4), setattr(4, { set: MOUNT_ATTR_RDONLY })];
const mask = (path: string): Step => ({ op: 'mask', root: ROOT, path, file: 3, dir: 4 });

test('mask hides files and directories, and what is missing is nothing', async (t) => {
  const { root } = secrets(t);
  mkdirSync(join(root, 'more/keys'), { recursive: true });
  const paths = ['/secret', 'keys', 'missing', 'secret/below', 'more'];
  const look = `cd ${root}; cat secret; ls keys more; touch keys/x 2>&1`;
  const played = await mounted(t, root, ...COVERS, ...paths.map(mask), shell(look));
  assert.equal(played.error, undefined, JSON.stringify(played));
  assert.equal(played.stdout, "keys:\n\nmore:\ntouch: cannot touch 'keys/x': Read-only file system\n");
  assert.equal(played.stderr, '');
});

test('mask through a link stays inside: the host file of the same name stays visible', async (t) => {
  const { root, outside } = secrets(t);
  mkdirSync(join(root, outside), { recursive: true });
  writeFileSync(join(root, outside, 'secret'), 'inner');
  const look = `cat ${root}/secret ${root}${outside}/secret ${outside}/secret ${outside}/keys/key`;
  const played = await mounted(t, root, ...COVERS, ...['in-file', 'out-file', 'out-dir'].map(mask), shell(look));
  assertRan(played);
  assert.equal(played.stdout, `${outside}${outside}`);
  assertFailed(await mounted(t, root, ...COVERS, mask('loop')), BEFORE + COVERS.length, 'ELOOP');
  assert.deepEqual([readFileSync(join(root, 'secret'), 'utf8'), readdirSync(join(root, 'keys'))], [root, ['key']]);
});

test('a magic link is no way out for mask and readonlyPath', async (t) => {
  const steps: Step[] = [...filesystem('proc', 10), clone(undefined, '/', 11)];
  const masked = await mounted(t, tempDir(t), ...COVERS, ...steps, { op: 'mask', root: 10, path: 'self/cwd', file: 3, dir: 4 });
  assertFailed(masked, BEFORE + COVERS.length + steps.length, 'ELOOP');
  const readonly = await mounted(t, tempDir(t), ...steps, { op: 'readonlyPath', root: 10, path: 'self/root' });
  assertFailed(readonly, BEFORE + steps.length, 'ELOOP');
});

test('readonlyPath makes a path read-only, links inside, and what is missing is nothing', async (t) => {
  const { root, outside } = secrets(t);
  const readonly = (path: string): Step => ({ op: 'readonlyPath', root: ROOT, path });
  const write = `echo x >${root}/keys/new; echo x >${root}/secret; echo x >${outside}/keys/new && echo outside; echo x >${root}/free && echo free`;
  const played = await mounted(t, root, ...['/keys', 'in-file', 'out-dir', 'missing/x'].map(readonly), shell(write));
  assertRan(played);
  assert.equal(played.stdout, 'outside\nfree\n');
  assert.equal(played.stderr.match(/Read-only file system/g)?.length, 2, played.stderr);
});

test('the message of a filesystem that refuses an option is in the report', async (t) => {
  const fs: Step[] = [
    { op: 'fsopen', type: 'tmpfs', out: 10 },
    { op: 'fsconfig', fs: 10, cmd: FSCONFIG_STRING, key: 'size', value: 'much' },
  ];
  assertFailed(await mounted(t, tempDir(t), ...fs), BEFORE + 1, 'EINVAL', /tmpfs: Bad value for 'size'$/);
  assertFailed(await mounted(t, tempDir(t), { op: 'fsopen', type: 'no-such-fs', out: 10 }), BEFORE, 'ENODEV');
  assertFailed(
    await mounted(t, tempDir(t), { op: 'fsopen', type: 'tmpfs', out: 10 }, { op: 'fsmount', fs: 10, attrs: 0, out: 11 }),
    BEFORE + 1,
    'EINVAL',
  );
  const pointer: Step = { op: 'fsconfig', fs: 10, cmd: 2, key: 'a', value: 'b' };
  assertFailed(await mounted(t, tempDir(t), { op: 'fsopen', type: 'tmpfs', out: 10 }, pointer), BEFORE + 1, 'EINVAL');
});

test('mounts, their attributes and unmounting', async (t) => {
  const dir = tempDir(t);
  const steps: Step[] = [...filesystem('tmpfs', 10), { op: 'moveMount', from: 10, to: ROOT }];
  const look = shell(`grep -c ' ${dir} ' /proc/self/mountinfo; touch ${dir}/x`);
  const one = await mounted(t, dir, ...steps, setattr(10, { set: MOUNT_ATTR_RDONLY }), look);
  assert.deepEqual([one.stdout, one.stderr.includes('Read-only')], ['2\n', true]);
  const gone = await mounted(t, dir, ...steps, { op: 'umount', path: dir, flags: 2 }, look);
  assert.deepEqual([gone.stdout, gone.stderr], ['1\n', '']);
  assertFailed(await mounted(t, dir, { op: 'umount', path: `${dir}/none`, flags: 0 }), BEFORE, 'ENOENT');
  assert.deepEqual(readdirSync(dir), ['x']);
});

test('flags locked by an outer user namespace stay; clearing them is only tried', async (t) => {
  const dir = tempDir(t);
  const locked: Step[] = [
    ...filesystem('tmpfs', 10),
    setattr(10, { set: MOUNT_ATTR_RDONLY }),
    { op: 'moveMount', from: 10, to: ROOT },
    { op: 'unshare', flags: CLONE.user | CLONE.mnt },
    clone(undefined, dir, 11),
  ];
  const refused = await mounted(t, dir, ...locked, setattr(11, { clear: MOUNT_ATTR_RDONLY }));
  assertFailed(refused, BEFORE + locked.length, 'EPERM');
  const MOUNT_ATTR_NOEXEC = 8;
  const clearing = {
    path: '',
    atFlags: AT_RECURSIVE | AT_EMPTY_PATH,
    set: MOUNT_ATTR_NOEXEC,
    clear: MOUNT_ATTR_RDONLY,
    propagation: 0,
  };
  const open: Step = { op: 'open', dir: undefined, path: dir, flags: O_PATH, mode: 0, resolve: 0, out: 12 };
  const kept: Step[] = [{ op: 'mountSetattrLocked', mount: 11, ...clearing }, open, { op: 'moveMount', from: 11, to: 12 }];
  const played = await mounted(t, dir, ...locked, ...kept, shell(`grep ' ${dir} ' /proc/self/mountinfo | tail -1`));
  assertRan(played);
  assert.match(played.stdout, / ro,noexec,/);
});

test('makeUserns gives a namespace that maps the owners of a bind mount', async (t) => {
  const [dir, target] = [tempDir(t), tempDir(t)];
  writeFileSync(join(dir, 'file'), '');
  const map = Buffer.from('0 100000 65536\n');
  const steps: Step[] = [
    { op: 'makeUserns', uidMap: map, gidMap: map, out: 10 },
    clone(undefined, dir, 11),
    setattr(11, { set: MOUNT_ATTR_IDMAP, userns: 10 }),
    { op: 'moveMount', from: 11, to: ROOT },
    shell(`stat -c %u:%g ${target}/file; ls /proc/self/task/*/children | wc -l`),
  ];
  const played = await mounted(t, target, ...steps);
  assertRan(played);
  assert.match(played.stdout, /^100000:100000\n/);
  const bad: Step = { op: 'makeUserns', uidMap: Buffer.from('nonsense'), gidMap: map, out: 10 };
  const failed = await mounted(t, target, bad);
  assertFailed(failed, BEFORE, 'EINVAL');
  assert.equal(failed.exits.length, 1, 'the helper child was left behind');
});

test('makeUserns also works in a new pid namespace that still sees the outer /proc', async (t) => {
  const map = Buffer.from('0 100000 65536\n');
  const made: Step = { op: 'makeUserns', uidMap: map, gidMap: map, out: 10 };
  const tape = forked(CLONE.pid, { child: [made, { op: 'finish' }], parent: [{ op: 'finish' }] });
  const played = await playTape(t, tape);
  assert.equal(played.error, undefined, JSON.stringify(played));
});

test('after pivotRoot nothing of the host is left, and its root stays as it was', async (t) => {
  const at = tempDir(t);
  const look = shell('cut -d" " -f5 /proc/self/mountinfo | sort | xargs; ls -d /etc /home /.. 2>&1; echo $$; ls /..');
  const played = await playTape(
    t,
    forked(NAMESPACES, { before: SMALL_ROOT_BEFORE, child: [...smallRoot(at), look], parent: SMALL_ROOT_PARENT }),
  );
  assertRan(played);
  const [mounts, noEtc, noHome, up, pid, ...entries] = played.stdout.trim().split('\n');
  assert.equal(mounts, '/ /dev/pts /proc /usr');
  assert.match(`${noEtc}${noHome}`, /etc.*No such file.*home.*No such file/);
  assert.deepEqual([up, pid, entries], ['/..', '1', ['bin', 'dev', 'lib', 'lib64', 'proc', 'sbin', 'tmp', 'usr']]);
  assert.deepEqual(readdirSync(at), []);
});

test('a rootfs that is no mount cannot be pivoted into', async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'inner'));
  const steps: Step[] = [open(`${dir}/inner`, 10), { op: 'pivotRoot', root: 10 }];
  assertFailed(await mounted(t, dir, ...steps), BEFORE + 1, 'EINVAL');
  assert.ok(existsSync('/etc/passwd'));
});

test('a working directory outside the root is refused, even by a leaked fd', async (t) => {
  const leak: Step = { op: 'open', dir: undefined, path: '/etc', flags: 0, mode: 0, resolve: 0, out: 10 };
  const waitFirst = smallRoot(tempDir(t));
  const tries = Array.from({ length: 40 }, (_, fd): Step => {
    return { op: 'chdir', path: `/proc/self/fd/${fd}`, create: 0, tolerate: ['EPERM', 'ENOENT', 'ENOTDIR'] };
  });
  const child = [waitFirst[0]!, leak, ...waitFirst.slice(1), ...tries, shell('pwd -P; ls -d passwd; ls /proc/self/cwd/')];
  const played = await playTape(t, forked(NAMESPACES, { before: SMALL_ROOT_BEFORE, child, parent: SMALL_ROOT_PARENT }));
  const escapes = played.messages.filter(({ type, text }) => type === 'warning' && /outside the container's root/.test(text));
  assert.ok(escapes.length >= 1, 'the leaked fd was never tried');
  assert.match(played.stdout, /^\/\n/);
  assert.match(played.stderr, /passwd': No such file/);
});

test('chdir makes missing directories when told, and the second try is skipped when the first succeeded', async (t) => {
  const cd = (path: string, create: number, tolerate: string[] = []): Step => ({ op: 'chdir', path, create, tolerate });
  const run = (...steps: Step[]): Promise<Played> => {
    const child = [...smallRoot(tempDir(t)), ...steps, shell('pwd')];
    return playTape(t, forked(NAMESPACES, { before: SMALL_ROOT_BEFORE, child, parent: SMALL_ROOT_PARENT }));
  };
  assert.equal((await run(cd('/made/deep', 1))).stdout, '/made/deep\n');
  assert.equal((await run(cd('/tmp', 0), cd('/missing', 2))).stdout, '/tmp\n');
  assert.equal((await run(cd('/missing', 0, ['ENOENT']), cd('/tmp', 2))).stdout, '/tmp\n');
  const failed = await run(cd('/missing', 0));
  assert.equal(failed.error?.text, '');
  assert.equal(failed.exits.length, 2);
});

test('a container root in a slot takes mounts before it is pivoted into', async (t) => {
  const child: Step[] = [
    ...smallRoot(tempDir(t), false),
    { op: 'readonlyPath', root: ROOT_SLOT, path: '/proc/sys' },
    { op: 'pivotRoot', root: ROOT_SLOT },
  ];
  const look = shell('echo x >/proc/sys/kernel/hostname; echo $?');
  const played = await playTape(
    t,
    forked(NAMESPACES, { before: SMALL_ROOT_BEFORE, child: [...child, look], parent: SMALL_ROOT_PARENT }),
  );
  assertRan(played);
  assert.match(played.stderr, /Read-only file system/);
});
