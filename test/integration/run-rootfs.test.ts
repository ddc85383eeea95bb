import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { validateConfig } from '#runtime/spec/validate.js';
import { requires } from '#test/support/requires.js';
import { busyboxRootfs } from '#test/support/rootfs.js';
import { runConfig, runHost } from '#test/support/run-config.js';
import { runInBusybox, sh } from '#test/support/run-in-busybox.js';
import { buildShim } from '#test/support/shim-host.js';
import { tempDir } from '#test/support/temp.js';

before(() => buildShim());

test("a rootfs is the container's root, and what it writes is there afterwards", async (t) => {
  const { stdout, refused, dir } = await runInBusybox(t, { args: sh('ls /; echo hello > /made') });
  assert.equal(refused, undefined);
  assert.deepEqual(stdout.trim().split('\n'), ['bin', 'dev', 'proc', 'sys']);
  assert.equal(readFileSync(join(dir, 'made'), 'utf8'), 'hello\n');
});

test('a read-only rootfs', async (t) => {
  const { stderr, dir } = await runInBusybox(t, { args: sh('echo x > /made'), readonlyRootfs: true });
  assert.match(stderr, /Read-only file system/);
  assert.ok(!readdirSync(dir).includes('made'));
});

for (const name of ['proc', 'sys', 'dev']) {
  test(`/${name} as a symlink in the rootfs is refused, and the node is not touched`, async (t) => {
    const outside = tempDir(t);
    writeFileSync(join(outside, 'secret'), 'untouched');
    for (const target of [outside, `../../../../../..${outside}`, name, '/bin']) {
      const { refused, exitCode } = await runInBusybox(t, { args: sh('echo ran') }, (root) =>
        symlinkSync(target, join(root, name)),
      );
      assert.match(refused ?? '', new RegExp(`^mounts\\[\\d\\]: (open|mkdirAll) /${name}: E`), target);
      assert.notEqual(exitCode, 0);
      assert.deepEqual(readdirSync(outside), ['secret']);
    }
  });
}

test("a rootfs in a user namespace is its root's own", async (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { stdout, refused, dir } = await runInBusybox(
    t,
    {
      userns: 'private',
      idMappings: { uid: map, gid: map },
      args: sh('id -u; stat -c %u /bin/busybox; touch /made; cat /proc/self/uid_map'),
    },
    (root) => chmodSync(root, 0o755),
  );
  assert.equal(refused, undefined);
  assert.match(stdout, /^0\n0\n\s+0\s+100000\s+65536\n$/);
  assert.equal(statSync(join(dir, 'made')).uid, 0, 'on disk it is the root the map stands for');
});

test("two containers on one rootfs, each with the kernel's own files", async (t) => {
  const dir = busyboxRootfs(t);
  const host = await runHost(t);
  const both = await Promise.all(
    [1, 2].map(() =>
      runConfig(host, {
        image: { kind: 'rootfs', dir },
        args: sh('cat /proc/1/cmdline | grep -c /bin/sh; ls /proc | grep -c "^[0-9]"'),
      }),
    ),
  );
  for (const { refused, stdout } of both) {
    assert.equal(refused, undefined);
    assert.match(stdout, /^1\n[1-4]\n$/);
  }
});

test('what runc spec writes runs as it is', requires({ binary: 'runc' }), async (t) => {
  const bundle = tempDir(t);
  assert.equal(spawnSync('runc', ['spec'], { cwd: bundle }).status, 0);
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
  renameSync(busyboxRootfs(t), join(bundle, 'rootfs'));
  const base = validateConfig(config);
  const args = sh('id -u; hostname; ulimit -n; cat /proc/self/status; echo x > /x');
  const { stdout, stderr, refused } = await runConfig(
    await runHost(t),
    { image: { kind: 'bundle', dir: bundle }, args, tty: false },
    { readBundle: () => base },
  );
  assert.equal(refused, undefined);
  assert.match(stdout, /^0\nrunc\n1024\n/);
  assert.match(stdout, /CapEff:\t0000000020000420\n/);
  assert.match(stdout, /NoNewPrivs:\t1\n/);
  assert.match(stderr, /Read-only file system/);
});
