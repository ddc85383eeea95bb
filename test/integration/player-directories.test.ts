import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { assertUntouched, hostileRoot } from '#test/support/hostile-root.js';
import { assertFailed, assertRan, buildPlayer, type Step } from '#test/support/play-tape.js';
import { inRoot, like, makeNode, makeTarget, mkdirAll, OUT } from '#test/support/root-steps.js';

before(() => buildPlayer());

const mode = (path: string): number => statSync(path).mode & 0o7777;

test('mkdirAll makes what is missing with mode and owner, and leaves the rest alone', async (t) => {
  const { root } = hostileRoot(t);
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
  const { root } = hostileRoot(t);
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
    const { root, outside } = hostileRoot(t);
    symlinkSync(target.replace('OUTSIDE', outside), join(root, 'link'));
    assertRan(await inRoot(t, root, mkdirAll('link/new/dir')));
    assert.ok(statSync(join(root, where.replace('OUTSIDE', outside))).isDirectory());
    assertUntouched(outside);
    assert.ok(!existsSync('/etc/new'));
  });
}

test('dots do not lead out, and dangling links are made where they point inside', async (t) => {
  const { root, outside } = hostileRoot(t);
  symlinkSync('one', join(root, 'chain'));
  symlinkSync('/run/two', join(root, 'one'));
  symlinkSync('deep/../../../three', join(root, 'dots'));
  mkdirSync(join(root, 'deep'));
  const close: Step = { op: 'close', fd: OUT };
  assertRan(await inRoot(t, root, mkdirAll('../outside/a'), close, mkdirAll('chain/b'), close, mkdirAll('dots/c')));
  for (const made of ['outside/a', 'run/two/b', 'three/c']) assert.ok(statSync(join(root, made)).isDirectory(), made);
  assertUntouched(outside);
});

test('mkdirAll refuses loops, magic links and files in the way, naming the component', async (t) => {
  const { root } = hostileRoot(t);
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
  const { root, outside } = hostileRoot(t);
  const swap = `const fs = require('fs');
    const attempt = (work) => {
      try { work(); } catch { /* The player is in between, as it should be: then the next one is tried. */ }
    };
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
  assertUntouched(outside);
});
