import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { leaked, openFds, traces } from '#test/support/leaks.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

/** A process that ends with the test; resolves once it has been exec'ed and says so. */
async function sleeper(t: TestContext, command: string, args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(async () => {
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  });
  await once(child.stdout, 'data');
  return child.pid as number;
}

/** Says something, then waits for the end of its stdin. */
const SAY_AND_WAIT = 'echo here; read line';

test('a cgroup left behind is seen in its hierarchy', requires({ root: true }), (t) => {
  const parent = tempCgroupParent(t);
  const before = traces();
  const [mount] = cgroupMounts();
  assert.ok(mount);
  mkdirSync(join(mount.dir, parent, 'inner'), { recursive: true });
  const found = leaked(before, traces()).filter((line) => line.includes(parent));
  assert.deepEqual(found, [`cgroup ${join(mount.dir, parent)}`, `cgroup ${join(mount.dir, parent, 'inner')}`]);
});

test('a mount left behind is seen', requires({ root: true }), (t) => {
  const dir = tempDir(t);
  const before = traces();
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', dir]).status, 0);
  const found = leaked(before, traces());
  assert.equal(spawnSync('umount', [dir]).status, 0);
  assert.ok(found.includes(`mount ${dir}`), found.join('\n'));
});

test('a network namespace left behind is seen', requires({ root: true, binary: 'unshare' }), async (t) => {
  const before = traces();
  await sleeper(t, 'unshare', ['--net', 'sh', '-c', SAY_AND_WAIT]);
  assert.match(leaked(before, traces()).join('\n'), /^network namespace net:\[\d+\]$/m);
});

test("a process of tsgov's own name is seen", requires({ root: true }), async (t) => {
  const before = traces();
  const shim = join(tempDir(t), 'tsgov-shim');
  copyFileSync('/bin/sh', shim);
  const pid = await sleeper(t, shim, ['-c', SAY_AND_WAIT]);
  assert.match(leaked(before, traces()).join('\n'), new RegExp(`^process ${pid} tsgov-shim \\(.*tsgov-shim -c .*\\)$`, 'm'));
});

test(
  "the temporary cgroup parent is removed with what runs in it, when the test's teardown runs",
  requires({ root: true }),
  async () => {
    const teardown: (() => void | Promise<void>)[] = [];
    const parent = tempCgroupParent({ after: (work) => teardown.push(work) });
    const [mount] = cgroupMounts();
    assert.ok(mount);
    const dir = join(mount.dir, parent);
    mkdirSync(dir);
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    writeFileSync(join(dir, 'cgroup.procs'), String(child.pid));
    for (const work of teardown) await work();
    assert.deepEqual((await gone)[1], 'SIGKILL');
    assert.equal(existsSync(dir), false);
  },
);

test('open descriptors are listed by number and target', () => {
  const before = openFds();
  assert.ok(before.some((fd) => fd.startsWith('0 -> ')));
});
