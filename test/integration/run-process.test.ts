import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { validateConfig } from '#runtime/spec/validate.js';
import { busyboxRootfs } from '#test/support/rootfs.js';
import { runHost, startConfig, startSpec } from '#test/support/run-config.js';
import { runInBusybox, sh } from '#test/support/run-in-busybox.js';
import { buildShim } from '#test/support/shim-host.js';
import { startable } from '#test/support/startable-config.js';
import { tempDir } from '#test/support/temp.js';

before(() => buildShim());

test("users and groups by the names of the rootfs's own files, links in it resolved inside", async (t) => {
  const { stdout, refused } = await runInBusybox(t, { user: 'app', groups: ['extra'], args: sh('id; echo $HOME') }, (root) => {
    mkdirSync(join(root, 'real'));
    symlinkSync('/real', join(root, 'etc'));
    writeFileSync(join(root, 'real/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n');
    writeFileSync(join(root, 'real/group'), 'app:x:1001:\nusers:x:100:app\nextra:x:55:\n');
  });
  assert.equal(refused, undefined);
  assert.match(stdout, /^uid=1000\S* gid=1001\S* groups=(?=.*\b100\b)(?=.*\b55\b)/);
  assert.match(stdout, /\/home\/app/);
});

test('a cwd through a descriptor of the runtime is refused', async (t) => {
  const host = await runHost(t);
  for (let fd = 3; fd < 9; fd++) {
    const { refused, stdout } = await runInBusybox(
      t,
      { args: sh('ls ../../../..; pwd'), workdir: `/proc/self/fd/${fd}` },
      undefined,
      host,
    );
    assert.doesNotMatch(stdout, /^(home|usr|boot)$/m);
    assert.match(refused ?? '', /^process.cwd: /, `fd ${fd}`);
  }
});

test('stdio belongs to the user of a user namespace too', async (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { stdout } = await runInBusybox(
    t,
    {
      userns: 'private',
      idMappings: { uid: map, gid: map },
      user: '5:5',
      args: sh('stat -L -c %u /proc/self/fd/1; echo again > /dev/stdout'),
    },
    (root) => chmodSync(root, 0o755),
  );
  assert.equal(stdout, '5\nagain\n');
});

test('a filter that blocks execve is refused before anything runs', async (t) => {
  const config = startable(busyboxRootfs(t));
  config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['execve'], action: 'SCMP_ACT_ERRNO' }] };
  const host = await runHost(t);
  assert.throws(
    () => startSpec(host, validateConfig(config), tempDir(t)),
    /linux.seccomp: the profile does not allow execve \(it answers 0x00050001\): no command could be executed/,
  );
});

test('exec joins everything: namespaces, cgroups, root, user, filter; the exit code comes back', async (t) => {
  const dir = busyboxRootfs(t);
  const started = startConfig(await runHost(t), { image: { kind: 'rootfs', dir }, args: ['/bin/sleep', '1000'] });
  await started.launched.process.started;
  const inside = await started.exec({
    args: sh(
      'ls -d /proc/[0-9]* | wc -l; id -u; cat /proc/self/status; for n in mnt pid net ipc uts cgroup; do readlink /proc/1/ns/$n; readlink /proc/self/ns/$n; done; cat /proc/self/cgroup; ls /proc/self/fd; exit 7',
    ),
    env: ['PATH=/bin'],
  });
  assert.equal(inside.exitCode, 7, inside.stderr);
  assert.match(inside.stdout, /\nSeccomp:\t2\n/);
  assert.match(inside.stdout, /\nCapEff:\t00000000a80425fb\n/);
  const names = inside.stdout.match(/^\w+:\[\d+\]$/gm) ?? [];
  assert.equal(names.length, 12, inside.stdout);
  for (let pair = 0; pair < 12; pair += 2) assert.equal(names[pair], names[pair + 1]);
  for (const line of inside.stdout.match(/^\d+:.*$/gm) ?? []) if (!line.includes('name=')) assert.match(line, /:\/$/);
  assert.match(inside.stdout, /\n0\n1\n2\n3\n$/, 'fds: 0 to 2, and the directory that ls reads');
  const other = await started.exec({
    args: sh('id -u; id -G; pwd'),
    user: { uid: 12, gid: 34, additionalGids: [56] },
    cwd: '/bin',
  });
  assert.equal(other.stdout, '12\n34 56\n/bin\n');
  const missing = started.exec({ args: ['/no/such'] });
  await assert.rejects(missing, /process.args: exec \/no\/such: ENOENT/);
  const tty = await started.exec({
    args: sh('test -t 1 && echo terminal'),
    terminal: true,
    user: { uid: 0, gid: 0 },
    env: ['PATH=/bin'],
  });
  assert.match(tty.stdout, /^terminal/);
  started.launched.process.signal(9);
  await started.result();
});
